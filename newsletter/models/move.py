"""Changing one's address: confirmed at both."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from backsite.lib import work
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails, links
from ..addresses import masked
from .consent import EVIDENCE, Evidence
from .subscriber import Subscriber
from .suppression import Suppression
from .window import is_full, one_at_a_time

# Whoever reads the old mailbox has as long to say that it was not them.
UNDO_FOR: Final = timedelta(days=30)
# Typing it wrong three times happens; more in a day helps only who guesses addresses.
MOST_A_DAY: Final = 4
AGREE: Final = "agree to move"
ACCEPT: Final = "accept move"
REFUSE: Final = "refuse move"


class MoveQuerySet(DueQuerySet):
    def to_address(self, email: str) -> Self:
        return self.alias(lower=Lower("new_email")).filter(lower=email.lower())

    def naming(self, email: str) -> Self:
        """From that address or to it."""
        both = self.alias(old=Lower("old_email"), new=Lower("new_email"))
        return both.filter(models.Q(old=email.lower()) | models.Q(new=email.lower()))

    def stop(self) -> int:
        return self.open().update(stopped_at=timezone.now())

    def forget(self) -> int:
        """That it happened stays; between which addresses goes."""
        self.stop()
        return self.update(old_email="", new_email="", last_error="", due_at=None)

    def mailed_since(self, since: datetime) -> Self:
        return self.filter(mailed_at__gte=since)

    def open(self) -> Self:
        """Neither done nor stopped."""
        return self.filter(moved_at=None, stopped_at=None)


class Move(DueWork):
    """One wish to get the letters at another address.

    Nobody learns from it whether the other address is known here: that one gets the same
    mail in every case, and what happens on the button there is the same to see.
    """

    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, related_name="moves", editable=False
    )
    old_email = models.EmailField("from", max_length=254, editable=False)
    new_email = models.EmailField("to", max_length=254, editable=False)
    created_at = models.DateTimeField("asked", default=timezone.now, editable=False)
    mailed_at = models.DateTimeField("mail written", null=True, editable=False)
    # A letter is passed on with the link to one's page: that is no word of the old address.
    agreed_at = models.DateTimeField("confirmed at the old one", null=True, editable=False)
    accepted_at = models.DateTimeField("confirmed at the new one", null=True, editable=False)
    moved_at = models.DateTimeField("moved", null=True, editable=False)
    stopped_at = models.DateTimeField("stopped or undone", null=True, editable=False)
    # Where the new address had a row of its own, that one goes on and the old one leaves.
    other = models.ForeignKey(
        Subscriber, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    other_was_subscribed = models.BooleanField(default=False, editable=False)

    objects = MoveQuerySet.as_manager()

    class Meta:
        verbose_name = "change of address"
        verbose_name_plural = "changes of address"
        indexes = [
            due_index("move_due"),
            models.Index(Lower("new_email"), name="move_to_address"),
        ]

    def __str__(self) -> str:
        return f"{self.old_email} → {self.new_email}"

    @classmethod
    @transaction.atomic
    def ask(cls, subscriber: Subscriber, new_email: str, *, evidence: Evidence) -> bool:
        """Writes to both addresses. False when there were too many such wishes today; the
        same wish twice is one, and a newer one takes the place of an older."""
        subscriber.lock()
        if not subscriber.is_confirmed or new_email.lower() == subscriber.email.lower():
            return True
        open_ = subscriber.moves.open().filter(created_at__gte=timezone.now() - links.TO_CONFIRM)
        if open_.filter(new_email=new_email).exists():
            return True
        day = timezone.now() - timedelta(days=1)
        if subscriber.moves.filter(created_at__gte=day).count() >= MOST_A_DAY:
            return False
        subscriber.moves.stop()
        move = cls.objects.create(
            subscriber=subscriber,
            old_email=subscriber.email,
            new_email=new_email,
            due_at=timezone.now(),
        )
        subscriber.record("ask to move", evidence=evidence, about=f"change {move.pk}")
        work.soon(move)
        return True

    @classmethod
    def of_link(cls, purpose: str, token: str) -> Move:
        pk, _ = links.read(purpose, token)
        rows = cls.objects.select_related("subscriber", "other")
        found: Move | None = rows.exclude(old_email="").filter(pk=pk).first()
        if found is None:
            raise links.OutdatedLink
        return found

    @classmethod
    def waiting_address(cls, subscriber: Subscriber) -> str:
        """The new one that has not been confirmed yet, masked; empty when there is none."""
        since = timezone.now() - links.TO_CONFIRM
        waiting = subscriber.moves.open().filter(created_at__gte=since).order_by("-pk").first()
        return masked(waiting.new_email) if waiting else ""

    @property
    def accept_path(self) -> str:
        return reverse("newsletter:move", args=[links.make(links.MOVE, self.pk, 0)])

    @property
    def undo_path(self) -> str:
        return reverse("newsletter:stay", args=[links.make(links.STAY, self.pk, 0)])

    @property
    def can_be_accepted(self) -> bool:
        person = self.subscriber
        return (
            self.moved_at is None
            and self.stopped_at is None
            and self.old_email != ""
            # A yes to a question of last year is no consent, whichever button it waits for.
            and self.created_at >= timezone.now() - links.TO_CONFIRM
            and person.is_confirmed
            and person.email == self.old_email
        )

    @property
    def is_fresh(self) -> bool:
        """Moved, and not so long ago that it can no longer be undone."""
        return self.moved_at is not None and self.moved_at >= timezone.now() - UNDO_FOR

    def perform(self) -> None:
        """Asks at both addresses."""
        one_at_a_time(self.new_email)
        if not self.can_be_accepted:
            return
        if not is_full(self.new_email):
            self.mailed_at = timezone.now()
            self.save(update_fields=["mailed_at"])
            emails.ask_to_move(self)
        emails.tell_of_move(self)

    def agree(self, *, evidence: Evidence | None = None) -> None:
        """The button at the old address. Safe to press again and again."""
        self._confirm("agreed_at", AGREE, evidence or {})

    def accept(self, *, evidence: Evidence | None = None) -> None:
        """The button at the new address. Safe to press again and again."""
        self._confirm("accepted_at", ACCEPT, evidence or {})

    @transaction.atomic
    def refuse(self, *, evidence: Evidence | None = None) -> None:
        """The other button at the new address: the one before was pressed by mistake. What has
        moved already is ended like any subscription."""
        self._lock()
        if not self.can_be_accepted or self.accepted_at is None:
            return
        self.accepted_at = None
        self.save(update_fields=["accepted_at"])
        self.subscriber.record(REFUSE, evidence=evidence, about=f"change {self.pk}")

    @transaction.atomic
    def _confirm(self, column: str, verb: str, evidence: Evidence) -> None:
        self._lock()
        if not self.can_be_accepted or getattr(self, column) is not None:
            return
        setattr(self, column, timezone.now())
        self.save(update_fields=[column])
        self.subscriber.record(verb, evidence=evidence, about=f"change {self.pk}")
        if self.agreed_at and self.accepted_at:
            self._move(evidence)

    def _move(self, shown: Evidence) -> None:
        person = self.subscriber
        if self._was_turned_down():
            self._stop()
            return
        self.moved_at = timezone.now()
        if not person.readdress(self.new_email):
            self.other = Subscriber.objects.with_address(self.new_email).get()
            there, here = self._shown_at(ACCEPT), self._shown_at(AGREE)
            self.other_was_subscribed = self.other.take_over(person, evidence=there)
            person.leave(evidence=here, why="gets the letters at another address now")
        person.record("move", evidence=shown, about=f"change {self.pk}")
        self.save(update_fields=["moved_at", "other", "other_was_subscribed"])

    def _was_turned_down(self) -> bool:
        """Whether the new address wants no letters any more since its button was pressed.
        What leaving, a complaint and erasing stop at once need not be asked here."""
        held = Suppression.objects.in_force().of(self.new_email)
        return held is not None and self.accepted_at is not None and held.at >= self.accepted_at

    def _shown_at(self, verb: str) -> Evidence:
        """What the button was pressed under: each address answers for itself only."""
        presses = self.subscriber.events.filter(verb=verb, about=f"change {self.pk}")
        shown = presses.order_by("-pk").values(*EVIDENCE).first()
        return dict(shown or {})

    def _stop(self) -> None:
        self.stopped_at = timezone.now()
        self.save(update_fields=["stopped_at"])

    @transaction.atomic
    def undo(self, *, evidence: Evidence | None = None) -> bool:
        """The button at the old address: it was not them, or they think otherwise. False
        when it cannot be taken back any more."""
        self._lock()
        if self.stopped_at is not None:
            return True
        if self.moved_at is not None and not self._go_back(evidence or {}):
            return False
        self._stop()
        self.subscriber.record("stop move", evidence=evidence, about=f"change {self.pk}")
        return True

    def _go_back(self, evidence: Evidence) -> bool:
        person, other = self.subscriber, self.other
        if not self.is_fresh:
            return False
        if other is None:
            return person.email == self.new_email and person.readdress(self.old_email)
        if not self.other_was_subscribed:
            other.leave(evidence=evidence, why="the change of address was undone")
        person.come_back(evidence=evidence)
        return True

    def _lock(self) -> None:
        """The rows of both addresses and nobody else's, then this one: in that order, because
        who leaves holds their own row and then stops what was to come to it."""
        both = Subscriber.objects.alias(lower=Lower("email")).filter(
            models.Q(pk=self.subscriber_id) | models.Q(lower=self.new_email.lower())
        )
        list(both.order_by("pk").select_for_update())
        self.refresh_from_db(from_queryset=Move.objects.select_for_update())
