"""What came back of a mail, and what it means for the address it was sent to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, Func, OuterRef, Value
from django.db.models.functions import Coalesce, Lower, Trim
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backsite.lib.mail.models import Message
from backsite.lib.returns import MAIL, Returned

from .. import emails
from ..bounces.about_us import speaks_of_us
from ..returns import LEAVING, LETTER
from .delivery import Delivery
from .move import Move
from .subscriber import Subscriber
from .suppression import Suppression

LONGEST_WORDS: Final = 2_000
MAILBOX: Final = "mailbox"


class ReturnedMailQuerySet(models.QuerySet["ReturnedMail"]):
    def not_understood(self) -> Self:
        """For staff to read: no rule has known what to make of these. One whose text is gone
        has nothing to be read any more."""
        return self.filter(understood=False, handled_at=None).keeping_text()

    def of_sender(self, email: str) -> Self:
        """What somebody wrote to the mailbox, with a name before the address or without."""
        bare = email.strip()
        named = models.Q(sender__iendswith=f"<{bare}>")
        return self.filter(named | models.Q(sender__iexact=bare))

    def of_nobody(self) -> Self:
        """Whose sender is no subscriber of now."""
        named = Func("sender", Value(r"<([^<>]*)>\s*$"), function="SUBSTRING")
        bare = Lower(Trim(Coalesce(named, "sender", output_field=models.TextField())))
        known = Subscriber.objects.alias(lower=Lower("email")).filter(lower=OuterRef("bare"))
        return self.alias(bare=bare).exclude(Exists(known))

    def came_before(self, moment: datetime | None) -> Self:
        return self if moment is None else self.filter(came_at__lt=moment)

    def keeping_text(self) -> Self:
        return self.filter(raw__isnull=False)

    def forget(self) -> int:
        return self.update(raw=None, subject="", sender="")

    def forget_old(self) -> int:
        """Takes away the text of those that nobody needs any more; the rows stay, so that a
        mail which is read again is recognised."""
        past = timezone.now() - timedelta(days=settings.BOUNCE_MAIL_DAYS)
        done = models.Q(understood=True) | models.Q(handled_at__isnull=False)
        return self.filter(done).keeping_text().came_before(past).forget()


class ReturnedMail(models.Model):
    """A mail from the mailbox that returned mail comes to. Kept before it is removed there."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    came_at = models.DateTimeField("read", default=timezone.now, editable=False)
    subject = models.CharField(max_length=300, blank=True, editable=False)
    sender = models.CharField("from", max_length=320, blank=True, editable=False)
    raw = models.BinaryField(null=True, editable=False)
    understood = models.BooleanField(default=True, editable=False)
    handled_at = models.DateTimeField("dealt with", null=True, blank=True, editable=False)
    handled_by = models.CharField(max_length=150, blank=True, editable=False)

    objects = ReturnedMailQuerySet.as_manager()

    class Meta:
        verbose_name = "mail that came back"
        verbose_name_plural = "mail that came back"
        indexes = [
            models.Index(
                "came_at",
                condition=models.Q(understood=False, handled_at=None),
                name="returned_not_understood",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"mail of {self.came_at:%Y-%m-%d}"

    def deal_with(self, *, by: Any) -> None:
        """Somebody has read it and done what there was to do."""
        if self.handled_at is None:
            self.handled_at, self.handled_by = timezone.now(), by.get_username()
            self.save(update_fields=["handled_at", "handled_by"])


@dataclass(frozen=True)
class Heard:
    """One recipient in one report, from wherever. `key` is the same when the same report
    is heard again. `about` is what a signed return address says, if there was one."""

    key: str
    recipient: str
    kind: str
    source: str
    status: str = ""
    reason: str = ""
    words: str = ""
    happened_at: datetime = field(default_factory=timezone.now)
    about: Returned | None = None
    mail: ReturnedMail | None = None


class BounceEventQuerySet(models.QuerySet["BounceEvent"]):
    def of(self, email: str) -> Self:
        return self.filter(recipient=email.strip().lower())

    def heard_before(self, moment: datetime | None) -> Self:
        return self if moment is None else self.filter(heard_at__lt=moment)

    def of_nobody(self) -> Self:
        """Whose address is no subscriber's of now."""
        known = Subscriber.objects.alias(lower=Lower("email")).filter(lower=OuterRef("recipient"))
        return self.exclude(recipient="").exclude(Exists(known))

    @transaction.atomic
    def forget(self) -> int:
        """Takes out of whom they spoke and what was said; that something came back stays."""
        ReturnedMail.objects.filter(events__in=self).forget()
        return self.update(recipient="", words="")

    def counting_since(self, since: datetime) -> Self:
        """Soft ones that speak of the mailbox, not of us."""
        return self.filter(
            kind=BounceEvent.Kind.SOFT, counts=True, happened_at__gt=since
        )  # fmt: skip


class BounceEvent(models.Model):
    """One row a recipient and report, written once; nothing updates it later."""

    class Kind(models.TextChoices):
        HARD = "hard", _("gone for good")
        SOFT = "soft", _("did not work this time")
        COMPLAINT = "complaint", _("called it spam")
        UNSUBSCRIBE = "unsubscribe", _("asked to leave")
        AUTO_REPLY = "auto-reply", _("automatic reply")
        DELIVERED = "delivered", _("delivered")

    key = models.CharField(max_length=200, unique=True, editable=False)
    recipient = models.CharField(max_length=320, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, editable=False)
    status = models.CharField("code", max_length=12, blank=True, editable=False)
    reason = models.CharField(max_length=40, blank=True, editable=False)
    words = models.TextField("what was said", blank=True, editable=False)
    source = models.CharField("heard from", max_length=40, editable=False)
    about_kind = models.CharField(max_length=1, blank=True, editable=False)
    about_pk = models.BigIntegerField(null=True, editable=False)
    mail = models.ForeignKey(
        ReturnedMail, null=True, on_delete=models.SET_NULL, related_name="events", editable=False
    )
    counts = models.BooleanField(default=False, editable=False)
    effect = models.CharField("what it changed", max_length=200, blank=True, editable=False)
    happened_at = models.DateTimeField("when", default=timezone.now, editable=False)
    heard_at = models.DateTimeField("heard", default=timezone.now, editable=False)

    objects = BounceEventQuerySet.as_manager()

    class Meta:
        verbose_name = "bounce or complaint"
        verbose_name_plural = "bounces and complaints"
        ordering = ["-heard_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "kind", "happened_at"], name="bounce_of_address"),
            models.Index(fields=["about_kind", "about_pk"], name="bounce_about"),
            models.Index(fields=["-heard_at", "-id"], name="bounce_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.recipient}"

    @property
    def is_without_consequence(self) -> bool:
        return self.kind in (self.Kind.AUTO_REPLY, self.Kind.DELIVERED)

    @classmethod
    @transaction.atomic
    def hear(cls, heard: Heard) -> BounceEvent | None:
        """Keeps it and draws the conclusion, in one transaction. None when this very report
        was heard before: the second time it changes nothing."""
        recipient = (_mailed(heard.about) or heard.recipient).strip().lower()
        _one_at_a_time(recipient)
        words = heard.words
        if heard.recipient and heard.recipient.lower() != recipient:
            words = f"(sent on to {heard.recipient}) {words}"
        row, is_new = cls.objects.get_or_create(
            key=heard.key[:200],
            defaults={
                "recipient": recipient[:320],
                "kind": heard.kind,
                "status": heard.status[:12],
                "reason": heard.reason[:40],
                "words": _storable(words)[:LONGEST_WORDS],
                "source": heard.source[:40],
                "about_kind": heard.about.kind if heard.about else "",
                "about_pk": heard.about.pk if heard.about else None,
                "mail": heard.mail,
                "counts": heard.kind == cls.Kind.SOFT and not speaks_of_us(heard.reason),
                "happened_at": min(heard.happened_at, timezone.now()),
            },
        )
        if not is_new:
            return None
        row.effect = row._conclude()[:200]
        row.save(update_fields=["effect"])
        return row

    def _conclude(self) -> str:
        """Acts on it; returns in words what that changed."""
        if why_not := self._why_ignored():
            return f"nothing: {why_not}"
        if self.kind == self.Kind.UNSUBSCRIBE:
            return self._leave("asked by mail to leave", is_signed=self.about_kind == LEAVING)
        if self.kind == self.Kind.COMPLAINT:
            left = self._leave("complained")
            self._suppress(Suppression.Reason.COMPLAINT)
            return f"no letters any more; {left.removeprefix('nothing: ')}"
        if self.kind == self.Kind.HARD:
            return self._suppress(Suppression.Reason.HARD)
        return self._count()

    def _why_ignored(self) -> str:
        if self.is_without_consequence:
            return str(self.get_kind_display())
        if self.kind == self.Kind.COMPLAINT and speaks_of_us(self.reason):
            return "it speaks of our signatures, not of the reader"
        return "a person has decided otherwise since" if self._is_overruled() else ""

    def _is_overruled(self) -> bool:
        """Whether staff lifted a suppression of the address, or its owner came back and
        confirmed anew, after this happened. Reports may be days late, and in any order."""
        known = Suppression.objects.lifted().of(self.recipient)
        if known and known.lifted_at and self.happened_at <= known.lifted_at:
            return True
        person = Subscriber.objects.confirmed().with_address(self.recipient).first()
        if person is None or person.round == 1 or person.confirmed_at is None:
            return False
        return self.happened_at <= person.confirmed_at

    def _suppress(self, reason: Suppression.Reason) -> str:
        said = " ".join(part for part in (self.status, self.reason, self.words) if part)
        new = Suppression.suppress(
            self.recipient,
            reason,
            evidence=f"{self.source}: {said or self.kind}",
            happened_at=self.happened_at,
        )
        return "suppressed" if new else "nothing: suppressed already"

    def _leave(self, why: str, *, is_signed: bool = True) -> str:
        """Anybody can write in somebody's name: what is not signed is obeyed all the same, and
        its owner is told."""
        person = Subscriber.objects.with_address(self.recipient).first()
        if person is None or person.has_left:
            # What was to come to the address is called off all the same.
            Move.objects.to_address(self.recipient).stop()
            return "nothing: not on the list"
        person.leave(evidence={"form": f"by {self.source}"[:40]}, why=why)
        if not is_signed and self.source == MAILBOX:
            emails.left_by_mail(person)
        return "left the list"

    def _count(self) -> str:
        if not self.counts:
            return "nothing: it speaks of us, not of the address"
        days, most = settings.SOFT_BOUNCE_DAYS, settings.SOFT_BOUNCES
        since = self.happened_at - timedelta(days=days)
        lifted = Suppression.objects.lifted().of(self.recipient)
        if lifted and lifted.lifted_at:
            since = max(since, lifted.lifted_at)
        rows = BounceEvent.objects.of(self.recipient).counting_since(since)
        # Ten reports on one mail are one failure.
        mails = {
            (row.about_kind, row.about_pk) if row.about_pk is not None else row.pk for row in rows
        }
        if len(mails) < most:
            return f"counted: {len(mails)} of {most} within {days} days"
        return self._suppress(Suppression.Reason.SOFT)


def _storable(words: str) -> str:
    """The database takes neither NUL nor half a character, both of which JSON can hold."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


def _mailed(about: Returned | None) -> str:
    """Whom the mail went to that the return address stands for."""
    if about is None:
        return ""
    if about.kind == MAIL:
        found = Message.objects.filter(pk=about.pk).values_list("to", flat=True).first()
    elif about.kind == LEAVING:
        found = Subscriber.objects.filter(pk=about.pk).values_list("email", flat=True).first()
    elif about.kind == LETTER:
        rows = Delivery.objects.filter(pk=about.pk)
        found = rows.values_list("subscriber__email", flat=True).first()
    else:
        found = None
    return found or ""


def _one_at_a_time(recipient: str) -> None:
    """Of two reports on one address the second counts the first."""
    with connection.cursor() as cursor:
        words = f"bounce {recipient}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])
