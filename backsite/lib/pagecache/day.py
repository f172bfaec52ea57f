"""What the tables do not tell is true until a day ends: a review that runs out, a credential, what
was read most in thirty days. No page outlives the day that it was made on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone


def seconds_left(now: datetime | None = None) -> float:
    """Until midnight where the site is at home (TIME_ZONE)."""
    here = timezone.localtime(now)
    midnight = datetime.combine(here.date() + timedelta(days=1), time.min, here.tzinfo)
    # By way of UTC: a day on which the clocks change has not 24 hours.
    return (midnight.astimezone(UTC) - here.astimezone(UTC)).total_seconds()
