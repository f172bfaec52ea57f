"""Leaving: a button for people, one click for mail programs (RFC 8058)."""

from __future__ import annotations

import pytest
from django.test import Client

from backsite.lib.mail.models import Message
from newsletter.models import ConsentEvent, Subscriber

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
