"""Readers who wish to hear of replies hear of each once, and of none they did not ask for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from backsite.lib.bots import Submission
from backsite.lib.mail.models import Message
from comments import links
from comments.models import Comment, Following, Reader, ReplyNotice
from comments.models.following import MOST_UNSEEN_A_NETWORK, MOST_UNSEEN_AN_HOUR
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

WORDS: dict[str, Any] = {
    "text": "Is it bad?",
    "name": "Anna",
    "email": "anna@example.org",
    "website": "",
}


def follow(*, confirmed: bool = True, **fields: Any) -> Comment:
    """A published comment whose writer ticked the box."""
    comment = make_comment(make_article(), **{**WORDS, **fields})
    if confirmed:
        Reader.of(comment.email).confirm()
    Following.begin(comment)
    return comment


def reply_to(comment: Comment, name: str = "Ben", **fields: Any) -> Comment:
    return make_comment(comment.article, parent=comment, name=name, **fields)


def told() -> list[Message]:
    """The mails about replies, once all work is done."""
    ReplyNotice.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    work.perform_due(ReplyNotice)
    return list(Message.objects.filter(template="comments/mail/replied").order_by("pk"))


def asked() -> list[Message]:
    Following.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    work.perform_due(Following)
    return list(Message.objects.filter(template="comments/mail/follow").order_by("pk"))


def link_in(message: Message, page: str) -> str:
    found = re.search(rf"/comments/{page}/[^\s\"<]+", message.text)
    assert found is not None
    return found[0]


def test_a_published_reply_is_told_once(client: Client) -> None:
    question = follow()
    reply = reply_to(question, text="Mine went away.")
    (message,) = told()
    assert message.to == "anna@example.org"
    assert "Mine went away." in message.text
    assert reply.get_absolute_url() in message.text
    reply.hold(by=None)
    reply.approve(by=None)
    assert told() == [message]


def test_a_reply_that_is_not_published_is_told_to_nobody() -> None:
    question = follow()
    held = make_comment(question.article, parent=question, approved=False)
    assert told() == []
    held.approve(by=None)
    held.hold(by=None)
    assert told() == []
    held.approve(by=None)
    assert len(told()) == 1


def test_what_is_said_below_a_reply_is_told_too_and_what_is_beside_it_is_not() -> None:
    question = follow()
    below = reply_to(reply_to(question))
    make_comment(question.article)
    assert [message.key for message in told()] == [
        f"comment-reply:{pk}:{Reader.objects.at(WORDS['email']).get().pk}"
        for pk in (below.parent_id, below.pk)
    ]


def test_nobody_is_told_of_their_own_words() -> None:
    question = follow()
    reply_to(question, name="Anna", email="ANNA@example.org")
    assert told() == []


def test_somebody_who_follows_two_comments_above_gets_one_mail() -> None:
    question = follow()
    second = reply_to(question, name="Anna", email=question.email)
    Following.begin(second)
    reply_to(second, name="Cleo")
    assert len(told()) == 1


def test_a_staff_answer_reaches_the_writer_of_the_question_in_one_mail_and_others_too() -> None:
    first = follow()
    second = reply_to(first, email="ben@example.org")
    second.answer("Yes.", by=make_staff())
    told()
    mails = Message.objects.exclude(template="comments/mail/follow")
    answered = mails.filter(text__contains="Yes.")
    assert sorted(answered.values_list("to", flat=True)) == ["anna@example.org", "ben@example.org"]


def test_the_address_is_confirmed_by_a_button_first(client: Client) -> None:
    question = follow(confirmed=False)
    reply_to(question, name="Ben")
    assert told() == []
    (question_mail,) = asked()
    page = link_in(question_mail, "follow")
    assert "Yes, tell me about replies" in client.get(page).content.decode()
    assert Reader.objects.get().confirmed_at is None, "a program that opens links confirms nothing"
    after = client.post(page, headers={"origin": "null"}).content.decode()
    assert Reader.objects.confirmed().get().email == question.email
    assert "Ben on “Walking”" in after, "what came meanwhile is named"
    reply_to(question, name="Cleo")
    assert ["Cleo" in message.text for message in told()] == [True]


def test_the_question_holds_nothing_that_a_stranger_typed() -> None:
    follow(confirmed=False, name="Buy at spam.example", text="Cheap pills at spam.example")
    (message,) = asked()
    assert "spam.example" not in message.text + message.html + message.subject


def test_the_question_waits_for_the_checks_and_is_not_asked_about_spam() -> None:
    comment = follow(confirmed=False)
    assert not Following.objects.due().exists()
    comment.spam(by=None)
    assert asked() == []


def test_one_address_is_asked_seldom_however_often_it_is_typed() -> None:
    for number in range(6):
        follow(confirmed=False, text=f"Words {number}")
    assert len(asked()) == 1
    past = timezone.now() - timedelta(minutes=20)
    for _ in range(6):
        Following.objects.exclude(asked_at=None).update(asked_at=past)
        follow(confirmed=False, text=f"More {timezone.now()}")
        asked()
    assert Message.objects.filter(template="comments/mail/follow").count() == 4


def test_each_mail_mutes_its_thread_by_a_button_and_by_one_click(client: Client) -> None:
    question = follow()
    other = make_comment(make_article(), **WORDS)
    Following.begin(other)
    reply_to(question)
    (message,) = told()
    page = link_in(message, "mute")
    assert message.headers["List-Unsubscribe"].endswith(f"{page}>")
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client.get(page)
    assert not Following.objects.get(comment=question).muted_at
    client.post(page, {"List-Unsubscribe": "One-Click"}, headers={"sec-fetch-site": "cross-site"})
    reply_to(question)
    reply_to(other, name="Still told")
    assert [mail.subject for mail in told()][1:] == ["Still told replied on “Walking”"]


def test_muting_a_thread_covers_all_that_the_reader_follows_there(client: Client) -> None:
    question = follow()
    second = reply_to(reply_to(question), name="Anna", email=question.email)
    Following.begin(second)
    client.post(links.path_to(links.MUTE, Following.objects.get(comment=second).pk))
    reply_to(question, name="Cleo")
    assert not [mail for mail in told() if "Cleo" in mail.subject]
    client.post(
        links.path_to(links.MUTE, Following.objects.get(comment=second).pk), {"do": "again"}
    )
    reply_to(question, name="Dora")
    assert [mail for mail in told() if "Dora" in mail.subject]


def test_muting_all_ends_mails_about_answers_too(client: Client) -> None:
    question = follow()
    reply_to(question)
    (message,) = told()
    page = link_in(message, "mute-all")
    assert "Stop all mails about replies?" in client.get(page).content.decode()
    assert Reader.objects.at(question.email).get().muted_at is None
    client.post(page)
    reply_to(question)
    question.answer("Yes.", by=make_staff())
    assert told() == [message]
    assert not Message.objects.filter(template="comments/mail/answered").exists()
    client.post(page, {"do": "again"})
    reply_to(question)
    assert len(told()) == 2


@pytest.mark.parametrize("page", ["follow", "mute", "mute-all", "own"])
def test_a_link_that_was_changed_opens_nothing(client: Client, page: str) -> None:
    question = follow()
    foreign = links.token("another purpose", question.pk)
    for token in (foreign, "x", f"{foreign}x"):
        answer = client.post(f"/comments/{page}/{token}/")
        assert (answer.status_code, "Nothing was changed" in answer.content.decode()) == (410, True)
    assert not Following.objects.exclude(muted_at=None).exists()


def test_those_links_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    import logging

    from backsite.lib.logs import WithoutTokens

    for page in ("own", "follow", "mute", "mute-all", "held"):
        record = logging.makeLogRecord({"msg": f"GET /comments/{page}/MTIz:abcdefgh:ijklmnop/"})
        WithoutTokens().filter(record)
        assert "abcdefgh" not in record.getMessage()


def test_ticking_the_box_is_kept_with_the_comment(client: Client) -> None:
    article = make_article()
    client.post(f"/comments/on/{article.pk}/", {**WORDS, "follow": "on"})
    client.post(f"/comments/on/{article.pk}/", {**WORDS, "follow": "on"})
    client.post(f"/comments/on/{article.pk}/", {**WORDS, "text": "Unticked"})
    assert [row.comment.text for row in Following.objects.all()] == [WORDS["text"]]


def test_addresses_in_a_reply_are_in_no_mail() -> None:
    reply_to(follow(), text="Write to ben@example.net please")
    (message,) = told()
    assert "ben@example.net" not in message.text + message.html


def unseen(number: int, address: str) -> Comment:
    """A comment that nobody has published, by an address that nobody has confirmed."""
    comment = Comment.submit(
        Submission(form="comment", user_agent="tests", address=address),
        article=make_article(),
        parent=None,
        **{**WORDS, "email": f"stranger{number}@example.net", "text": f"Words {number}"},
    )
    Following.begin(comment)
    return comment


def test_a_program_that_types_foreign_addresses_makes_us_write_to_few_of_them() -> None:
    from_one = [unseen(number, f"192.0.2.{number}") for number in range(8)]
    assert len(asked()) == MOST_UNSEEN_A_NETWORK
    for number in range(50):
        unseen(100 + number, f"10.{number}.0.1")
    assert len(asked()) == MOST_UNSEEN_AN_HOUR
    from_one[7].approve(by=None)
    assert asked()[-1].to == "stranger7@example.net", "a person has seen these words"


def test_the_other_addresses_are_asked_later_and_forgotten_with_time() -> None:
    for number in range(8):
        unseen(number, "192.0.2.1")
    asked()
    assert Following.objects.waiting().count() == 8 - MOST_UNSEEN_A_NETWORK
    Following.objects.update(created_at=timezone.now() - timedelta(days=31))
    asked()
    assert not Following.objects.waiting().exists()


def test_a_reply_published_while_its_article_was_away_is_told_when_it_is_back() -> None:
    question = follow()
    article = question.article
    reply = make_comment(article, parent=question, name="Ben", approved=False)
    Article.objects.filter(pk=article.pk).update(state="draft")
    reply.approve(by=None)
    assert told() == []
    Article.objects.filter(pk=article.pk).update(state="published")
    assert len(told()) == 1
