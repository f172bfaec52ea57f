"""What was decided in one stroke is taken back in one, but for what others decided since."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from comments.models import AnswerDraft, Batch, Comment, Lesson
from comments.models.batch import OFFERED_FOR
from comments.piles import PILES
from tests.comments.staff import LIST, held, press, verbs
from tests.comments.test_moderating_from_the_list import CLOSE, SPAM, TRASH, choose
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


def undo(client: Client, batch: Batch) -> str:
    page = client.post(f"{LIST}undo/{batch.pk}/", {"next": LIST}, follow=True)
    return unescape(page.content.decode())


def stands(*comments: Comment) -> list[tuple[str, bool]]:
    for comment in comments:
        comment.refresh_from_db()
    return [(comment.state, comment.closed_at is None) for comment in comments]


def test_each_goes_back_to_where_it_was(client: Client, ada: User) -> None:
    article = make_article()
    waits, published = make_comment(article, approved=False), make_comment(article)
    closed = make_comment(article)
    closed.close(by=ada, why="it says thanks")
    page = choose(client, TRASH, waits, published, closed, query="?pile=all")
    assert "3 comments moved to the trash" in page
    page = undo(client, Batch.objects.get())
    assert "Taken back: 3 comments were put back as before." in page
    assert stands(waits, published, closed) == [
        ("held", True),
        ("approved", True),
        ("approved", False),
    ]
    assert verbs(waits)[-2:] == [("trash", "ada"), ("hold", "ada")]


def test_what_somebody_decided_since_is_left_alone_and_said(client: Client, ada: User) -> None:
    mine, theirs = held(), held()
    choose(client, SPAM, mine, theirs)
    theirs.approve(by=make_staff("ben"))
    page = undo(client, Batch.objects.get())
    assert "Taken back: 1 comment was put back as before." in page
    assert "1 comment was left alone: somebody has decided about it since." in page
    assert stands(mine, theirs) == [("held", True), ("approved", True)]


def test_what_was_answered_since_is_left_alone(client: Client, ada: User) -> None:
    closed = held()
    choose(client, CLOSE, closed, reason="thanks")
    closed.refresh_from_db()
    answer = closed.answer("One thing after all: start slowly.", by=make_staff("ben"))
    page = undo(client, Batch.objects.get())
    assert "1 comment was left alone: somebody has decided about it since." in page
    assert stands(closed, answer) == [("approved", False), ("approved", False)]


def test_twice_is_once(client: Client, ada: User) -> None:
    comment = held()
    choose(client, SPAM, comment)
    batch = Batch.objects.get()
    undo(client, batch)
    comment.trash(by=ada)
    assert "That was taken back before." in undo(client, batch)
    assert stands(comment) == [("trash", True)]


def test_a_single_decision_is_taken_back_too(client: Client, ada: User) -> None:
    comment = held()
    page = press(client, comment, "spam")
    assert "1 comment marked as spam" in page
    undo(client, Batch.objects.get())
    assert stands(comment) == [("held", True)]


@pytest.mark.parametrize("do", ["spam", "approve", "trash"])
def test_what_was_perhaps_no_spam_is_that_again(client: Client, ada: User, do: str) -> None:
    comment = held(email="hanna@example.org")
    make_comment(comment.article, email=comment.email)
    comment.spam(by=None)
    assert list(Comment.objects.doubted()) == [comment]
    press(client, comment, do)
    assert not Comment.objects.doubted().exists()
    assert Lesson.objects.filter(comment=comment).exists() == (do != "trash")
    page = undo(client, Batch.objects.get())
    assert "Taken back: 1 comment was put back as before." in page
    assert list(Comment.objects.doubted()) == [comment]
    assert not Lesson.objects.filter(comment=comment).exists(), (
        "nobody is sure, so it teaches nothing"
    )
    page = unescape(client.get(comment.get_admin_url()).content.decode())
    assert "ada said that it is perhaps no spam, because taken back" in page


def test_an_answer_is_not_offered_to_be_taken_back(client: Client, ada: User) -> None:
    press(client, held(), "answer", "Start slowly.")
    assert not Batch.objects.exists()


def test_the_time_that_a_reader_has_waited_is_not_shortened(client: Client, ada: User) -> None:
    comment = make_comment(make_article())
    written = timezone.now() - timedelta(days=3)
    Comment.objects.filter(pk=comment.pk).update(created_at=written)
    choose(client, CLOSE, comment, reason="thanks")
    assert stands(comment) == [("approved", False)]
    undo(client, Batch.objects.get())
    assert stands(comment) == [("approved", True)]
    assert comment.waits_since == written


def test_nobody_takes_back_what_another_decided(client: Client, ada: User) -> None:
    comment = held()
    choose(client, SPAM, comment)
    client.force_login(make_staff("ben"))
    assert "This is nothing that you decided" in undo(client, Batch.objects.get())
    assert stands(comment) == [("spam", True)]


def test_looking_takes_nothing_back(client: Client, ada: User) -> None:
    comment = held()
    choose(client, SPAM, comment)
    client.get(f"{LIST}undo/{Batch.objects.get().pk}/")
    assert stands(comment) == [("spam", True)]


def test_it_is_offered_for_an_hour(client: Client, ada: User) -> None:
    choose(client, SPAM, held())
    assert "Undo" in client.get(LIST).content.decode()
    Batch.objects.update(at=timezone.now() - OFFERED_FOR)
    assert "Undo" not in client.get(LIST).content.decode()


def test_every_pile_takes_decisions(client: Client, ada: User) -> None:
    for pile in PILES:
        comment = held()
        AnswerDraft.keep(comment, "Half an answer", by=ada)
        page = choose(client, TRASH, comment, query=f"?pile={pile.key}")
        assert "<h1>Comments</h1>" in page


def test_it_leads_to_no_other_site(client: Client, ada: User) -> None:
    choose(client, SPAM, held())
    address = f"{LIST}undo/{Batch.objects.get().pk}/"
    answer = client.post(address, {"next": "//evil.example/"})
    assert answer.headers["Location"] == LIST


def test_many_need_no_answer_only_with_a_reason(client: Client, ada: User) -> None:
    comment = make_comment(make_article())
    page = choose(client, CLOSE, comment)
    assert "Nothing was done. Say why it needs no answer" in page
    assert stands(comment) == [("approved", True)]
    choose(client, CLOSE, comment, reason="tells")
    assert comment.events.get(verb="close").why == "it tells a story and asks nothing"
