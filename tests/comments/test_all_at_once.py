"""Many fingers on one button: each comment is kept, and none twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from articles.models import Article
from backsite.lib.bots import Submission
from comments.models import Comment
from tests.comments.test_moderating_from_the_list import TRASH, choose
from tests.factories import make_article, make_comment, make_staff
from tests.lib.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

FINGERS = 12


def all_at_once(press: Callable[[int], None]) -> None:
    start = threading.Barrier(FINGERS)

    def finger(number: int) -> None:
        try:
            start.wait()
            press(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=finger, args=(number,)) for number in range(FINGERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send(article: Article, submission: Submission, text: str) -> Comment:
    return Comment.submit(
        submission,
        article=article,
        parent=None,
        name="Anna",
        email="anna@example.org",
        website="",
        text=text,
    )


def press_once(article: Article, submission: Submission) -> None:
    send(article, submission, "Does heat help?")


def test_a_question_whose_answers_all_go_at_once_waits_again() -> None:
    staff, question = make_staff(), make_comment(make_article())
    answers = [question.answer(f"Answer {number}", by=staff).pk for number in range(FINGERS)]
    all_at_once(lambda number: Comment.objects.get(pk=answers[number]).trash(by=staff))
    assert question in Comment.objects.awaiting_answer()


def test_who_decides_about_an_answer_does_not_block_who_decides_about_its_thread() -> None:
    """One has locked an answer and goes on to its question, the other has the question and
    goes on to the answer: one waits, and both are done."""
    staff, question = make_staff(), make_comment(make_article())
    answer = question.answer("Yes.", by=staff)
    begun, failed = threading.Event(), []

    def bulk() -> None:
        try:
            begun.wait()
            client = Client()
            client.force_login(staff)
            choose(client, TRASH, question, answer, query="?pile=all")
        except OperationalError as error:
            failed.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=bulk)
    other.start()
    with transaction.atomic():
        Comment.objects.lock([answer.pk])
        begun.set()
        wait_until(somebody_waits_for_a_lock)
        Comment.objects.get(pk=answer.pk).hold(by=staff)
    other.join()
    assert failed == []
    assert set(Comment.objects.values_list("state", flat=True)) == {"trash"}


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks waiting JOIN pg_locks held USING (pid)"
            " WHERE NOT waiting.granted AND held.database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def test_the_same_words_are_one_comment() -> None:
    article = make_article()
    all_at_once(lambda number: press_once(article, Submission(form="comment")))
    assert Comment.objects.count() == 1


def test_the_same_words_under_one_key_are_one_comment() -> None:
    article, submission = make_article(), Submission(form="comment", key=uuid4())
    all_at_once(lambda number: press_once(article, submission))
    assert Comment.objects.count() == 1


def test_other_words_under_one_key_are_all_kept_and_each_writer_gets_their_own() -> None:
    article, submission = make_article(), Submission(form="comment", key=uuid4())
    answered: dict[int, str] = {}

    def press(number: int) -> None:
        answered[number] = send(article, submission, f"Question {number}").text

    all_at_once(press)
    assert answered == {number: f"Question {number}" for number in range(FINGERS)}
    assert Comment.objects.count() == FINGERS
