"""Many fingers on one button: each comment is kept, and none twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connections

from articles.models import Article
from backsite.lib.bots import Submission
from comments.models import Comment
from tests.factories import make_article

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
