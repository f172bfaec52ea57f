"""How an issue was read, as far as that was counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Count, F, FloatField, Value
from django.db.models.functions import Extract, Floor
from django.utils import timezone

from backsite.lib import charts

from .models import Hit, Issue

# Most of what happens to a letter happens then.
HOURS: Final = 48
MOST_LINKS: Final = 20


@dataclass
class Readership:
    """`links`: (address, its words, readers, times). `left_out`: (why, how many)."""

    mode: str
    opened: int = 0
    openings: int = 0
    followed: int = 0
    links: list[tuple[str, str, int, int]] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    chart: charts.Chart | None = None


def of(issue: Issue) -> Readership | None:
    """None where nothing was counted."""
    if issue.measured == "off" or issue.started_at is None:
        return None
    hits = Hit.objects.filter(issue=issue)
    people = hits.by_people()
    found = Readership(issue.measured)
    found.openings = people.openings().count()
    found.opened = people.openings().firsts().count()
    found.followed = people.follows().firsts().count()
    found.links = _links(issue)
    left_out = hits.exclude(program="").order_by().values_list("program").annotate(n=Count("pk"))
    found.left_out = list(left_out.order_by("-n", "program"))
    found.chart = _chart(issue.started_at, issue)
    return found


def _links(issue: Issue) -> list[tuple[str, str, int, int]]:
    hits = Hit.objects.filter(issue=issue).by_people().follows().order_by()
    times = Counter(dict(hits.values_list("link").annotate(Count("pk"))))
    readers = Counter(dict(hits.firsts().values_list("link").annotate(Count("pk"))))
    rows = [
        (link.address, link.words, readers[link.pk], times[link.pk]) for link in issue.links.all()
    ]
    return sorted(rows, key=lambda row: (-row[2], -row[3]))[:MOST_LINKS]


def _chart(began: datetime, issue: Issue) -> charts.Chart:
    """Openings and links followed, by hour, from its beginning on. Hours are counted from there:
    those of the clock are missing or come twice when it is changed."""
    first = timezone.localtime(began).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    begins = [first + timedelta(hours=number) for number in range(HOURS)]
    hours = [timezone.localtime(begin) for begin in begins]
    series = []
    people = Hit.objects.filter(issue=issue, at__lt=begins[-1] + timedelta(hours=1)).by_people()
    passed = Extract(F("at") - Value(first), "epoch", output_field=FloatField())
    for label, rows in (("opened", people.openings()), ("links followed", people.follows())):
        by_hour = rows.order_by().values(hour=Floor(passed / 3_600)).annotate(n=Count("pk"))
        known = dict(by_hour.values_list("hour", "n"))
        series.append((label, [float(known.get(number, 0)) for number in range(HOURS)]))
    top = max(max(values) for _, values in series)
    names = [f"{hour:%-d %b, %H:%M}" for hour in hours]
    words = f"{top:,.0f} in an hour" if top else ""
    return charts.lines("Read, hour by hour", series, names, words)
