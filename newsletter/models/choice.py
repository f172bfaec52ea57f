"""Which letters somebody has chosen, and had chosen before."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .letter import Letter


class ChoiceQuerySet(models.QuerySet["Choice"]):
    def standing(self) -> Self:
        """Those in force now."""
        return self.filter(ended_at=None)

    def end(self, at: datetime | None = None) -> int:
        return self.standing().update(ended_at=at or timezone.now())


class Choice(models.Model):
    """One letter, chosen by one person, from one moment to another.

    A choice that has ended stays on record; the same letter chosen anew is a new row.
    """

    subscriber = models.ForeignKey(
        "newsletter.Subscriber", on_delete=models.CASCADE, related_name="choices"
    )
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="choices")
    since = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField("ended", null=True, blank=True, editable=False)

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "letter"],
                condition=Q(ended_at=None),
                name="choice_stands_once",
            ),
        ]
        indexes = [
            models.Index(
                "letter", "subscriber", condition=Q(ended_at=None), name="choice_of_letter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} of {self.subscriber_id}"
