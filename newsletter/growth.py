"""How the list grows, and where its readers come from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncWeek
from django.utils import timezone

from .models import Choice, ConsentEvent, Signup, Subscriber

WEEKS: Final = 26
# Sources are of the last year.
SOURCES_OF: Final = timedelta(days=365)
MOST_SOURCES: Final = 12
# An import is one for who was subscribed in the file.
JOININGS: Final = ("confirm", "take over", "come back")


@dataclass
class Week:
    """`size`: how many are on the list at its end."""

    begin: date
    joined: int
    left: int
    size: int = 0


class Source(NamedTuple):
    """`asked`: who filled in the form there; `joined`: of these, who confirmed; `stayed`: who
    is still there."""

    name: str
    asked: int
    joined: int
    stayed: int


def weeks(count: int = WEEKS) -> list[Week]:
    """The last so many, the oldest first; this one is not over yet."""
    today = timezone.localdate()
    this = today - timedelta(days=today.weekday())
    begins = [this - timedelta(weeks=ago) for ago in range(count - 1, -1, -1)]
    since = timezone.make_aware(datetime.combine(begins[0], time()))
    joined, left = _joined(since), _left(since)
    found = [Week(begin, joined[begin], left[begin]) for begin in begins]
    size = Subscriber.objects.confirmed().count()
    for week in reversed(found):
        week.size = size
        size += week.left - week.joined
    return found


def _joined(since: datetime) -> Counter[date]:
    """A subscriber's row knows the last time; the times before it, of who left in between and
    came back, are on record."""
    was_away = Q(before=None) | Q(before="leave")
    earlier = Q(verb="come back") | Q(at__lt=F("subscriber__confirmed_at"))
    on_record = _changes_since(since).exclude(verb="leave").filter(was_away, earlier)
    return _per_week("confirmed_at", since) + _weekly(on_record, "at")


def _left(since: datetime) -> Counter[date]:
    """Only who had joined: one may leave who was asked to confirm, and confirm later."""
    came_back = Q(subscriber__left_at=None) | Q(at__lt=F("subscriber__left_at"))
    there = Q(before__isnull=False) & ~Q(before="leave")
    on_record = _changes_since(since).filter(came_back, there, verb="leave")
    return _per_week("left_at", since) + _weekly(on_record, "at")


def _per_week(column: str, since: datetime) -> Counter[date]:
    people = Subscriber.objects.filter(confirmed_at__isnull=False, **{f"{column}__gte": since})
    return _weekly(people, column)


def _changes() -> QuerySet[ConsentEvent]:
    """By which somebody joins or leaves. Who was imported and has not confirmed has no letters
    since then."""
    begun = Choice.objects.filter(subscriber=OuterRef("subscriber"), since=OuterRef("at"))
    imported = Q(Exists(begun), verb="import")
    return ConsentEvent.objects.filter(Q(verb__in=JOININGS) | imported | Q(verb="leave"))


def _changes_since(since: datetime) -> QuerySet[ConsentEvent]:
    """Each with the verb of the one `before` it, by the same person: who takes over another's
    letters may be on the list already."""
    own = _changes().filter(subscriber=OuterRef("subscriber"), pk__lt=OuterRef("pk"))
    before = Subquery(own.order_by("-pk").values("verb")[:1])
    known = _changes().filter(subscriber__confirmed_at__isnull=False, at__gte=since)
    return known.alias(before=before)


def _weekly(rows: QuerySet[Any], column: str) -> Counter[date]:
    per_week = rows.order_by().values(week=TruncWeek(column, output_field=DateField()))
    return Counter(dict(per_week.annotate(n=Count("pk")).values_list("week", "n")))


def sources(column: str) -> list[Source]:
    """By one of the columns of a request: `source_page`, `form` or `campaign`."""
    since = timezone.now() - SOURCES_OF
    rows = Signup.objects.asking().filter(created_at__gte=since, subscriber__isnull=False)
    have_joined = Q(subscriber__confirmed_at__isnull=False)
    still = Q(subscriber__in=Subscriber.objects.confirmed())
    counted = (
        rows.exclude(**{column: ""})
        .order_by()
        .values_list(column)
        .annotate(
            asked=Count("subscriber", distinct=True),
            joined=Count("subscriber", distinct=True, filter=have_joined),
            stayed=Count("subscriber", distinct=True, filter=still),
        )
    )
    return [Source(*row) for row in counted.order_by("-joined", "-asked", column)[:MOST_SOURCES]]
