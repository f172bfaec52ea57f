"""What of a comment waits for somebody, how urgently, and since when: columns that the
database generates from the row itself, so that no verb can forget them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from backsite.lib.records import Actor, is_person

from .queries import DOUBTED, HELD, UNANSWERED

if TYPE_CHECKING:
    from datetime import datetime


class Urgency(IntEnum):
    """The higher comes first; of two alike, the one that has waited longer."""

    NOTHING = 0
    DOUBTED = 1
    WAITS = 2
    REPORTED = 3
    DANGER = 4


class NeedsReason(ValueError):
    """A comment with words of danger is not put away in silence; the message is for staff."""


class Attention(models.Model):
    """`danger`: it has words that a person must not be left alone with. `open_reports`:
    how many readers' reports nobody has dealt with. `doubted`: the checks took it for spam,
    and something speaks against that. `closed_at`: nobody need answer it (any more).
    `reopened_at`: it waits anew since then.
    """

    danger = models.BooleanField(default=False, db_default=False, editable=False)
    open_reports = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    doubted = models.BooleanField(default=False, db_default=False, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reopened_at = models.DateTimeField(null=True, blank=True, editable=False)
    urgency = models.GeneratedField(
        expression=Case(
            When(Q(danger=True) & (HELD | UNANSWERED | DOUBTED), then=Value(Urgency.DANGER.value)),
            When(open_reports__gt=0, then=Value(Urgency.REPORTED.value)),
            When(HELD | UNANSWERED, then=Value(Urgency.WAITS.value)),
            When(DOUBTED, then=Value(Urgency.DOUBTED.value)),
            default=Value(Urgency.NOTHING.value),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    waits_since = models.GeneratedField(
        expression=Coalesce("reopened_at", "created_at"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        abstract = True

    if TYPE_CHECKING:  # of the comment
        name: str

        def _record(self, verb: str, by: Actor, why: str = "") -> None: ...

    def _must_say_why(self, by: Actor, why: str) -> None:
        """Whoever wrote words of danger is answered, or somebody has said why not."""
        if self.danger and is_person(by) and not why.strip():
            raise NeedsReason(
                f"{self.name} wrote words that mean danger. Answer, or say why it needs none."
            )

    @transaction.atomic
    def reopen(self, *, by: Actor, why: str = "", since: datetime | None = None) -> None:
        """Somebody must answer this after all; it waits from now on, or `since`."""
        if self.closed_at is not None:
            self.closed_at, self.reopened_at = None, since or timezone.now()
            self.save(update_fields=["closed_at", "reopened_at"])
            self._record("reopen", by, why)


def attention_index(name: str) -> models.Index:
    """The list of all that waits, in its order."""
    return models.Index(
        fields=["-urgency", "waits_since", "id"], condition=Q(urgency__gt=0), name=name
    )


def rare_piles_index(name: str) -> models.Index:
    """The few of all that wait which lie on a pile of their own: counting those does not
    read the thousands beside them."""
    rare = Q(danger=True) | Q(open_reports__gt=0) | DOUBTED
    return models.Index(fields=["id"], condition=Q(urgency__gt=0) & rare, name=name)
