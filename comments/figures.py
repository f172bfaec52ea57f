"""Numbers over time, added up by the database: comments, spam, mistakes, time to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

WEEK: Final = "week"
MONTH: Final = "month"
# How many periods a page shows: half a year of weeks, two years of months.
SHOWN: Final = {WEEK: 26, MONTH: 24}


@dataclass
class Period:
    """One week (from its Monday) or month. Times are in hours; None: nothing was answered."""

    start: date
    received: int = 0
    spam: int = 0
    mistakes: int = 0
    answered: int = 0
    median: float | None = None
    ninth: float | None = None


# Words of readers, by the day they were written; what was deleted meanwhile counts on.
_WRITTEN: Final = """
SELECT date_trunc(%(unit)s, at AT TIME ZONE %(zone)s)::date,
       count(*) FILTER (WHERE state <> 'spam'), count(*) FILTER (WHERE state = 'spam')
FROM (
  SELECT created_at AS at, state FROM comments_comment
   WHERE staff_id IS NULL AND NOT pingback AND created_at >= %(since)s AND created_at < %(until)s
  UNION ALL
  SELECT written_at, state FROM comments_deletedcomment
   WHERE written_at >= %(since)s AND written_at < %(until)s
) AS written GROUP BY 1
"""
# A person said the opposite of what the checks had said before.
_MISTAKES: Final = """
SELECT date_trunc(%(unit)s, said.at AT TIME ZONE %(zone)s)::date, count(DISTINCT said.comment_id)
FROM comments_commentevent AS said
WHERE said.at >= %(since)s AND said.at < %(until)s AND said.actor <> ''
  AND said.verb IN ('approve', 'hold', 'spam')
  AND EXISTS (
    SELECT 1 FROM comments_commentevent AS machine
    WHERE machine.comment_id = said.comment_id AND machine.actor = '' AND machine.id < said.id
      AND machine.verb = CASE WHEN said.verb = 'spam' THEN 'approve' ELSE 'spam' END)
GROUP BY 1
"""
# By the day of the first answer; from the question's writing to it.
_ANSWERS: Final = """
SELECT date_trunc(%(unit)s, answered AT TIME ZONE %(zone)s)::date, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY hours),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY hours)
FROM (
  SELECT min(answer.created_at) AS answered,
         extract(epoch FROM min(answer.created_at) - question.created_at) / 3600 AS hours
  FROM comments_comment AS answer
  JOIN comments_comment AS question ON question.id = answer.parent_id
  WHERE answer.staff_id IS NOT NULL AND answer.state = 'approved'
    AND question.staff_id IS NULL AND answer.created_at >= question.created_at
    AND answer.created_at >= %(since)s AND answer.created_at < %(until)s
    AND NOT EXISTS (
      SELECT 1 FROM comments_comment AS earlier
      WHERE earlier.parent_id = question.id AND earlier.staff_id IS NOT NULL
        AND earlier.state = 'approved' AND earlier.created_at < %(since)s)
  GROUP BY question.id
) AS times GROUP BY 1
"""


def between(first: date, last: date, unit: str) -> list[Period]:
    """All periods from the one that begins on `first` to the one before `last`, the empty
    ones too; three queries however many there are."""
    zone = timezone.get_current_timezone()
    values = {
        "unit": unit,
        "zone": str(zone),
        "since": datetime(first.year, first.month, first.day, tzinfo=zone),
        "until": datetime(last.year, last.month, last.day, tzinfo=zone),
    }
    periods = {start: Period(start) for start in _starts(first, last, unit)}
    for start, received, spam in _rows(_WRITTEN, values):
        periods[start].received, periods[start].spam = received, spam
    for start, mistakes in _rows(_MISTAKES, values):
        periods[start].mistakes = mistakes
    for start, answered, median, ninth in _rows(_ANSWERS, values):
        periods[start].answered = answered
        periods[start].median, periods[start].ninth = float(median), float(ninth)
    return list(periods.values())


def lately(unit: str) -> list[Period]:
    """Up to now, the period that still goes on included."""
    last = _next(_start_of(timezone.localdate(), unit), unit)
    first = last
    for _ in range(SHOWN[unit]):
        first = _start_of(first - timedelta(days=1), unit)
    return between(first, last, unit)


def in_hours(hours: float | None) -> str:
    """“40 minutes”, “5 hours”, “3 days”; a dash for none."""
    if hours is None:
        return "–"
    if hours < 1:
        return _counted(round(hours * 60), "minute")
    return _counted(round(hours), "hour") if hours < 48 else _counted(round(hours / 24), "day")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _rows(query: str, values: dict[str, Any]) -> Iterable[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _start_of(day: date, unit: str) -> date:
    return day.replace(day=1) if unit == MONTH else day - timedelta(days=day.weekday())


def _next(start: date, unit: str) -> date:
    return _start_of(start + timedelta(days=32 if unit == MONTH else 7), unit)


def _starts(first: date, last: date, unit: str) -> list[date]:
    starts = []
    while first < last:
        starts.append(first)
        first = _next(first, unit)
    return starts
