"""Staff decide and answer from the page of one comment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from backsite.lib.mail.models import Message
from comments.models import Comment
from tests.comments.staff import TEXT, form_of, held, press, verbs
from tests.factories import make_article, make_author, make_comment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("do", "state", "events"),
    [
        ("approve", "approved", [("approve", "ada")]),
        ("close", "approved", [("approve", "ada"), ("close", "ada")]),
        ("spam", "spam", [("spam", "ada")]),
        ("trash", "trash", [("trash", "ada")]),
    ],
)
def test_each_button_is_a_decision_with_its_event(
    client: Client, staff: User, do: str, state: str, events: list[tuple[str, str]]
) -> None:
    comment = held()
    page = press(client, comment, do)
    comment.refresh_from_db()
    assert (comment.state, verbs(comment)) == (state, events)
    assert "the comment by Hanna" in page


def test_a_decision_can_be_taken_back(client: Client, staff: User) -> None:
    comment = held()
    comment.spam(by=staff)
    page = press(client, comment, "hold")
    comment.refresh_from_db()
    assert comment.is_held
    assert "Back among the comments to decide on" in page
    assert "Approve and answer" in page


def test_approve_and_answer_is_one_step(client: Client, staff: User) -> None:
    make_author("Dr Ada", user=staff)
    comment = held(email="hanna@example.org")
    page = press(client, comment, "answer", TEXT)
    comment.refresh_from_db()
    answer = comment.replies.get()
    assert comment.is_public
    assert (answer.name, answer.text, answer.staff, answer.is_public) == (
        "Dr Ada",
        TEXT,
        staff,
        True,
    )
    assert not Comment.objects.awaiting_answer().exists()
    assert verbs(comment) == [("approve", "ada"), ("close", "ada")]
    assert "Your answer to Hanna is published." in page
    assert answer.get_absolute_url() in page


def test_the_reader_is_told_by_mail(client: Client, staff: User) -> None:
    comment = held(email="hanna@example.org")
    press(client, comment, "answer", TEXT)
    mail = Message.objects.get()
    assert mail.to == "hanna@example.org"
    assert TEXT in mail.text
    assert comment.replies.get().get_absolute_url() in mail.text


def test_a_published_comment_is_answered_without_being_approved_again(
    client: Client, staff: User
) -> None:
    comment = make_comment(make_article())
    press(client, comment, "answer", TEXT)
    assert verbs(comment) == [("approve", ""), ("close", "ada")]


def test_two_different_answers_are_two(client: Client, staff: User) -> None:
    comment = held()
    press(client, comment, "answer", TEXT)
    press(client, comment, "answer", "One more thing.")
    assert comment.replies.count() == 2


def test_the_next_waiting_comment_opens(client: Client, staff: User) -> None:
    article = make_article()
    first, second, third = (make_comment(article, approved=False) for _ in range(3))
    for comment, hours in ((first, 3), (second, 2), (third, 1)):
        written = timezone.now() - timedelta(hours=hours)
        Comment.objects.filter(pk=comment.pk).update(created_at=written)
    query = "?_changelist_filters=pile%3Dheld"
    sent = {**form_of(client, second, query), "do": "spam"}
    after = client.post(second.get_admin_url() + query, sent)
    assert after.headers["Location"] == third.get_admin_url() + query
    after = client.post(third.get_admin_url() + query, {**sent, "seen": "0"})
    assert after.headers["Location"] == first.get_admin_url() + query


def test_after_the_last_one_the_list_says_that_nothing_waits(client: Client, staff: User) -> None:
    page = press(client, held(), "close")
    assert "Nothing waits for you." in page


def test_a_decision_in_the_spam_pile_leads_back_to_it(client: Client, staff: User) -> None:
    comment = held()
    comment.spam(by=staff)
    query = "?_changelist_filters=pile%3Dspam%26q%3DHanna"
    sent = {**form_of(client, comment, query), "do": "approve"}
    after = client.post(comment.get_admin_url() + query, sent)
    assert after.headers["Location"] == "/admin/comments/comment/?pile=spam&q=Hanna"


def test_other_methods_are_refused(client: Client, staff: User) -> None:
    assert client.put(held().get_admin_url()).status_code == 405


def test_staff_correct_their_own_words(client: Client, staff: User) -> None:
    answer = make_comment(make_article()).answer("Strat slowly.", by=staff)
    page = press(client, answer, "correct", "Start slowly.")
    answer.refresh_from_db()
    assert (answer.text, answer.html) == ("Start slowly.", "<p>Start slowly.</p>")
    assert verbs(answer) == [("answer", "ada"), ("edit", "ada")]
    assert "It said before: Strat slowly." in page


def test_a_correction_that_changes_nothing_leaves_no_event(client: Client, staff: User) -> None:
    answer = make_comment(make_article()).answer("Start.\n\nSlowly.", by=staff)
    press(client, answer, "correct", "Start.\r\n\r\nSlowly.")
    assert verbs(answer) == [("answer", "ada")]


def test_nobody_edits_the_words_of_a_reader(client: Client, staff: User) -> None:
    comment = held(text="My own words.")
    page = press(client, comment, "correct", "Words put into my mouth.")
    comment.refresh_from_db()
    assert comment.text == "My own words."
    assert "Readers’ words are never edited" in page
    with pytest.raises(ValueError, match="Only an answer by staff"):
        comment.correct("Words put into my mouth.", by=staff)


def test_the_answer_is_plain_text(client: Client, staff: User) -> None:
    comment = held()
    press(client, comment, "answer", "See https://example.org\n\n<script>alert(1)</script>")
    html = comment.replies.get().html
    assert "<script" not in html
    assert '<a href="https://example.org"' in html
