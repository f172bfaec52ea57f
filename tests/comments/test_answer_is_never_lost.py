"""What staff typed is kept and sent once, whatever came between."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backsite.lib.mail.models import Message
from tests.comments.staff import TEXT, fields_in, form_of, held, press, verbs
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def test_a_button_pressed_twice_is_one_answer_and_one_mail(client: Client, staff: User) -> None:
    comment = held()
    sent = {**form_of(client, comment), "do": "answer", "text": TEXT}
    for _ in range(2):
        page = client.post(comment.get_admin_url(), sent, follow=True).content.decode()
        assert "Your answer to Hanna is published." in page
        assert TEXT not in page
    assert comment.replies.count() == 1
    assert Message.objects.count() == 1


def test_an_empty_answer_is_asked_for(client: Client, staff: User) -> None:
    comment = held()
    page = press(client, comment, "answer", "  \n ")
    assert "write the answer first" in page
    comment.refresh_from_db()
    assert comment.is_held


def test_an_answer_that_is_too_long_stays_on_the_page(client: Client, staff: User) -> None:
    comment = held()
    text = "word " * 2_001
    page = press(client, comment, "answer", text)
    assert text.strip() in page
    assert "10004 characters long, and there is room for 10000" in page
    assert not comment.replies.exists()


def test_a_null_character_is_refused_and_the_words_stay(client: Client, staff: User) -> None:
    comment = held()
    page = press(client, comment, "answer", "Start\x00 slowly")
    assert "Null characters are not allowed." in page
    assert "slowly" in page


def test_text_in_the_box_is_not_thrown_away_by_another_button(client: Client, staff: User) -> None:
    comment = held()
    page = press(client, comment, "spam", TEXT)
    comment.refresh_from_db()
    assert comment.is_held
    assert TEXT in page
    assert "You pressed “Spam”, and there is text in this box." in page
    client.post(comment.get_admin_url(), {**fields_in(page), "do": "spam", "text": TEXT})
    comment.refresh_from_db()
    assert comment.state == "spam"


def test_what_somebody_else_decided_meanwhile_is_told_first(client: Client, staff: User) -> None:
    comment = held()
    fields = form_of(client, comment)
    comment.spam(by=make_staff("ben"))
    sent = {**fields, "do": "answer", "text": TEXT}
    answer = client.post(comment.get_admin_url(), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "ben marked it as spam just now, after you had opened this page." in page
    assert TEXT in page
    assert not comment.replies.exists()
    client.post(comment.get_admin_url(), {**fields_in(page), "do": "answer", "text": TEXT})
    comment.refresh_from_db()
    assert comment.is_public
    assert comment.replies.get().text == TEXT


def test_an_answer_that_somebody_else_gave_meanwhile_is_told(client: Client, staff: User) -> None:
    comment = make_comment(make_article())
    fields = form_of(client, comment)
    comment.answer("I was quicker.", by=make_staff("ben"))
    sent = {**fields, "do": "answer", "text": TEXT}
    page = client.post(comment.get_admin_url(), sent).content.decode()
    assert "ben answered it just now" in page
    assert "I was quicker." in page
    assert TEXT in page
    assert comment.replies.count() == 1


def test_the_same_decision_by_two_is_no_quarrel(client: Client, staff: User) -> None:
    comment = held()
    fields = form_of(client, comment)
    comment.approve(by=make_staff("ben"))
    client.post(comment.get_admin_url(), {**fields, "do": "approve"})
    assert verbs(comment) == [("approve", "ben")]
    fields = form_of(client, comment)
    client.post(comment.get_admin_url(), {**fields, "do": "answer", "text": TEXT})
    assert comment.replies.count() == 1


def test_a_button_that_does_not_exist_changes_nothing(client: Client, staff: User) -> None:
    comment = held()
    page = press(client, comment, "explode", TEXT)
    comment.refresh_from_db()
    assert comment.is_held
    assert TEXT in page
    assert "Choose one of the buttons." in page


def test_other_words_from_a_page_gone_back_to_are_not_lost(client: Client, staff: User) -> None:
    comment = held()
    sent = {**form_of(client, comment), "do": "answer"}
    client.post(comment.get_admin_url(), {**sent, "text": "The first."})
    page = client.post(comment.get_admin_url(), {**sent, "text": TEXT}).content.decode()
    assert "You answered it just now" in page
    assert TEXT in page
    client.post(comment.get_admin_url(), {**fields_in(page), "do": "answer", "text": TEXT})
    assert [answer.text for answer in comment.replies.order_by("pk")] == ["The first.", TEXT]


def test_a_key_that_is_taken_loses_no_answer(client: Client, staff: User) -> None:
    article = make_article()
    key = uuid.uuid4()
    make_comment(article).answer("Elsewhere.", by=staff, key=key)
    comment = make_comment(article)
    press(client, comment, "answer", TEXT, key=str(key))
    assert comment.replies.filter(text=TEXT).exists()
