"""How each check has done over the last weeks: what it caught, where people decided
otherwise, when it had nothing to say, and how long it could not be asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncWeek
from django.utils import timezone

from backsite.lib import captcha
from backsite.lib.services.models import Outage

from .filter import akismet
from .models import Comment, CommentVote

WEEKS: Final = 12
WEEK: Final = timedelta(days=7)
# The drawing's own units; the page scales it.
WIDTH, HEIGHT, GAP = 480, 96, 6
# Asked over the network: they have a vote on each comment that they were asked about.
OVER_THE_NETWORK: Final = (akismet.NAME, captcha.NAME)

KNOWN: Final = Q(unknown=False)
PUBLISHED_BY_PEOPLE: Final = Q(
    comment__person_decided_at__isnull=False, comment__state=Comment.State.APPROVED
)
SPAM_TO_PEOPLE: Final = Q(
    comment__person_decided_at__isnull=False, comment__state=Comment.State.SPAM
)


@dataclass
class Week:
    """`wrong`: it spoke against what a person published. `missed`: it spoke for what a
    person called spam. `away`: how long it could not be asked."""

    begins: datetime
    asked: int = 0
    caught: int = 0
    wrong: int = 0
    missed: int = 0
    spoke: int = 0
    away: timedelta = timedelta()

    @property
    def silent(self) -> int:
        return max(self.asked - self.spoke, 0)


@dataclass(frozen=True)
class Bar:
    x: float
    width: float
    caught: float
    wrong: float
    week: Week

    @property
    def caught_y(self) -> float:
        return HEIGHT - self.caught

    @property
    def wrong_y(self) -> float:
        return HEIGHT - self.wrong


@dataclass
class Record:
    """One check's weeks, the oldest first."""

    name: str
    weeks: list[Week]
    heard_at: datetime | None = None
    outages: int = 0
    total: Week = field(init=False)

    def __post_init__(self) -> None:
        self.total = Week(self.weeks[0].begins)
        for week in self.weeks:
            for name in ("asked", "caught", "wrong", "missed", "spoke"):
                setattr(self.total, name, getattr(self.total, name) + getattr(week, name))
            self.total.away += week.away

    @property
    def bars(self) -> list[Bar]:
        """What it caught, and within that what people put right."""
        most = max((week.caught for week in self.weeks), default=0) or 1
        step = WIDTH / len(self.weeks)
        return [
            Bar(
                round(number * step + GAP / 2, 1),
                round(step - GAP, 1),
                round(week.caught / most * HEIGHT, 1),
                round(week.wrong / most * HEIGHT, 1),
                week,
            )
            for number, week in enumerate(self.weeks)
        ]


def records() -> list[Record]:
    """Those that caught most first. The same few queries however much was written."""
    now = timezone.localtime()
    monday = (now - timedelta(days=now.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    begins = [monday - WEEK * number for number in reversed(range(WEEKS))]
    written = _written(begins[0])
    found: dict[str, dict[datetime, Week]] = defaultdict(
        lambda: {start: Week(start, asked=written.get(start, 0)) for start in begins}
    )
    heard = _count_votes(found, begins[0])
    outages = _count_outages(found, begins)
    made = [
        Record(name, list(weeks.values()), heard.get(name), outages.get(name, 0))
        for name, weeks in found.items()
    ]
    return sorted(made, key=lambda record: (-record.total.caught, record.name))


def _written(since: datetime) -> dict[datetime, int]:
    """How many comments of readers came in each week."""
    rows = Comment.objects.by_readers().filter(import_key=None, created_at__gte=since).order_by()
    weekly = rows.annotate(week=TruncWeek("created_at")).values_list("week")
    return dict(weekly.annotate(Count("pk")))


def _count_votes(found: dict[str, dict[datetime, Week]], since: datetime) -> dict[str, datetime]:
    """Fills in what the votes say; returns when each check last had an opinion."""
    votes = CommentVote.objects.order_by().filter(comment__created_at__gte=since)
    rows = (
        votes.annotate(week=TruncWeek("comment__created_at"))
        .values("check_name", "week")
        .annotate(
            all=Count("pk"),
            spoke=Count("pk", filter=KNOWN),
            caught=Count("pk", filter=KNOWN & Q(weight__gt=0)),
            wrong=Count("pk", filter=KNOWN & Q(weight__gt=0) & PUBLISHED_BY_PEOPLE),
            missed=Count("pk", filter=KNOWN & Q(weight__lt=0) & SPAM_TO_PEOPLE),
            last=Max("at", filter=KNOWN),
        )
    )
    heard: dict[str, datetime] = {}
    for row in rows:
        week = found[row["check_name"]].get(row["week"])
        if week is None:
            continue
        for name in ("spoke", "caught", "wrong", "missed"):
            setattr(week, name, row[name])
        if row["check_name"] in OVER_THE_NETWORK:
            week.asked = row["all"]
        if row["last"]:
            heard[row["check_name"]] = max(row["last"], heard.get(row["check_name"], row["last"]))
    return heard


def _count_outages(
    found: dict[str, dict[datetime, Week]], begins: list[datetime]
) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    still = Q(ended_at=None) | Q(ended_at__gte=begins[0])
    for outage in Outage.objects.filter(still).select_related("service"):
        name = outage.service.name
        if name not in OVER_THE_NETWORK:
            continue
        counts[name] += 1
        for week in found[name].values():
            start = max(outage.began_at, week.begins)
            end = min(outage.ended_at or timezone.now(), week.begins + WEEK)
            week.away += max(end - start, timedelta())
    return counts
