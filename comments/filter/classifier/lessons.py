"""Learning and unlearning in the tables, within the transaction of the decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from backsite.lib.statement import Statement

from ...models.comment import Comment
from ...models.lessons import FeatureCount, Lesson, Training
from .counts import Seen
from .features import Features, features_of, in_the_tables
from .limits import has_enough_for_line
from .line import Lines, draw, examples_of

# The line is drawn from the newest of each kind: spam changes, and the worker's seconds and
# memory stay what they are however old the site is.
NEWEST: Final = 2_000
# More than this at once are an import: then the line is drawn as soon as it is in.
IMPORT: Final = 50

TABLE: Final = FeatureCount._meta.db_table
ADD: Final = f"""
    INSERT INTO {TABLE} AS kept (feature, spam, ham)
    SELECT * FROM unnest(%s::int[], %s::int[], %s::int[]) AS new (feature, spam, ham)
    ORDER BY new.feature
    ON CONFLICT (feature)
    DO UPDATE SET spam = kept.spam + excluded.spam, ham = kept.ham + excluded.ham
"""  # noqa: S608 - the table's name is our own
# With when the line was drawn, so that judging asks once; also part of the statement that asks
# all about a comment (`comments.filter.facts`).
LEARNED: Final = f"""
    SELECT (SELECT drawn_at FROM {Training._meta.db_table} WHERE id = {Training.KEY}) AS drawn_at,
      array_agg(feature) AS features, array_agg(spam) AS spam, array_agg(ham) AS ham
    FROM {TABLE} WHERE feature = ANY(%(features)s)
"""  # noqa: S608
READ: Final = Statement(LEARNED, features="int[]")
QUEUE: Final = f"SELECT 1 FROM {TABLE} WHERE feature = %s FOR UPDATE"  # noqa: S608
TAKE: Final = f"""
    UPDATE {TABLE} SET spam = spam - %s, ham = ham - %s WHERE feature = ANY(%s::int[])
"""  # noqa: S608
SWEEP: Final = f"""
    DELETE FROM {TABLE} WHERE feature = ANY(%s::int[]) AND spam = 0 AND ham = 0
"""  # noqa: S608


@transaction.atomic
def learn(comment: Comment, *, spam: bool) -> None:
    """A person decided. Twice is once; the other way round replaces what was learned.

    Belongs in the transaction of the decision, which holds the comment's row.
    """
    if not _teaches(comment):
        return
    before = Lesson.objects.filter(comment=comment).values_list("spam", flat=True).first()
    if before is spam:
        return
    if before is not None:
        unlearn(comment)
    learn_all([(comment, spam)])


@transaction.atomic
def unlearn(comment: Comment) -> None:
    """Takes back exactly what was learned of it, if anything was."""
    lesson = Lesson.objects.filter(comment=comment).select_for_update().first()
    if lesson is None:
        return
    spam, ham = int(lesson.spam), int(not lesson.spam)
    keys = [FeatureCount.TOTAL, *lesson.features]
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [FeatureCount.TOTAL])
        cursor.execute(TAKE, [spam, ham, keys])
        cursor.execute(SWEEP, [keys])
    lesson.delete()
    Training.ask()


def learn_all(decided: Iterable[tuple[Comment, bool]]) -> None:
    """Many at a time, none of which was learned before; belongs in a transaction."""
    spam: Counter[int] = Counter()
    ham: Counter[int] = Counter()
    lessons = []
    for comment, is_spam in decided:
        if not _teaches(comment):
            continue
        keys = sorted(set(map(in_the_tables, features_in(comment).prints.values())))
        (spam if is_spam else ham).update((FeatureCount.TOTAL, *keys))
        lessons.append(Lesson(comment=comment, spam=is_spam, features=keys))
    if not lessons:
        return
    keys = sorted({*spam, *ham})
    with connection.cursor() as cursor:
        cursor.execute(ADD, [keys, [spam[key] for key in keys], [ham[key] for key in keys]])
    Lesson.objects.bulk_create(lessons, batch_size=500)
    Training.ask(at_once=len(lessons) > IMPORT)


def _teaches(comment: Comment) -> bool:
    """Words of staff and mentions by other sites teach nothing about readers."""
    return not (comment.is_staff or comment.pingback)


def features_in(comment: Comment) -> Features:
    return features_of(comment.text, comment.name, comment.website)


def draw_lines() -> tuple[Lines | None, int]:
    """The lines as the stored decisions have them, and from how many; None from too few."""
    kinds = {spam: Lesson.objects.filter(spam=spam) for spam in (True, False)}
    newest = [
        (lesson.comment, spam)
        for spam, lessons in kinds.items()
        for lesson in lessons.select_related("comment").order_by("-comment_id")[:NEWEST]
    ]
    spam = sum(spam for _, spam in newest)
    if not has_enough_for_line(Seen(spam, len(newest) - spam)):
        return None, 0
    examples = [
        example
        for comment, spam in newest
        for example in examples_of(comment.text, comment.name, features_in(comment), spam=spam)
    ]
    return draw(examples), len(newest)


class Learned(NamedTuple):
    """`of`: the counts of those features that were ever seen; `drawn_at`: when the line was drawn
    that goes with them."""

    total: Seen
    of: dict[str, Seen]
    drawn_at: datetime | None


def learned_of(features: Features) -> Learned:
    """What the tables know of them; one query."""
    return learned_from(READ.run(features=asked_for(features))[0], features)


def asked_for(features: Features) -> list[int]:
    return [FeatureCount.TOTAL, *map(in_the_tables, features.prints.values())]


def learned_from(row: tuple[Any, ...], features: Features) -> Learned:
    """From the columns of LEARNED."""
    drawn_at, keys, spam, ham = row
    found = dict(zip(keys or (), map(Seen, spam or (), ham or ()), strict=True))
    total = found.pop(FeatureCount.TOTAL, Seen(0, 0))
    named = {name: found.get(in_the_tables(place)) for name, place in features.prints.items()}
    return Learned(total, {name: seen for name, seen in named.items() if seen}, drawn_at)
