"""Every order of events: what a person decided is never overturned by a machine.

A small model of the rule walks beside the real thing and is compared after every step.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction

from backsite.lib.bots import Vote
from backsite.lib.work import perform_due
from comments.filter.verdict import judge_again
from comments.models import Batch, Comment, Discussion, Judgement, Moderation
from comments.models.batch import Standing
from tests.factories import make_article, make_comment, make_staff

State = Comment.State
DEPTH: Final = 3
WALKS: Final = 6
STEPS: Final = 15

EVIDENCE: Final = {
    "says spam": Vote("Akismet", 9.0, "Spam"),
    "says ham": Vote("Akismet", -1.0, "Not spam"),
    "is away": Vote("Akismet", 0.0, "Could not be reached", unknown=True),
}
VERDICT: Final = {"says spam": State.SPAM, "says ham": State.APPROVED, "is away": State.HELD}
PEOPLE: Final = {
    "approve": State.APPROVED,
    "spam": State.SPAM,
    "hold": State.HELD,
    "trash": State.TRASH,
}


@dataclass(frozen=True)
class Model:
    """What must be true."""

    state: str = State.HELD
    by_person: bool = False
    verdict: str = State.APPROVED
    due: bool = True

    def after(self, step: str) -> Model:
        if step in PEOPLE:
            return replace(self, state=PEOPLE[step], by_person=True)
        if step == "undo":  # a person does something, and takes it back
            return replace(self, by_person=True)
        if step in EVIDENCE:
            return replace(self, verdict=VERDICT[step], due=True)
        free = self.due and not self.by_person and self.state != State.TRASH
        return replace(self, state=self.verdict if free else self.state, due=False)


class World:
    """The real thing. `stale` is the row as somebody loaded it long ago."""

    def __init__(self) -> None:
        Discussion(moderation=Moderation.PUBLISH).save()
        self.staff = make_staff()
        self.stale = make_comment(make_article(), approved=False)
        self.pk = self.stale.pk

    def do(self, step: str) -> None:
        if step in PEOPLE:
            getattr(self.stale, step)(by=self.staff)
        elif step == "undo":
            _undone(Comment.objects.get(pk=self.pk), self.staff)
        elif step in EVIDENCE:
            self.stale.hear([EVIDENCE[step]])
            judge_again(self.stale)
        else:
            assert perform_due(Judgement) <= 1

    def seen(self, expected: Model) -> Model:
        row = Comment.objects.get(pk=self.pk)
        due = Judgement.objects.get(comment=self.pk).due_at is not None
        return replace(expected, state=row.state, by_person=row.decided_by_person, due=due)


def _undone(comment: Comment, staff: User) -> None:
    before = Standing.of(comment)
    other = comment.trash if comment.state != State.TRASH else comment.hold
    other(by=staff)
    batch = Batch.record([(comment, before)], by=staff, done="moved")
    assert batch is not None
    batch.undo(by=staff)


ALL: Final = (*PEOPLE, "undo", *EVIDENCE, "judge")


@pytest.mark.django_db
def test_every_order_of_three_events() -> None:
    _explore(World(), Model(), [])


def _explore(world: World, model: Model, path: list[str]) -> None:
    if len(path) == DEPTH:
        return
    for step in ALL:
        with transaction.atomic():
            world.do(step)
            expected = model.after(step)
            assert world.seen(expected) == expected, [*path, step]
            _explore(world, expected, [*path, step])
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(WALKS))
def test_long_walks_through_all_events(seed: int) -> None:
    world, model, path = World(), Model(), []
    dice = random.Random(seed)
    for _ in range(STEPS):
        # People seldom, so that machines have a long way of their own before and after.
        step = dice.choice([*EVIDENCE, "judge", "judge", dice.choice(ALL)])
        path.append(step)
        world.do(step)
        model = model.after(step)
        assert world.seen(model) == model, path


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("verb", "state"), [("approve", State.APPROVED), ("hold", State.HELD)])
def test_a_person_who_decides_while_the_machine_judges_wins(verb: str, state: str) -> None:
    world = World()
    world.do("says spam")
    with transaction.atomic():
        getattr(world.stale, verb)(by=world.staff)
        machine = _aside(lambda: perform_due(Judgement))
        _until_somebody_waits_for_a_lock()
    machine.join(timeout=240)
    assert Comment.objects.get(pk=world.pk).state == state
    assert Judgement.objects.get(comment=world.pk).verdict == "spam"


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_while_the_machine_judges_is_not_lost() -> None:
    world = World()
    with transaction.atomic():
        Judgement.objects.select_for_update().get(comment=world.pk)  # as the machine does
        answer = _aside(lambda: world.do("says spam"))
        _until_somebody_waits_for_a_lock()
        Judgement.objects.filter(comment=world.pk).update(due_at=None)
    answer.join(timeout=240)
    world.do("judge")
    assert Comment.objects.get(pk=world.pk).state == State.SPAM


def _aside(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _until_somebody_waits_for_a_lock() -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    for _ in range(20_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waited.")


@pytest.mark.django_db
def test_after_an_outage_of_every_check_each_is_judged_again_once_and_people_are_not() -> None:
    Discussion(moderation=Moderation.PUBLISH).save()
    article, checks = make_article(), ("Akismet", "reCAPTCHA")
    waiting = [make_comment(article, approved=False) for _ in range(4)]
    for comment in waiting:
        comment.hear([Vote(name, 0.0, "Could not be reached", unknown=True) for name in checks])
    perform_due(Judgement)
    assert Comment.objects.held().count() == 4
    waiting[0].trash(by=make_staff())
    for name in checks:
        for comment, weight in zip(waiting, (-1.0, -1.0, 9.0, -1.0), strict=True):
            comment.hear([Vote(name, weight, "Answered")])
            judge_again(comment)
    assert perform_due(Judgement) == 4
    assert perform_due(Judgement) == 0
    states = [Comment.objects.get(pk=comment.pk).state for comment in waiting]
    assert states == [State.TRASH, State.APPROVED, State.SPAM, State.APPROVED]
    assert [comment.events.count() for comment in waiting] == [1, 1, 1, 1]
