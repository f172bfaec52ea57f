"""An issue of a letter: written, scheduled, sent."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, ClassVar, Final, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from backsite.lib.mail.compose import compose
from backsite.lib.records import Actor, Event, actor_fields
from backsite.lib.services.models import administrators
from backsite.lib.web import site_link
from backsite.lib.work import DueWork, NeverAgain, due_index, soon

from . import ledger
from .issue_queries import IssueQuerySet
from .letter import Letter
from .segment import Segment
from .subscriber import Subscriber, SubscriberQuerySet

# An issue of last week's news must not go out because a server was switched on again.
LATE_AFTER: Final = timedelta(minutes=30)
# This week's letter may leave a few hours earlier in the day than last week's.
SLACK: Final = timedelta(hours=12)
# How often one that is to leave asks whether the last look at its links is over.
LOOK_PAUSE: Final = timedelta(seconds=20)
# What a first issue takes for new.
NEW_FOR: Final = timedelta(days=30)


class NotNow(Exception):
    """The verb does not fit where the issue stands; the message says why."""


def _new_key() -> str:
    return secrets.token_hex(8)


class Issue(DueWork):
    """`due_at` is when it begins to go out; null when it waits for a person, or has begun."""

    class State(models.TextChoices):
        DRAFT = "draft", "being written"
        SCHEDULED = "scheduled", "scheduled"
        SENDING = "sending", "going out"
        PAUSED = "paused", "paused"
        SENT = "sent", "sent"
        CANCELLED = "cancelled", "cancelled"

    class Archive(models.TextChoices):
        OPEN = "open", "everybody"
        READERS = "readers", "those who get it, by a link in it"
        HIDDEN = "hidden", "nobody"

    # One attempt writes the ledger, for a million rows in half a minute.
    LEASE: ClassVar[timedelta] = timedelta(minutes=10)

    subject = models.CharField(max_length=200, help_text="Up to 50 characters are seen on a phone.")
    preheader = models.CharField(
        max_length=200,
        blank=True,
        help_text="What inboxes show after the subject. Empty: the first words of the text.",
    )
    body = models.TextField(
        "text",
        blank=True,
        help_text="[[first_name|friend]] becomes the reader's name; “friend” where we know none.",
    )
    letter = models.ForeignKey(
        Letter,
        on_delete=models.PROTECT,
        related_name="issues",
        help_text="Those who chose this letter get it, nobody else.",
    )
    segment = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issues",
        help_text="Empty: everybody who gets this letter.",
    )
    subject_b = models.CharField(
        "second subject",
        max_length=200,
        blank=True,
        help_text="To try two subjects on a part of the readers before the rest get the better.",
    )
    trial_percent = models.PositiveSmallIntegerField(
        "readers in the trial, %", default=20, validators=[MaxValueValidator(100)]
    )
    trial_hours = models.PositiveSmallIntegerField(
        "the better one is chosen after, hours",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="By links followed, else openings, where these are counted. Empty: you choose.",
    )
    archive = models.CharField(
        "who may read it on the site",
        max_length=10,
        choices=Archive,
        default=Archive.HIDDEN,
        help_text="Once it has been sent. Nothing about any reader is shown there.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    created_at = models.DateTimeField("begun", default=timezone.now, editable=False)
    # When somebody last saw to its words: what has changed since is told before it leaves.
    edited_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    scheduled_for = models.DateTimeField(null=True, blank=True, editable=False)
    asks_since = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField("began to go out", null=True, blank=True, editable=False)
    finished_at = models.DateTimeField("was out", null=True, blank=True, editable=False)
    # What makes its Message-IDs unlike those of any other site, and its domain at that time.
    key = models.CharField(max_length=16, default=_new_key, unique=True, editable=False)
    mail_domain = models.CharField(max_length=253, blank=True, editable=False)
    # As it goes out: made once, when it begins.
    # What was counted when it began (Measuring.Mode): what its letters carry for that.
    measured = models.CharField(max_length=10, default="off", db_default="off", editable=False)
    filled = models.TextField(blank=True, default="", db_default="", editable=False)
    html = models.TextField(blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        indexes = [
            due_index("issue_due"),
            models.Index("state", condition=Q(state="sending"), name="issue_sending"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled"])
                | Q(state="cancelled")
                | Q(started_at__isnull=False),
                name="issue_begun_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "an issue without a subject"

    def clean(self) -> None:
        if not self.may_be_edited:
            raise ValidationError("This issue is on its way or was cancelled: it stays as it is.")

    def get_absolute_url(self) -> str:
        return reverse("newsletter:letter", args=[self.pk])

    @property
    def read_link(self) -> str:
        """Where its reader can read it on the site; a place for their own where it needs one."""
        if self.archive == self.Archive.READERS:
            return "[[read_link]]"
        return site_link(self.get_absolute_url()) if self.archive == self.Archive.OPEN else ""

    def new_since(self) -> datetime:
        """What has come since then is new to those who get this letter."""
        before = Issue.objects.filter(letter=self.letter, started_at__isnull=False)
        found = before.exclude(pk=self.pk).aggregate(at=models.Max("started_at"))["at"]
        return found if isinstance(found, datetime) else timezone.now() - NEW_FOR

    @property
    def may_be_edited(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.SCHEDULED)

    @property
    def question(self) -> str:
        """What a person is asked before it leaves."""
        asked = self.events.filter(verb="ask") if self.asks_since else self.events.none()
        return asked.order_by("-pk").values_list("why", flat=True).first() or ""

    @property
    def is_sending(self) -> bool:
        return self.state == self.State.SENDING

    @property
    def tries_subjects(self) -> bool:
        return bool(self.subject_b)

    def message_id(self, delivery: int | str) -> str:
        return f"<i{delivery}.{self.key}@{self.mail_domain or sending_domain()}>"

    def audience(self) -> SubscriberQuerySet:
        """Who would get it if it began now."""
        now = timezone.now()
        people = Subscriber.objects.mailable(now).wanting(self.letter)
        people = not_too_often(people, now)
        return self.segment.of(people) if self.segment else people

    @transaction.atomic
    def schedule(self, *, at: datetime, by: Actor, why: str = "") -> None:
        """It goes out by itself at that time. Also moves one that was scheduled before."""
        self._lock("schedule", self.State.DRAFT, self.State.SCHEDULED)
        if self.state == self.State.SCHEDULED and self.scheduled_for == at and self.due_at == at:
            return
        self._settle_time(at)
        self._change(
            self.State.SCHEDULED,
            "schedule",
            by=by,
            why=f"for {at:%Y-%m-%d %H:%M %Z}. {why}".strip(),
        )

    @transaction.atomic
    def send_now(self, *, by: Actor, why: str = "") -> None:
        """Also the yes to the question of an issue whose time has passed."""
        self._lock("send", self.State.DRAFT, self.State.SCHEDULED, self.State.SENDING)
        if self.state == self.State.SENDING:
            return
        self._settle_time(timezone.now())
        self._change(self.State.SCHEDULED, "send now", by=by, why=why)
        soon(self)

    @transaction.atomic
    def unschedule(self, *, by: Actor) -> None:
        """Back to the desk."""
        self._lock("take back", self.State.DRAFT, self.State.SCHEDULED)
        if self.state == self.State.SCHEDULED:
            self._settle_time(None)
            self._change(self.State.DRAFT, "unschedule", by=by)

    @transaction.atomic
    def pause(self, *, by: Actor = None, why: str = "") -> None:
        """No further letter leaves; what a server is just taking is taken."""
        self._lock("pause", self.State.SENDING, self.State.PAUSED)
        if self.state == self.State.SENDING:
            self._change(self.State.PAUSED, "pause", by=by, why=why)
            if by is None:
                self._alert(why)

    @transaction.atomic
    def resume(self, *, by: Actor) -> None:
        self._lock("go on", self.State.SENDING, self.State.PAUSED)
        if self.state == self.State.PAUSED:
            self._change(self.State.SENDING, "resume", by=by)

    @transaction.atomic
    def cancel(self, *, by: Actor, why: str = "") -> None:
        """Nobody gets it any more. Who has it, has it."""
        if self._lock("cancel", *self.State.values).state == self.State.CANCELLED:
            return
        if self.state == self.State.SENT:
            raise NotNow("It has been sent to everybody: there is nothing left to cancel.")
        self._settle_time(None)
        self._change(self.State.CANCELLED, "cancel", by=by, why=why)

    @transaction.atomic
    def choose_subject(self, variant: str, *, by: Actor, why: str = "") -> None:
        """The trial is over: the rest get this one of the two subjects."""
        self._lock("choose", self.State.SENDING, self.State.PAUSED, self.State.SENT)
        if ledger.choose(self.pk, variant):
            subject = self.subject_b if variant == "b" else self.subject
            said = f"{subject}: {why}" if why else subject
            self.events.create(verb="choose", why=said, **actor_fields(by))

    @transaction.atomic
    def show_in_archive(self, archive: str, *, by: Actor) -> None:
        """Also of one that is out long since."""
        self._lock("be shown", *self.State.values)
        if self.archive != archive:
            self.archive = self.Archive(archive)
            self.save(update_fields=["archive"])
            self.events.create(verb=f"archive: {archive}", **actor_fields(by))

    @transaction.atomic
    def finish(self) -> bool:
        """Ends it when nobody is left. Returns whether that was now."""
        self._lock("end", *self.State.values)
        if self.state != self.State.SENDING or ledger.anything_left(self.pk):
            return False
        self.finished_at = timezone.now()
        self._change(self.State.SENT, "finish")
        return True

    def perform(self) -> datetime | None:
        """Begins it, or asks when its time passed while nobody could begin it. Later, where two
        subjects are tried, gives the rest the better one."""
        from .link_look import LinkLook

        if self.state in (self.State.SENDING, self.State.PAUSED):
            self._end_trial()
            return None
        if self.state != self.State.SCHEDULED or self.scheduled_for is None:
            return None
        if timezone.now() - self.scheduled_for > LATE_AFTER:
            self._ask("Its time passed while the site was down.")
            return None
        last_look = LinkLook.before_it_leaves(self)
        if last_look.is_under_way:
            return timezone.now() + LOOK_PAUSE
        if last_look.question:
            self._ask(last_look.question)
            return None
        return self._begin()

    def _begin(self) -> datetime | None:
        """Freezes the text, and writes the ledger. Returns when there is more to decide."""
        from .. import layout
        from .measuring import Measuring

        if not settings.MAIL_LEAVES:
            raise NeverAgain("No mail leaves this site: EMAIL_URL is not set.")
        self.measured = Measuring.now()
        parts = layout.render(self, for_good=True)
        self.html, self.text, self.filled = parts.html, parts.text, parts.filled.html
        self.mail_domain, self.started_at = sending_domain(), timezone.now()
        if ledger.open_for(self) == 0:
            raise NeverAgain("Nobody would get it: no subscriber is in its audience.")
        self._change(self.State.SENDING, "begin", why=" ".join(parts.filled.left_out))
        if not self.tries_subjects or not self.trial_hours:
            return None
        return self.started_at + timedelta(hours=self.trial_hours)

    def _end_trial(self) -> None:
        from ..trial import better

        if not ledger.anything_held(self.pk):
            return
        variant, why = better(self)
        if variant:
            self.choose_subject(variant, by=None, why=why)
        else:
            self.events.create(verb="ask", why=why)
            self._alert(f"{why} Choose which of the two subjects the rest get.")

    def _ask(self, why: str) -> None:
        """A person must say what becomes of it."""
        self.asks_since = timezone.now()
        self._change(self.State.SCHEDULED, "ask", why=why)
        self._alert(f"{why} Send it now, or choose a time?")

    def _lock(self, verb: str, *states: str) -> Self:
        """The row as it is now, and nobody else's until the transaction ends."""
        self.refresh_from_db(from_queryset=Issue.objects.select_for_update())
        if self.state not in states:
            raise NotNow(f"It cannot {verb} now: it is {self.get_state_display()}.")
        return self

    def _settle_time(self, at: datetime | None) -> None:
        self.due_at = self.scheduled_for = at
        self.asks_since = self.gave_up_at = self.leased_until = None
        self.attempts, self.last_error = 0, ""

    def _change(self, state: str, verb: str, *, by: Actor = None, why: str = "") -> None:
        self.state = state
        self.save()
        self.events.create(verb=verb, why=why, **actor_fields(by))

    def _alert(self, why: str) -> None:
        for address in administrators():
            values: dict[str, Any] = {
                "issue": self,
                "why": why,
                "site": {"name": settings.SITE_HOST},
                "desk_link": site_link(reverse("admin:newsletter_issue_change", args=[self.pk])),
            }
            compose(
                "newsletter/mail/issue_stopped",
                to=address,
                context=values,
                headers={"Auto-Submitted": "auto-generated"},  # RFC 3834, section 5
            )


def not_too_often(people: SubscriberQuerySet, now: datetime) -> SubscriberQuerySet:
    """Without those who wanted fewer letters and had one lately."""
    for frequency in Subscriber.Frequency:
        if frequency.least_gap:
            had = ledger.had_one_since(now - frequency.least_gap + SLACK)
            people = people.exclude(Exists(had), frequency=frequency)
    return people


class IssueEvent(Event):
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "what was done"
        verbose_name_plural = "what was done"


def sending_domain() -> str:
    """The domain of the sender's address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or settings.SITE_HOST
