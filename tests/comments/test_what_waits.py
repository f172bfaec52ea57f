"""What waits for somebody, how urgently, and what makes a question wait again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backsite.lib.bots import Vote
from comments.models import Comment, Urgency
from tests.comments.staff import TEXT, held, verbs
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


def urgency(comment: Comment) -> Urgency:
    comment.refresh_from_db()
    return Urgency(comment.urgency)


def test_a_comment_waits_until_it_is_decided_on_and_answered(ada: User) -> None:
    comment = held()
    assert urgency(comment) == Urgency.WAITS
    comment.approve(by=ada)
    assert urgency(comment) == Urgency.WAITS
    answer = comment.answer(TEXT, by=ada)
    assert urgency(comment) == urgency(answer) == Urgency.NOTHING


def test_danger_comes_before_reports_and_those_before_the_rest(ada: User) -> None:
    article = make_article()
    plain, reported, danger = (make_comment(article) for _ in range(3))
    Comment.objects.filter(pk=reported.pk).update(open_reports=2)
    Comment.objects.filter(pk=danger.pk).update(danger=True)
    assert list(Comment.objects.on_the_desk()) == [danger, reported, plain]


def test_a_question_opened_again_waits_from_then_on(ada: User) -> None:
    comment = make_comment(make_article())
    Comment.objects.update(created_at=timezone.now() - timedelta(days=90))
    comment.close(by=ada, why="it says thanks")
    comment.reopen(by=ada)
    comment.reopen(by=ada)
    comment.refresh_from_db()
    assert urgency(comment) == Urgency.WAITS
    assert timezone.now() - comment.waits_since < timedelta(minutes=1)
    assert verbs(comment)[-2:] == [("close", "ada"), ("reopen", "ada")]


@pytest.mark.parametrize("verb", ["trash", "hold", "spam"])
def test_a_question_whose_only_answer_is_taken_away_waits_again(ada: User, verb: str) -> None:
    comment = make_comment(make_article())
    answer = comment.answer(TEXT, by=ada)
    getattr(answer, verb)(by=ada)
    assert urgency(comment) == Urgency.WAITS
    answer.approve(by=ada)
    assert urgency(comment) == Urgency.NOTHING


def test_a_question_with_another_answer_does_not_wait_again(ada: User) -> None:
    comment = make_comment(make_article())
    comment.answer(TEXT, by=ada)
    comment.answer("One more thing.", by=ada).trash(by=ada)
    assert urgency(comment) == Urgency.NOTHING


def test_the_machines_spam_from_a_published_reader_is_doubted(ada: User) -> None:
    article = make_article()
    make_comment(article, email="hanna@example.org")
    comment = make_comment(article, email="Hanna@example.org", approved=False)
    comment.spam(by=None)
    assert urgency(comment) == Urgency.DOUBTED
    comment.spam(by=ada)
    assert urgency(comment) == Urgency.NOTHING
    assert verbs(comment) == [("spam", ""), ("spam", "ada")]


@pytest.mark.parametrize(("weight", "waits"), [(5.5, Urgency.DOUBTED), (9.0, Urgency.NOTHING)])
def test_the_machines_spam_near_the_line_is_doubted(weight: float, waits: Urgency) -> None:
    comment = held()
    comment.hear([Vote("trap field", weight, "The hidden field was filled in")])
    comment.spam(by=None)
    assert urgency(comment) == waits


def test_what_a_person_called_spam_is_not_doubted(ada: User) -> None:
    article = make_article()
    make_comment(article, email="hanna@example.org")
    comment = make_comment(article, email="hanna@example.org", approved=False)
    comment.spam(by=ada)
    assert urgency(comment) == Urgency.NOTHING
    comment.spam(by=None)
    assert urgency(comment) == Urgency.NOTHING
