"""Made-up comments and subscribers by the million, to measure on: the same seed makes the
same ones. Nothing of a row goes through a model: only PostgreSQL's COPY is quick enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from articles.models import Article
from backsite.copying import copy_values, reserve_keys, without_indexes
from backsite.lib.pagecache.triggers import in_bulk
from backsite.made_up import Texts
from comments.models import Comment
from newsletter.models import Choice, Letter, Subscriber

BATCH: Final = 100_000
READERS: Final = 200_000
# The most discussed article has about a hundredth of all comments; the others, the fewer the
# further behind they stand (Zipf's law).
HEAD: Final = 10
# An answer goes to one of the last so many of its article.
NEAR: Final = 20
COMMENT_COLUMNS: Final = [
    "id", "article_id", "parent_id", "name", "email", "text", "format", "html", "state",
    "staff_id", "created_at", "approved_at", "closed_at",
]  # fmt: skip
SUBSCRIBER_COLUMNS: Final = ["id", "email", "state", "created_at", "confirmed_at", "left_at"]
CHOICE_COLUMNS: Final = ["id", "subscriber_id", "letter_id", "since", "ended_at"]
Say = Callable[[int], None]


def comments(texts: Texts, wanted: int, say: Say) -> None:
    """Threads under the made-up articles, some answered by staff, few still waiting."""
    articles = list(
        Article.objects.articles()
        .published()
        .filter(import_key__startswith="load:")
        .newest_first()
        .values_list("pk", "published_at")
    )
    if not articles or not wanted:
        return
    staff, _ = User.objects.get_or_create(username="load-staff")
    with transaction.atomic(), in_bulk(connection), without_indexes(Comment):
        keys = reserve_keys(Comment, wanted)
        rows = _comments(texts, keys, articles, staff.pk)
        _copy(Comment, COMMENT_COLUMNS, rows, wanted, say)


def _comments(
    texts: Texts, keys: range, articles: list[tuple[int, datetime | None]], staff: int
) -> Iterator[list[Any]]:
    now, waiting, wanted = timezone.now(), iter(keys), len(keys)
    whole = sum(1 / (place + HEAD) for place in range(len(articles)))
    for place, (article, published) in cycle(enumerate(articles)):
        begun, above = published or now, list[int]()
        for number in range(max(1, int(wanted / (place + HEAD) / whole))):
            key = next(waiting, None)
            if key is None:
                return
            at = min(now, begun + timedelta(minutes=7 * number))
            row = _comment(texts, key, above, at, staff)
            yield [key, article, *row]


def _comment(texts: Texts, key: int, above: list[int], at: datetime, staff: int) -> list[Any]:
    """The columns after the article's; `above` are those that it may answer."""
    chance = texts.pick(1000)
    parent = above[-1 - texts.pick(min(NEAR, len(above)))] if above and chance % 2 else None
    by_staff = parent is not None and chance < 100
    state = "approved" if chance < 970 else _put_away(chance)
    remark, reader = texts.remark(), texts.pick(READERS)
    shown = at if state == "approved" else None
    if shown:
        above.append(key)
    # A few hundred in a million still wait for an answer.
    closed = None if chance == 7 and texts.pick(2) else shown
    return [
        parent, "Dr Load" if by_staff else f"Reader {reader}",
        "" if by_staff else f"reader{reader}@example.org", remark, "light", f"<p>{remark}</p>",
        state, staff if by_staff else None, at, shown, closed,
    ]  # fmt: skip


def _put_away(chance: int) -> str:
    """30 of a thousand are not published; a few of these still wait to be looked at."""
    if chance == 970:
        return "held"
    return "spam" if chance < 990 else "trash"


def subscribers(wanted: int, say: Say) -> None:
    """Nine in ten confirmed, each with the letter that a site begins with."""
    if not wanted:
        return
    letter = Letter.objects.defaults().first()
    with transaction.atomic(), in_bulk(connection):
        people = reserve_keys(Subscriber, wanted)
        _copy(Subscriber, SUBSCRIBER_COLUMNS, _subscribers(people), wanted, say)
        if letter is not None:
            rows = reserve_keys(Choice, wanted)
            _copy(Choice, CHOICE_COLUMNS, _choices(rows, people, letter.pk), wanted, say)


def _subscribers(keys: range) -> Iterator[list[Any]]:
    now = timezone.now()
    for number, key in enumerate(keys):
        at = now - timedelta(seconds=30 * number)
        state = {0: "pending", 1: "left"}.get(number % 20, "confirmed")
        confirmed, left = (at if state != "pending" else None), (at if state == "left" else None)
        yield [key, f"load{number}@example.org", state, at, confirmed, left]


def _choices(keys: range, people: range, letter: int) -> Iterator[list[Any]]:
    now = timezone.now()
    for number, (key, person) in enumerate(zip(keys, people, strict=True)):
        yield [key, person, letter, now - timedelta(seconds=30 * number), None]


def _copy(model: Any, names: list[str], rows: Iterator[list[Any]], wanted: int, say: Say) -> None:
    """In one transaction, a batch after the other, so that somebody hears how far it is."""
    done = 0
    while done < wanted:
        some = min(BATCH, wanted - done)
        done += copy_values(model, names, (next(rows) for _ in range(some)))
        say(done)
