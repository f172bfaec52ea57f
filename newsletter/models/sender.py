"""Who hands letters over just now, and how fast that may go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

# A sender writes down that it lives every few seconds. After so long a silence it counts as
# dead, and others take what it had in hand; it stops by itself well before (`SURE_FOR`).
DEAD_AFTER: Final = timedelta(seconds=45)
SURE_FOR: Final = timedelta(seconds=20)
# Twice the best day so far: what receiving servers call a careful warm-up.
WARM_UP_FACTOR: Final = 2
# What may go out at once where a rate is set: a minute's worth.
BURST: Final = timedelta(minutes=1)
HOUR: Final = 3_600.0


class SenderQuerySet(models.QuerySet["Sender"]):
    def dead(self) -> Self:
        return self.filter(seen_at__lt=timezone.now() - DEAD_AFTER)


class Sender(models.Model):
    """A process that hands letters over. Its rows of the ledger are its own while it lives."""

    name = models.CharField(max_length=200, editable=False)
    began_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SenderQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Rate(models.Model):
    """How many letters may leave: in all (no domain), or to the addresses of one domain.

    All senders on all machines draw on the one row.
    """

    domain = models.CharField(
        "receiving domain",
        max_length=253,
        blank=True,
        unique=True,
        help_text="e.g. gmail.com. Empty: all letters together.",
    )
    per_hour = models.PositiveIntegerField(
        "letters an hour", null=True, blank=True, help_text="Empty: as fast as it goes."
    )
    warm_up_from = models.PositiveIntegerField(
        "warm-up: letters on the first day",
        null=True,
        blank=True,
        help_text="A new server or sending domain that begins with thousands looks like a "
        "spammer's. With a number here, each day may bring twice the best day so far. Empty: off.",
    )
    tokens = models.FloatField(default=0.0, editable=False)
    filled_at = models.DateTimeField(default=timezone.now, editable=False)
    day = models.DateField(null=True, editable=False)
    day_count = models.PositiveIntegerField("today", default=0, editable=False)
    best_day = models.PositiveIntegerField("best day so far", default=0, editable=False)

    class Meta:
        verbose_name = "sending rate"
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(condition=Q(per_hour=None) | Q(per_hour__gte=1), name="rate_on"),
        ]

    def __str__(self) -> str:
        return self.domain or "all letters"

    def clean(self) -> None:
        self.domain = self.domain.strip().lower().lstrip("@")

    def allowed(self, now: datetime) -> int | None:
        """How many may go out this moment; None when nothing limits it. The row is locked,
        and `spend` follows in the same transaction."""
        self._begin_day(timezone.localdate(now))
        limits = []
        if self.per_hour is not None:
            most = max(1.0, self.per_hour * BURST.total_seconds() / HOUR)
            passed = max(0.0, (now - self.filled_at).total_seconds())
            self.tokens = min(most, self.tokens + passed * self.per_hour / HOUR)
            limits.append(int(self.tokens))
        if self.warm_up_from is not None:
            limits.append(self.most_today - self.day_count)
        self.filled_at = now
        return max(0, min(limits)) if limits else None

    def spend(self, count: int) -> None:
        self.tokens -= count if self.per_hour is not None else 0
        self.day_count += count
        self.save(update_fields=["tokens", "filled_at", "day", "day_count", "best_day"])

    @property
    def most_today(self) -> int:
        """What the warm-up allows today."""
        return max(self.warm_up_from or 0, WARM_UP_FACTOR * self.best_day)

    def _begin_day(self, today: date) -> None:
        if self.day != today:
            self.best_day = max(self.best_day, self.day_count)
            self.day, self.day_count = today, 0
