"""A question ends with an answer or with a reason, and opens again when its reader asks on."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from comments.models import Comment
from tests.comments.staff import TEXT, held, press, verbs
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


def test_without_a_reason_it_is_asked_for(client: Client, ada: User) -> None:
    comment = held()
    page = press(client, comment, "close", reason="")
    assert "Say why it needs no answer" in page
    comment.refresh_from_db()
    assert comment.is_held


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"reason": "thanks"}, "it says thanks or agrees"),
        ({"reason": "", "own_reason": " We  spoke on the phone. "}, "We spoke on the phone."),
        (
            {"reason": "privately", "own_reason": "twice"},
            "it was answered by mail; twice",
        ),
    ],
)
def test_the_reason_is_kept_and_told(
    client: Client, ada: User, sent: dict[str, str], why: str
) -> None:
    comment = held()
    press(client, comment, "close", **sent)
    assert comment.events.get(verb="close").why == why
    assert f"because {why}" in client.get(comment.get_admin_url()).content.decode()


def test_a_closed_question_is_opened_again_by_a_button(client: Client, ada: User) -> None:
    comment = held()
    press(client, comment, "close")
    page = press(client, comment, "reopen")
    assert "waits for an answer again" in page
    assert list(Comment.objects.awaiting_answer()) == [comment]
    assert verbs(comment)[-1] == ("reopen", "ada")


def test_a_follow_up_waits_and_is_shown_with_its_question(client: Client, ada: User) -> None:
    article = make_article()
    question = make_comment(article, name="Hanna", email="hanna@example.org", text="May I walk?")
    answer = question.answer("Yes, slowly.", by=ada)
    again = make_comment(
        article, parent=answer, name="Hanna", email="Hanna@example.org", text="How far?"
    )
    assert list(Comment.objects.on_the_desk()) == [again]
    assert (
        "asks again, after the answer of ada"
        in client.get("/admin/comments/comment/").content.decode()
    )
    page = client.get(again.get_admin_url()).content.decode()
    assert "Hanna asks again here" in page
    assert page.index("May I walk?") < page.index("Yes, slowly.") < page.index("How far?")
    page = client.get(question.get_admin_url()).content.decode()
    assert f'Hanna asked again after the answer: <a href="{again.get_admin_url()}">' in page


def test_a_held_follow_up_waits_too(client: Client, ada: User) -> None:
    article = make_article()
    question = make_comment(article, email="hanna@example.org")
    answer = question.answer(TEXT, by=ada)
    again = make_comment(article, parent=answer, email="hanna@example.org", approved=False)
    assert list(Comment.objects.on_the_desk()) == [again]


def test_somebody_else_under_an_answer_is_no_follow_up(client: Client, ada: User) -> None:
    article = make_article()
    answer = make_comment(article, email="hanna@example.org").answer(TEXT, by=ada)
    other = make_comment(article, parent=answer, email="uwe@example.org")
    assert "asks again here" not in client.get(other.get_admin_url()).content.decode()
    assert "to the answer of ada" in client.get("/admin/comments/comment/").content.decode()
