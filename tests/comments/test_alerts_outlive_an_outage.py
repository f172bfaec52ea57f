"""Fifty people write at once while no mail leaves: all is kept, and told when it does again."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from backsite.lib.bots import Submission
from backsite.lib.mail.models import Message
from comments.models import Alert, AlertChoice, AlertRound, Comment
from tests.comments.alerting import go_round
from tests.factories import make_article, make_staff
from tests.lib.mail_sink import mail_server

PEOPLE = 50


def write(article: Article, number: int, kept: list[int]) -> None:
    try:
        comment = Comment.submit(
            Submission(form="comment", user_agent="tests"),
            article=article,
            parent=None,
            name=f"Reader {number}",
            email=f"reader{number}@example.org",
            website="",
            text=f"Question {number};",
        )
        kept.append(comment.pk)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_each_is_kept_once_and_each_alert_arrives_when_the_server_is_back(
    settings: Any,
) -> None:
    make_staff("ada")
    article = make_article()
    kept: list[int] = []
    threads = [
        threading.Thread(target=write, args=(article, number, kept)) for number in range(PEOPLE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(kept)) == Comment.objects.held().count() == PEOPLE
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=1))

    options = {"MAIL_LEAVES": True, "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    for name, value in {**options, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 1}.items():
        setattr(settings, name, value)
    go_round()
    work.perform_due(Message)  # the server is away
    # A worker dies with the letter in its hand, and another makes its rounds meanwhile.
    Message.objects.update(due_at=timezone.now())
    assert work.claim(Message) is not None
    go_round()
    assert Alert.objects.sent().count() == 0

    with mail_server() as sink:
        settings.EMAIL_PORT = sink.port
        Message.objects.update(leased_until=None, due_at=timezone.now())
        work.perform_due(Message)
        AlertChoice.objects.update(last_letter_at=None)
        AlertRound.objects.update(due_at=timezone.now())
        work.sweep()
    told = Alert.objects.filter(kind="new")
    assert set(told.values_list("comment_id", flat=True)) == set(kept)
    assert told.count() == told.sent().count() == PEOPLE
    assert len(set(sink.ids)) == len(sink.ids) == 1
