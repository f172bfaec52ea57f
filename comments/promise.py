"""The promised answer time, and how a comment stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince

from .models import Comment, Discussion, Urgency


@dataclass(frozen=True)
class Wait:
    """`late` is told in words and by a sign as well: not everybody sees colours."""

    since: datetime
    due: datetime

    @property
    def late(self) -> bool:
        return timezone.now() > self.due

    @property
    def words(self) -> str:
        now = timezone.now()
        span = timesince(self.due, now) if self.late else timesince(now, self.due)
        first = span.replace("\xa0", " ").split(",")[0].replace("0 minutes", "a minute")
        return f"late by {first}" if self.late else f"{first} left"


def wait_of(comment: Comment, hours: int) -> Wait | None:
    """None for what nobody waits for."""
    if comment.urgency == Urgency.NOTHING:
        return None
    return Wait(comment.waits_since, comment.waits_since + timedelta(hours=hours))


def promised_hours() -> int:
    return Discussion.current().answer_hours
