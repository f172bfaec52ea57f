"""Somebody types an address into a sign-up box."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from backsite.lib.mail.models import Message
from newsletter.models import Signup, Subscriber, Suppression

from .readers import (
    ANN,
    BROWSER,
    asked,
    do_what_is_due,
    link,
    mails,
    shapes,
    sign_up,
    subscribed,
    templates,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_a_new_address_gets_one_mail_that_asks_to_confirm(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    assert templates() == ["confirm"]
    assert Subscriber.objects.get().state == Subscriber.State.PENDING


def test_the_mail_that_asks_holds_nothing_a_stranger_typed(client: Client) -> None:
    sign_up(client, first_name="Buy pills", page="/buy-pills/", form="buy-pills")
    do_what_is_due()
    (mail,) = mails()
    assert "pills" not in (mail.subject + mail.text + mail.html + str(mail.headers)).lower()


def test_the_page_says_what_happens_next(client: Client, settings: Settings) -> None:
    settings.MAIL_LEAVES = True
    page = client.get(sign_up(client).headers["Location"])
    assert "Please check your inbox" in text_of(page)
    assert "letters@localhost" in text_of(page)
    assert "spam" in text_of(page)


def test_the_page_says_so_when_the_site_sends_no_mail_yet(
    client: Client, settings: Settings
) -> None:
    assert "not set up to send mail" in text_of(client.get("/newsletter/check-your-inbox/"))
    settings.MAIL_LEAVES = True
    assert "not set up to send mail" not in text_of(client.get("/newsletter/check-your-inbox/"))


def test_signing_up_twice_brings_one_mail(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    sign_up(client, "ANN@Example.ORG")
    do_what_is_due()
    assert templates() == ["confirm"]
    assert Subscriber.objects.count() == 1
    assert Signup.objects.count() == 2


def test_a_quarter_of_an_hour_later_the_mail_comes_again(client: Client) -> None:
    asked(client)
    Signup.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    sign_up(client)
    do_what_is_due()
    assert templates() == ["confirm", "confirm"]


def test_requests_that_waited_for_the_worker_bring_one_mail_together(client: Client) -> None:
    for hours in (3, 2, 1):
        sign_up(client)
        Signup.objects.filter(pk=Signup.objects.latest("pk").pk).update(
            created_at=timezone.now() - timedelta(hours=hours)
        )
    do_what_is_due()
    assert templates() == ["confirm"]


def test_nobodys_inbox_can_be_flooded_by_waiting(client: Client) -> None:
    for _ in range(7):
        sign_up(client)
        do_what_is_due()
        for signup in Signup.objects.exclude(answered_at=None):
            signup.answered_at -= timedelta(minutes=20)
            signup.save()
    assert templates() == ["confirm"] * 4


def test_somebody_subscribed_is_told_so_by_mail_and_only_there(client: Client) -> None:
    subscribed(client)
    Signup.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    page = client.get(sign_up(client).headers["Location"])
    do_what_is_due()
    assert templates() == ["confirm", "welcome", "already"]
    assert link(mails()[-1], "leave")
    assert "already" not in text_of(page).lower()


@pytest.fixture
def everybody(client: Client) -> list[str]:
    """One address of each kind that the site can know, and one that it does not."""
    subscribed(client, "in@example.org")
    subscribed(client, "left@example.org").leave()
    asked(client, "asked@example.org")
    subscribed(client, "gone@example.org")
    Suppression.suppress("gone@example.org", "hard")
    subscribed(client, "spam@example.org").leave()
    Suppression.suppress("spam@example.org", "complaint")
    subscribed(client, "idle@example.org").pause()
    return [
        f"{name}@example.org" for name in ("in", "left", "asked", "gone", "spam", "idle", "new")
    ]


def test_the_answer_is_the_same_for_every_address(client: Client, everybody: list[str]) -> None:
    """The same work too, so the same time: nobody is looked up, and no mail is written."""
    answers, work = set(), set()
    mails_before = Message.objects.count()
    for email in everybody:
        with CaptureQueriesContext(connection) as done:
            answer = sign_up(client, email)
        work.add(shapes(done))
        page = client.get(answer.headers["Location"]).content
        answers.add((answer.status_code, answer.content, page))
    assert len(answers) == 1
    (statements,) = work
    assert not [one for one in statements if "newsletter_subscriber" in one]
    assert Message.objects.count() == mails_before


@pytest.mark.parametrize("path", ["/newsletter/preferences/", "/your-data/"])
def test_so_is_that_of_the_forms_which_send_a_link(
    client: Client, everybody: list[str], path: str
) -> None:
    answers, work = set(), set()
    mails_before = Message.objects.count()
    for email in everybody:
        with CaptureQueriesContext(connection) as done:
            answer = client.post(path, {"email": email}, headers=BROWSER)
        work.add(shapes(done))
        page = client.get(answer.headers["Location"]).content
        answers.add((answer.status_code, answer.content, page))
    assert len(answers) == 1
    (statements,) = work
    assert not [one for one in statements if "newsletter_subscriber" in one]
    assert Message.objects.count() == mails_before


def test_so_is_that_of_the_form_which_changes_ones_address(
    client: Client, everybody: list[str]
) -> None:
    mover = subscribed(client, "mover@example.org")
    answers, work = set(), set()
    mails_before = Message.objects.count()
    for email in everybody:
        with CaptureQueriesContext(connection) as done:
            answer = client.post(mover.preferences_path, {"do": "move", "email": email})
        work.add(shapes(done))
        answers.add((answer.status_code, answer.headers["Location"].partition("?")[2]))
        mover.moves.all().delete()
    assert answers == {(302, "done=moving#done")}
    assert len(work) == 1
    assert Message.objects.count() == mails_before


def test_where_somebody_came_from_is_read_from_the_address_of_the_page(client: Client) -> None:
    """The page is the same for every campaign; the browser names its address by itself."""
    page = "http://testserver/articles/walking/?utm_campaign=spring%20walk&x=1"
    fields = {"email": ANN, "page": "/articles/walking/", "form": "article"}
    client.post("/newsletter/", fields, headers={**BROWSER, "referer": page})
    do_what_is_due()
    assert Signup.objects.get().campaign == "spring walk"
    assert Subscriber.objects.get().events.get(verb="ask").about == "campaign: spring walk"


def test_after_leaving_one_is_asked_to_confirm_again(client: Client) -> None:
    subscribed(client).leave()
    sign_up(client)
    do_what_is_due()
    assert templates() == ["confirm", "welcome", "confirm"]
    client.post(link(mails()[-1], "confirm"))
    do_what_is_due()
    assert templates() == ["confirm", "welcome", "confirm", "welcome"]
    assert Subscriber.objects.confirmed().count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  ann@example.org ", "ann@example.org"),
        ("Ann@Example.ORG", "Ann@example.org"),
        ("ann @example.org", "ann@example.org"),
        ("ann@example.org\u200b", "ann@example.org"),
        ("ann@bücher.example", "ann@bücher.example"),
    ],
)
def test_spaces_and_capitals_do_no_harm(client: Client, typed: str, kept: str) -> None:
    sign_up(client, typed)
    assert Signup.objects.get().email == kept


def test_an_address_with_foreign_letters_in_its_domain_can_be_written_to(client: Client) -> None:
    sign_up(client, "ann@bücher.example")
    do_what_is_due()
    assert "ann@xn--bcher-kva.example" in str(Message.objects.get().wire()["To"])


def test_a_first_name_is_kept_and_greeted_once_confirmed(client: Client) -> None:
    subscribed(client, first_name=" Ann  Marie ")
    assert "Hello Ann Marie," in mails()[-1].text
    assert "Welcome, Ann Marie" in mails()[-1].html


def test_a_stranger_cannot_rename_a_subscriber(client: Client) -> None:
    subscribed(client, first_name="Ann")
    sign_up(client, first_name="Silly")
    do_what_is_due()
    assert Subscriber.objects.get().first_name == "Ann"


def test_a_request_waits_in_the_tables_until_a_worker_comes(client: Client) -> None:
    sign_up(client)
    assert not Message.objects.exists()
    assert Signup.objects.get().due_at is not None
    do_what_is_due()
    assert mails(ANN)
