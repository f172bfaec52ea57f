"""Addresses that get no mail, whatever any list says."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backsite.lib.records import Actor, Event, actor_fields


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> Self:
        return self.filter(lifted_at=None)

    def lifted(self) -> Self:
        return self.filter(lifted_at__isnull=False)

    def lifted_since(self, moment: datetime) -> Self:
        return self.filter(lifted_at__gt=moment)

    def of(self, email: str) -> Suppression | None:
        """What was ever said of that address, in force or lifted."""
        return self.filter(email=email.strip().lower()).first()

    def holds(self, email: str) -> bool:
        """Whether nothing may be sent to that address."""
        return self.in_force().filter(email=email.strip().lower()).exists()

    def lifted_by_owner(self, email: str) -> None:
        """The address has just pressed a button in a mail that arrived there. What staff
        decided about it stays."""
        found = self.in_force().exclude(reason=Suppression.Reason.STAFF).of(email)
        if found:
            found.lift(why="its owner confirmed, by a button in a mail that arrived there")


class Suppression(models.Model):
    """One address, however often it was suppressed. It outlives the subscriber, so that an
    import or a second sign-up does not bring back whoever must not be mailed."""

    class Reason(models.TextChoices):
        HARD = "hard", _("the address is gone")
        SOFT = "soft", _("failed again and again")
        COMPLAINT = "complaint", _("called it spam")
        STAFF = "staff", _("by staff")
        IMPORTED = "import", _("not mailed by the program it came from")

    email = models.EmailField("address", max_length=254, unique=True)
    reason = models.CharField(max_length=10, choices=Reason, editable=False)
    at = models.DateTimeField("since", default=timezone.now, editable=False)
    evidence = models.TextField(blank=True, editable=False)
    # A person decided that it gets mail again. What happened before that day changes it no more.
    lifted_at = models.DateTimeField("lifted", null=True, blank=True, editable=False)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = "suppressed address"
        verbose_name_plural = "suppressed addresses"
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="suppression_small_letters"
            ),
        ]
        indexes = [
            models.Index("email", condition=Q(lifted_at=None), name="suppression_in_force"),
            models.Index(
                "lifted_at", condition=Q(lifted_at__isnull=False), name="suppression_lifted"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None

    @classmethod
    @transaction.atomic
    def suppress(
        cls,
        email: str,
        reason: str,
        *,
        evidence: str = "",
        happened_at: datetime | None = None,
        by: Actor = None,
    ) -> bool:
        """No more mail to that address. Returns whether that changed anything.

        Nothing changes where a person has lifted it after the thing happened, or where it
        holds already; only a complaint still sharpens what held for a lesser reason.
        """
        now = timezone.now()
        at = min(happened_at or now, now)
        new = Suppression(email=email.strip().lower(), reason=reason, at=at, evidence=evidence)
        # Two reports at the same moment: one row, and the second waits for the first.
        Suppression.objects.bulk_create([new], ignore_conflicts=True)
        row = Suppression.objects.select_for_update().get(email=new.email)
        is_new = not row.events.exists()
        if not is_new and not row._gives_way_to(reason, at):
            return False
        row.reason, row.at, row.evidence, row.lifted_at = reason, at, evidence, None
        row.save(update_fields=["reason", "at", "evidence", "lifted_at"])
        row.events.create(verb=f"suppress: {reason}", why=evidence, **actor_fields(by))
        return True

    @transaction.atomic
    def lift(self, *, by: Actor = None, why: str) -> None:
        """A person decides that the address gets mail again: staff, or its owner, who has
        pressed the button in a mail that arrived there."""
        self.refresh_from_db(from_queryset=Suppression.objects.select_for_update())
        if self.lifted_at is not None:
            return
        self.lifted_at = timezone.now()
        self.save(update_fields=["lifted_at"])
        self.events.create(verb="lift", why=why, **actor_fields(by))

    def _gives_way_to(self, reason: str, at: datetime) -> bool:
        if self.lifted_at is not None:
            return at > self.lifted_at
        strong = (self.Reason.COMPLAINT, self.Reason.STAFF)
        return reason in strong and self.reason not in strong


class SuppressionEvent(Event):
    suppression = models.ForeignKey(Suppression, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "decision about an address"
        verbose_name_plural = "decisions about the address"


def address_is_suppressed(field: str = "email") -> Exists:
    """For queries over rows with an address: `exclude(address_is_suppressed())`."""
    rows = Suppression.objects.in_force().filter(email=Lower(OuterRef(field)))
    return Exists(rows)
