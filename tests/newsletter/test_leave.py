"""Leaving: a button for people, one click for mail programs (RFC 8058)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from backsite.lib.mail.models import Message
from newsletter.models import ConsentEvent, Subscriber
from tests.factories import make_staff

from .readers import asked, do_what_is_due, link, mails, subscribed, templates, text_of

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FROM_A_PROVIDER = {"user-agent": "Mail provider", "sec-fetch-site": "cross-site"}


def test_opening_the_link_changes_nothing(client: Client) -> None:
    subscriber = subscribed(client)
    page = client.get(subscriber.leave_path)
    assert Subscriber.objects.get().is_confirmed
    assert "Take a…@example.org off our list?" in text_of(page)
    assert "ann@example.org" not in page.content.decode()


def test_the_button_takes_one_off_the_list(client: Client) -> None:
    page = client.post(subscribed(client).leave_path)
    assert Subscriber.objects.get().has_left
    assert "You have left" in text_of(page)
    assert "Changed your mind?" in text_of(page)
    assert "Sign me up!" in text_of(page)


@pytest.mark.parametrize(
    "sent",
    [
        {"data": ONE_CLICK},  # multipart/form-data
        {
            "data": "List-Unsubscribe=One-Click",
            "content_type": "application/x-www-form-urlencoded",
        },
    ],
)
def test_one_click_needs_no_page_no_cookie_and_no_redirect(
    client: Client, sent: dict[str, str]
) -> None:
    subscribed(client)
    address = mails()[-1].headers["List-Unsubscribe"].strip("<>")
    path = address.removeprefix("http://localhost:8000")
    answer = Client().post(path, headers=FROM_A_PROVIDER, **sent)  # type: ignore[arg-type]  # see above
    assert answer.status_code == 200
    assert not answer.cookies
    assert Subscriber.objects.get().has_left
    assert ConsentEvent.objects.get(verb="leave").form == "one click"


RAW = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RAW, "multipart/form-data; boundary=x"),
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded; charset=UTF-8"),
        (b"List-Unsubscribe=One-Click&more=1", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=one-click%20", "application/x-www-form-urlencoded"),
    ],
)
def test_the_whole_conversation_of_one_click(client: Client, body: bytes, kind: str) -> None:
    """RFC 8058, 3.1 and 3.2: once, again, after five years, and for who is logged in elsewhere
    too: never a redirect, never a cookie, never a question."""
    person = subscribed(client)
    make_staff("somebody")
    for years, browser in ((0, Client(enforce_csrf_checks=True)), (0, client), (5, Client())):
        if browser is client:
            browser.force_login(User.objects.get(username="somebody"))
        with freeze_time(timezone.now() + timedelta(days=365 * years)):
            answer = browser.post(
                person.leave_path, data=body, content_type=kind, headers=FROM_A_PROVIDER
            )
        assert answer.status_code == 200
        assert "Location" not in answer.headers
        assert not answer.cookies
        assert "Vary" not in answer.headers or "Cookie" not in answer.headers["Vary"]
    assert Subscriber.objects.get().has_left
    assert ConsentEvent.objects.filter(verb="leave").count() == 1


def test_a_link_of_five_years_ago_shows_its_button_and_leaves(client: Client) -> None:
    path = subscribed(client).leave_path
    with freeze_time(timezone.now() + timedelta(days=5 * 365)):
        assert "off our list?" in text_of(client.get(path))
        assert Subscriber.objects.get().is_confirmed
        client.post(path)
    assert Subscriber.objects.get().has_left


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_link_that_was_cut_off_says_what_to_do_and_takes_nobody_off(
    client: Client, method: str
) -> None:
    path = subscribed(client).leave_path
    answer = getattr(client, method)(f"{path[:-6]}/", headers=FROM_A_PROVIDER)
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert Subscriber.objects.get().is_confirmed
    if method != "head":
        assert "let us send you a new link" in text_of(answer)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_opens_the_address_of_one_click_changes_nothing(
    client: Client, method: str
) -> None:
    path = subscribed(client).leave_path
    assert getattr(client, method)(f"{path}?List-Unsubscribe=One-Click").status_code == 200
    assert Subscriber.objects.get().is_confirmed


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"List-Unsubscribe": "Two-Clicks"}},
        {"data": {"unsubscribe": "yes"}},
        {"data": '{"List-Unsubscribe": "One-Click"}', "content_type": "application/json"},
        {"data": "hello", "content_type": "text/plain"},
    ],
)
def test_a_body_that_says_something_else_is_told_so_and_changes_nothing(
    client: Client, sent: dict[str, Any]
) -> None:
    path = subscribed(client).leave_path
    answer = client.post(path, headers=FROM_A_PROVIDER, **sent)
    assert answer.status_code == 400
    assert "List-Unsubscribe=One-Click" in text_of(answer)
    assert "nothing was changed" in text_of(answer)
    assert Subscriber.objects.get().is_confirmed


def test_a_broken_body_is_a_clear_error_and_changes_nothing(client: Client) -> None:
    path = subscribed(client).leave_path
    answer = client.post(path, data=b"--x\r\n", content_type="multipart/form-data")
    assert answer.status_code == 400
    assert Subscriber.objects.get().is_confirmed


def test_the_page_says_why_letters_came(client: Client) -> None:
    page = text_of(client.get(subscribed(client).leave_path))
    assert "You joined on" in page
    assert "/articles/walking/" in page


def test_the_reason_may_be_given_afterwards_once_and_is_read_by_staff(
    client: Client, admin_client: Client
) -> None:
    subscriber = subscribed(client)
    client.post(subscriber.leave_path)
    why = f"{subscriber.leave_path}why/"
    said = {"reason": "other", "words": "Your letters\nmade me sad."}
    for _ in range(2):
        answer = client.post(why, said, follow=True)
        assert "Thank you for saying so" in text_of(answer)
    event = ConsentEvent.objects.get(verb="say why")
    assert (event.about, event.why) == ("other", "Your letters\nmade me sad.")
    page = text_of(admin_client.get("/admin/newsletter/leavingreason/"))
    assert "made me sad" in page
    assert "Something else" in page


def test_a_reason_without_a_choice_comes_back_with_its_words(client: Client) -> None:
    subscriber = subscribed(client)
    client.post(subscriber.leave_path)
    answer = client.post(f"{subscriber.leave_path}why/", {"words": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in text_of(answer)
    assert "Choose one" in text_of(answer)
    assert not ConsentEvent.objects.filter(verb="say why").exists()


def test_nobody_says_why_who_has_not_left(client: Client) -> None:
    subscriber = subscribed(client)
    client.post(f"{subscriber.leave_path}why/", {"reason": "other"})
    assert Subscriber.objects.get().is_confirmed
    assert not ConsentEvent.objects.filter(verb="say why").exists()


def test_every_newsletter_mail_offers_one_click(client: Client) -> None:
    subscribed(client)
    welcome = mails()[-1].wire()
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/newsletter/leave/" in str(welcome["List-Unsubscribe"])
    assert link(mails()[-1], "leave")


def test_leaving_twice_is_leaving_once(client: Client) -> None:
    path = subscribed(client).leave_path
    for _ in range(3):
        assert client.post(path).status_code == 200
    assert ConsentEvent.objects.filter(verb="leave").count() == 1
    assert "You have left" in text_of(client.get(path))


def test_one_can_leave_before_having_confirmed(client: Client) -> None:
    confirm = asked(client)
    assert client.post(Subscriber.objects.get().leave_path).status_code == 200
    assert Subscriber.objects.get().has_left
    assert client.post(confirm).status_code == 410


def test_the_link_of_an_old_letter_still_leaves(client: Client) -> None:
    old = subscribed(client).leave_path
    client.post(old)
    again = subscribed(client)
    client.post(old)
    again.refresh_from_db()
    assert again.has_left


def test_leaving_brings_no_mail(client: Client) -> None:
    client.post(subscribed(client).leave_path)
    do_what_is_due()
    assert templates() == ["confirm", "welcome"]


def test_the_page_is_stored_and_indexed_nowhere(client: Client) -> None:
    page = client.get(subscribed(client).leave_path)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_a_letter_that_still_waits_is_not_sent_to_somebody_who_has_left(client: Client) -> None:
    asked(client)
    subscriber = Subscriber.objects.get()
    subscriber.confirm()
    subscriber.leave()
    do_what_is_due()
    welcome = mails()[-1]
    assert welcome.template.endswith("welcome")
    assert welcome.state == Message.State.CANCELLED
