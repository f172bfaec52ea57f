from __future__ import annotations

from typing import Final, Self

from django.core import signing
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from backsite.lib.records import Actor, Event, actor_fields

from .. import emails

# One purpose a link: a confirmation link cannot be used to read the book, nor the reverse.
CONFIRM: Final = "newsletter.confirm"
LEAVE: Final = "newsletter.leave"
BOOK: Final = "newsletter.book"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def pending(self) -> Self:
        return self.filter(state=Subscriber.State.PENDING)

    def confirmed(self) -> Self:
        return self.filter(state=Subscriber.State.CONFIRMED)

    def left(self) -> Self:
        return self.filter(state=Subscriber.State.LEFT)

    def with_address(self, email: str) -> Self:
        """Whoever has that address, however its capitals are written."""
        return self.annotate(lower=Lower("email")).filter(lower=email.lower())


class Subscriber(models.Model):
    """Somebody who asked for the newsletter. Mail goes to the confirmed ones only."""

    class State(models.TextChoices):
        PENDING = "pending", "not confirmed yet"
        CONFIRMED = "confirmed", "subscribed"
        LEFT = "left", "has left"

    email = models.EmailField("e-mail", max_length=254)
    first_name = models.CharField(max_length=80, blank=True)
    state = models.CharField(
        max_length=10, choices=State, default=State.PENDING, editable=False
    )
    # Made anew by each leaving, so that links of an earlier subscription are dead.
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("asked", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    left_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="subscriber_address_once"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="subscriber_confirmed_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_confirmed(self) -> bool:
        return self.state == self.State.CONFIRMED

    def token(self, purpose: str) -> str:
        """A signed word that opens one kind of page for this subscriber and nobody else."""
        return signing.dumps([self.pk, self.round], salt=purpose)

    @classmethod
    def of_token(cls, token: str, purpose: str) -> Subscriber | None:
        """Whose token it is; None for a forged, outdated or foreign one."""
        try:
            pk, round_ = signing.loads(token, salt=purpose)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        found = cls.objects.filter(pk=pk)
        # Leaving works for ever; everything else only in the round it was made for.
        return (found if purpose == LEAVE else found.filter(round=round_)).first()

    @property
    def confirm_path(self) -> str:
        return reverse("newsletter:confirm", args=[self.token(CONFIRM)])

    @property
    def leave_path(self) -> str:
        return reverse("newsletter:leave", args=[self.token(LEAVE)])

    @property
    def book_path(self) -> str:
        return reverse("newsletter:book", args=[self.token(BOOK)])

    @transaction.atomic
    def confirm(self, *, by: Actor = None, evidence: dict[str, str] | None = None) -> None:
        """The address has shown that it wants the mail; the welcome goes out once."""
        locked = type(self).objects.select_for_update().get(pk=self.pk)
        if locked.is_confirmed:
            self.refresh_from_db()
            return
        self.state, self.confirmed_at, self.left_at = (
            self.State.CONFIRMED,
            timezone.now(),
            None,
        )
        self.save(update_fields=["state", "confirmed_at", "left_at"])
        self.record("confirm", by=by, evidence=evidence)
        emails.welcome(self)

    @transaction.atomic
    def leave(self, *, by: Actor = None, evidence: dict[str, str] | None = None) -> None:
        """No more mail, from now on. Safe to call again and again."""
        locked = type(self).objects.select_for_update().get(pk=self.pk)
        if locked.state == self.State.LEFT:
            self.refresh_from_db()
            return
        self.state, self.left_at, self.round = self.State.LEFT, timezone.now(), locked.round + 1
        self.save(update_fields=["state", "left_at", "round"])
        self.record("leave", by=by, evidence=evidence)

    def record(
        self, verb: str, *, by: Actor = None, evidence: dict[str, str] | None = None
    ) -> None:
        self.events.create(verb=verb, **(evidence or {}), **actor_fields(by))


class ConsentEvent(Event):
    """The proof of consent: when (`at`), where, to which words, from which (hashed) address."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="events")
    source_page = models.CharField(max_length=500, blank=True, editable=False)
    form = models.CharField(max_length=40, blank=True, editable=False)
    wording = models.TextField("wording shown", blank=True, editable=False)
    address_hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Keyed hash of the IP address."
    )
