"""The ledger's own statements: a million rows at once, or some hundred of them many times a
second, by any number of senders on any number of machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Func, OuterRef, TextField, Value
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from .delivery import DeliveryQuerySet
    from .issue import Issue

# Which half of the trial somebody is in, or the rest, depends on both and on nothing else.
OPEN: Final = """
    INSERT INTO newsletter_delivery
        (issue_id, subscriber_id, state, variant, domain, attempts, due_at, answer)
    SELECT %s, people.id, {state}, {variant}, people.domain, 0, now(), ''
    FROM ({people}) people (id, domain)"""
PLACE: Final = "abs(hashtextextended(people.id::text, {issue:d}) %% 1000)"
VARIANT: Final = (
    "CASE WHEN {place} < {half:d} THEN 'a' WHEN {place} < {whole:d} THEN 'b' ELSE '' END"
)
STATE: Final = "CASE WHEN {place} < {whole:d} THEN 'waiting' ELSE 'held' END"

CLAIM: Final = """
    WITH picked AS (
        SELECT id FROM newsletter_delivery
        WHERE issue_id = %s AND state = 'waiting' AND sender_id IS NULL AND due_at <= now()
            AND id > %s AND {domains}
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    UPDATE newsletter_delivery row SET sender_id = %s FROM picked WHERE row.id = picked.id
    RETURNING row.id, row.subscriber_id, row.attempts, row.variant, row.domain"""

# A letter that was handed over is written down as such, whatever was decided meanwhile.
SETTLE: Final = """
    UPDATE newsletter_delivery row
    SET state = fresh.state, attempts = fresh.attempts, answer = fresh.answer,
        due_at = coalesce(fresh.due_at, row.due_at), sender_id = NULL,
        settled_at = CASE WHEN fresh.state = 'waiting' THEN NULL ELSE now() END
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::timestamptz[])
        AS fresh (id, state, attempts, answer, due_at)
    WHERE row.id = fresh.id AND (fresh.state = 'sent' OR row.state = 'waiting')"""

LONGEST_ANSWER: Final = 1_000


class Claimed(NamedTuple):
    pk: int
    subscriber_id: int | None
    attempts: int
    variant: str
    domain: str


class Settled(NamedTuple):
    """What became of one attempt; `due_at` when it is to be tried again."""

    pk: int
    state: str
    attempts: int
    answer: str
    due_at: datetime | None = None


def open_for(issue: Issue) -> int:
    """One row for everybody in the audience, in one statement; returns how many are new."""
    parts = (Lower("email"), Value("@"), Value(2))
    domain = Func(*parts, function="split_part", output_field=TextField())
    people = issue.audience().order_by().annotate(to_domain=domain).values_list("pk", "to_domain")
    chosen, values = people.query.sql_with_params()
    state, variant = "'waiting'", "''"
    if issue.tries_subjects:
        place = PLACE.format(issue=issue.pk)
        numbers = {"half": issue.trial_percent * 5, "whole": issue.trial_percent * 10}
        state = STATE.format(place=place, **numbers)
        variant = VARIANT.format(place=place, **numbers)
    statement = OPEN.format(people=chosen, state=state, variant=variant)
    with connection.cursor() as cursor:
        cursor.execute(statement, [issue.pk, *values])
        return int(cursor.rowcount)


def claim(
    issue: int, sender: int, most: int, *, after: int = 0, only: str = "", but: Sequence[str] = ()
) -> list[Claimed]:
    """Up to so many rows that are due, for this sender alone. Belongs in a transaction.

    `only`: of one receiving domain; `but`: of any but these. `after`: the last row that was
    seen before, so that whoever comes back need not pass all those again.
    """
    domains = "domain = %s" if only else "domain <> ALL(%s)"
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM.format(domains=domains), [issue, after, only or list(but), most, sender]
        )
        return sorted(Claimed(*row) for row in cursor.fetchall())


def settle(outcomes: Sequence[Settled]) -> None:
    """Writes down what became of them. Safe to repeat."""
    columns = list(zip(*outcomes, strict=True))
    columns[3] = tuple(answer.replace("\0", "")[:LONGEST_ANSWER] for answer in columns[3])
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [list(column) for column in columns])


def release(sender: int, *, but: Sequence[int] = (), rows: Sequence[int] = ()) -> int:
    """Gives back what a sender has in hand, as if it had never claimed it; `rows`: these alone."""
    from .delivery import Delivery

    held = Delivery.objects.in_hand().filter(sender_id=sender).exclude(pk__in=but)
    return (held.filter(pk__in=rows) if rows else held).update(sender_id=None)


@transaction.atomic
def bury_the_dead() -> int:
    """What dead senders had in hand is anybody's again; returns how many have died."""
    from .sender import Sender

    dead = [row.pk for row in Sender.objects.dead().select_for_update(skip_locked=True)]
    for pk in dead:
        release(pk)
    Sender.objects.filter(pk__in=dead).delete()
    return len(dead)


def had_one_since(moment: datetime) -> DeliveryQuerySet:
    """For queries over subscribers: the letters that went to each of them since then."""
    from .delivery import Delivery

    return Delivery.objects.sent().filter(subscriber=OuterRef("pk"), settled_at__gte=moment)


def anything_left(issue: int) -> bool:
    from .delivery import Delivery

    rows = Delivery.objects.filter(issue_id=issue)
    return rows.waiting().exists() or anything_held(issue)


def anything_held(issue: int) -> bool:
    from .delivery import Delivery

    return Delivery.objects.filter(issue_id=issue, state=Delivery.State.HELD).exists()


@transaction.atomic
def choose(issue: int, variant: str) -> int:
    """The rest get the better subject; returns how many are left to get it."""
    from .delivery import Delivery

    held = Delivery.objects.filter(issue_id=issue, state=Delivery.State.HELD)
    return held.update(state=Delivery.State.WAITING, variant=variant)
