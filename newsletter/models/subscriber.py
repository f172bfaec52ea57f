from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from backsite.lib.records import Actor, Event, actor_fields

from .. import emails, links


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def pending(self) -> Self:
        return self.filter(state=Subscriber.State.PENDING)

    def confirmed(self) -> Self:
        return self.filter(state=Subscriber.State.CONFIRMED)

    def left(self) -> Self:
        return self.filter(state=Subscriber.State.LEFT)

    def with_address(self, email: str) -> Self:
        """Whoever has that address, however its capitals are written."""
        return self.alias(lower=Lower("email")).filter(lower=email.lower())


class Subscriber(models.Model):
    """Somebody who asked for the newsletter. Mail goes to the confirmed ones only."""

    class State(models.TextChoices):
        PENDING = "pending", "not confirmed yet"
        CONFIRMED = "confirmed", "subscribed"
        LEFT = "left", "has left"

    email = models.EmailField("e-mail", max_length=254)
    first_name = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING, editable=False)
    # Counted up by each leaving, so that links of an earlier subscription are dead.
    round = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("first asked", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField("confirmed", null=True, blank=True, editable=False)
    left_at = models.DateTimeField("left", null=True, blank=True, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="subscriber_address_once"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="subscriber_confirmed_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="left") | Q(left_at__isnull=False),
                name="subscriber_left_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_confirmed(self) -> bool:
        return self.state == self.State.CONFIRMED

    @property
    def has_left(self) -> bool:
        return self.state == self.State.LEFT

    @classmethod
    def of_link(cls, purpose: str, token: str) -> Subscriber:
        """Whose link it is. Raises links.BadLink or links.OutdatedLink.

        Leaving works for ever; every other link only in the round it was made for.
        """
        pk, round_ = links.read(purpose, token)
        found = cls.objects.filter(pk=pk).first()
        if found is None or (purpose not in links.LASTING and found.round != round_):
            raise links.OutdatedLink
        return found

    @property
    def confirm_path(self) -> str:
        return self._path("newsletter:confirm", links.CONFIRM)

    @property
    def leave_path(self) -> str:
        return self._path("newsletter:leave", links.LEAVE)

    @property
    def book_path(self) -> str:
        return self._path("newsletter:book", links.BOOK)

    @transaction.atomic
    def confirm(self, *, by: Actor = None, evidence: dict[str, str] | None = None) -> None:
        """The address has shown that it wants the mail; the welcome goes out once.

        Changes nothing for somebody who has left since this object was read.
        """
        round_read = self.round
        self._lock()
        if self.is_confirmed or self.round != round_read:
            return
        self.state, self.confirmed_at = self.State.CONFIRMED, timezone.now()
        self.left_at = None
        self.save(update_fields=["state", "confirmed_at", "left_at"])
        self.record("confirm", by=by, evidence=evidence)
        emails.welcome(self)

    @transaction.atomic
    def leave(
        self, *, by: Actor = None, evidence: dict[str, str] | None = None, why: str = ""
    ) -> None:
        """No more mail, from now on. Safe to call again and again."""
        self._lock()
        if self.has_left:
            return
        self.state, self.left_at, self.round = self.State.LEFT, timezone.now(), self.round + 1
        self.save(update_fields=["state", "left_at", "round"])
        self.record("leave", by=by, evidence=evidence, why=why)
        emails.take_back(self)

    def record(
        self,
        verb: str,
        *,
        by: Actor = None,
        evidence: dict[str, str] | None = None,
        why: str = "",
        at: datetime | None = None,
    ) -> None:
        """Writes the proof; `at` when it happened, if that was not just now."""
        fields: dict[str, Any] = {**(evidence or {}), **actor_fields(by)}
        self.events.create(verb=verb, why=why, at=at or timezone.now(), **fields)

    def _lock(self) -> None:
        """The row as it is now, and nobody else's until the transaction ends."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())

    def _path(self, name: str, purpose: str) -> str:
        return reverse(name, args=[links.make(purpose, self.pk, self.round)])


class ConsentEvent(Event):
    """The proof of consent: when (`at`), where, to which words, from which (hashed) address."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="events")
    # When the person acted: a request may wait for the worker before it is on record.
    at = models.DateTimeField(default=timezone.now, editable=False)
    source_page = models.CharField(max_length=500, blank=True, editable=False)
    form = models.CharField(max_length=40, blank=True, editable=False)
    wording = models.TextField("wording shown", blank=True, editable=False)
    address_hash = models.CharField(
        "network address (hash)",
        max_length=64,
        blank=True,
        editable=False,
        help_text="Keyed hash of the IP address: the same address gives the same hash.",
    )

    class Meta(Event.Meta):
        verbose_name = "proof of consent"
        verbose_name_plural = "proofs of consent"

    def __str__(self) -> str:
        return f"{self.verb}, {self.actor or 'by the person'}"
