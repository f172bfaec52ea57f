"""Writers change and delete what they wrote, by links that only they have."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from django.utils import timezone

from backsite.lib import work
from backsite.lib.mail.models import Message
from comments import links
from comments.models import Comment, Following, LinkRequest, Reader
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

WORDS: dict[str, Any] = {
    "text": "My back hurts.",
    "name": "Anna",
    "email": "anna@example.org",
    "website": "",
}


def sent(client: Client) -> tuple[Comment, str]:
    """A comment just sent, and the page that changes it, as its writer is shown it."""
    article = make_article()
    page = client.post(f"/comments/on/{article.pk}/", WORDS, follow=True).content.decode()
    found = re.search(r'href="(/comments/own/[^"]+)"', page)
    assert found is not None
    return Comment.objects.get(), found[1]


def mailed_link(client: Client, comment: Comment, email: str = "") -> str:
    """Asks for the link, and takes it out of the mail; empty where none came."""
    address = f"/comments/{comment.pk}/yours/"
    client.post(address, {"email": email or comment.email})
    work.perform_due(LinkRequest)
    newest = Message.objects.filter(template="comments/mail/own").order_by("-pk").first()
    found = newest and re.search(r"/comments/own/[^\s]+", newest.text)
    return found[0] if found else ""


def log_in(client: Client) -> None:
    client.force_login(make_staff())


def events(comment: Comment) -> list[str]:
    return [f"{event.verb}: {event.why}" for event in comment.events.all()]


def test_for_a_quarter_of_an_hour_the_page_after_posting_changes_it(client: Client) -> None:
    comment, page = sent(client)
    assert "My back hurts.</textarea>" in client.get(page).content.decode()
    after = client.post(page, {"text": "My *neck* hurts.", "do": "save"}, follow=True)
    assert "My <em>neck</em> hurts." in after.content.decode()
    comment.refresh_from_db()
    assert (comment.text, comment.state) == ("My *neck* hurts.", Comment.State.HELD)
    assert events(comment) == ["rewrite: It said before: My back hurts."]


def test_after_that_the_same_page_changes_nothing_and_hands_the_words_back(client: Client) -> None:
    comment, page = sent(client)
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    answer = client.post(page, {"text": "Other words", "do": "save"}).content.decode()
    assert ">Other words</textarea>" in answer
    client.post(page, {"do": "delete"})
    comment.refresh_from_db()
    assert (comment.text, comment.withdrawn_at) == (WORDS["text"], None)


def test_other_words_than_those_a_person_approved_are_held_again(client: Client) -> None:
    comment, page = sent(client)
    comment.approve(by=make_staff())
    client.post(page, {"text": "Buy pills", "do": "save"})
    comment.refresh_from_db()
    assert comment.is_held
    assert "Buy pills" not in client.get(comment.article.get_absolute_url()).content.decode()


def test_saving_the_same_words_decides_nothing_anew(client: Client) -> None:
    comment, page = sent(client)
    comment.approve(by=make_staff())
    client.post(page, {"text": WORDS["text"], "do": "save"})
    comment.refresh_from_db()
    assert comment.is_public
    assert not comment.events.filter(verb="rewrite").exists()


def test_what_staff_put_away_is_not_brought_back_by_changing_it(client: Client) -> None:
    comment, page = sent(client)
    comment.spam(by=make_staff())
    client.post(page, {"text": "Kind words", "do": "save"})
    comment.refresh_from_db()
    assert (comment.state, comment.text) == (Comment.State.SPAM, "Kind words")


def test_a_mistake_in_the_change_loses_no_words(client: Client) -> None:
    comment, page = sent(client)
    long = "words " * 2_000
    answer = client.post(page, {"text": long, "do": "save"}).content.decode()
    assert long.strip() in answer
    assert "10,000 fit" in answer
    comment.refresh_from_db()
    assert comment.text == WORDS["text"]


def test_deleting_leaves_a_place_without_words_where_others_replied(client: Client) -> None:
    comment, page = sent(client)
    comment.approve(by=None)
    reply = make_comment(comment.article, parent=comment, text="Mine too", name="Ben")
    assert "Your comment is deleted" in client.post(page, {"do": "delete"}).content.decode()
    shown = client.get(comment.article.get_absolute_url()).content.decode()
    assert "was taken back by its writer" in shown
    assert reply.text in shown
    for gone in (WORDS["text"], "Anna"):
        assert gone not in shown
    reply.trash(by=None)
    alone = client.get(comment.article.get_absolute_url()).content.decode()
    assert "taken back" not in alone


def test_nobody_publishes_what_its_writer_deleted(client: Client) -> None:
    comment, page = sent(client)
    client.post(page, {"do": "delete"})
    log_in(client)
    comment.refresh_from_db()
    comment.approve(by=None)
    comment.hold(by=None)
    answer = client.post(comment.get_admin_url(), {"do": "approve"}).content.decode()
    assert "Its writer has deleted this comment" in answer
    comment.refresh_from_db()
    assert comment.state == Comment.State.TRASH
    assert not comment.events.filter(by__isnull=False).exists()


def test_staff_see_what_happened(client: Client) -> None:
    comment, page = sent(client)
    client.post(page, {"text": "Other words", "do": "save"})
    client.post(page, {"do": "delete"})
    client.post(page, {"do": "delete"})
    assert [event.partition(":")[0] for event in events(comment)] == ["rewrite", "withdraw"]
    log_in(client)
    desk = client.get(comment.get_admin_url()).content.decode()
    assert "It said before: My back hurts." in desk
    assert "Its writer deleted it" in " ".join(desk.split())


def test_a_colleague_who_had_the_old_words_on_the_screen_is_told(client: Client) -> None:
    comment, page = sent(client)
    log_in(client)
    client.post(page, {"text": "Buy pills", "do": "save"})
    answer = client.post(comment.get_admin_url(), {"do": "approve", "seen": "0"})
    assert "Its writer changed the text" in answer.content.decode()
    comment.refresh_from_db()
    assert comment.is_held


def test_later_a_link_comes_by_mail_to_the_address_of_the_comment(client: Client) -> None:
    comment = make_comment(make_article(), **WORDS)
    Comment.objects.update(created_at=timezone.now() - timedelta(days=400))
    link = mailed_link(client, comment, "ANNA@example.org")
    client.post(link, {"text": "Better now.", "do": "save"})
    comment.refresh_from_db()
    assert comment.text == "Better now."
    assert comment.is_held


def test_the_page_tells_nobody_whose_comment_it_is(client: Client) -> None:
    comment = make_comment(make_article(), **WORDS)
    address = f"/comments/{comment.pk}/yours/"
    right, wrong = (
        client.post(address, {"email": email}).content for email in (comment.email, "x@example.org")
    )
    assert right == wrong
    assert comment.email not in right.decode()
    work.perform_due(LinkRequest)
    assert list(Message.objects.values_list("to", flat=True)) == [comment.email]
    assert not LinkRequest.objects.exclude(email="").exists(), "typed addresses are not kept"


def test_another_address_gets_nothing(client: Client) -> None:
    comment = make_comment(make_article(), **WORDS)
    assert mailed_link(client, comment, "other@example.org") == ""


def test_the_link_is_mailed_seldom_however_often_it_is_asked_for(client: Client) -> None:
    comment = make_comment(make_article(), **WORDS)
    for _ in range(5):
        mailed_link(client, comment)
    assert Message.objects.filter(template="comments/mail/own").count() == 1


def test_words_of_staff_and_held_words_are_nobodys_to_ask_for(client: Client) -> None:
    question = make_comment(make_article(), **WORDS)
    answer = question.answer("Yes.", by=make_staff())
    held = make_comment(question.article, approved=False)
    for comment in (answer, held):
        page = client.get(f"/comments/{comment.pk}/yours/")
        assert (page.status_code, comment.text in page.content.decode()) == (404, False)
    stolen = links.path_to(links.OWN, answer.pk)
    client.post(stolen, {"do": "delete"})
    answer.refresh_from_db()
    assert answer.is_public


def test_a_get_changes_nothing(client: Client) -> None:
    comment, page = sent(client)
    client.get(f"{page}?do=delete&text=x")
    comment.refresh_from_db()
    assert (comment.text, comment.withdrawn_at) == (WORDS["text"], None)


def test_who_deletes_a_comment_hears_no_more_of_replies_to_it(client: Client) -> None:
    comment, page = sent(client)
    Reader.of(comment.email).confirm()
    Following.begin(comment)
    client.post(page, {"do": "delete"})
    assert not Following.objects.awake().exists()


@pytest.mark.parametrize("trouble", [OperationalError("away"), ValueError("a fault of ours")])
def test_a_change_that_cannot_be_kept_comes_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    comment, page = sent(client)

    def fail(*args: object) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(Comment, "rewrite", fail)
        answer = client.post(page, {"text": "My neck <hurts>.", "do": "save"})
    shown = answer.content.decode()
    assert (answer.status_code, "Your change is not saved yet" in shown) == (503, True)
    assert "My neck &lt;hurts&gt;.</textarea>" in shown
    assert 'name="do" value="save"' in shown
    assert f'action="{page}"' in shown
    client.post(page, {"text": "My neck <hurts>.", "do": "save"})
    comment.refresh_from_db()
    assert comment.text == "My neck <hurts>."


def test_one_address_gets_few_links_however_many_comments_it_has(client: Client) -> None:
    comments = [make_comment(make_article(), **WORDS) for _ in range(6)]
    for comment in comments:
        mailed_link(client, comment, email="ANNA@example.org")
    assert Message.objects.filter(template="comments/mail/own").count() == 1
    for comment in comments:
        LinkRequest.objects.exclude(mailed_at=None).update(
            mailed_at=F("mailed_at") - timedelta(minutes=16)
        )
        mailed_link(client, comment)
    assert Message.objects.filter(template="comments/mail/own").count() == 4
