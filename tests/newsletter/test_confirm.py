"""The link in the mail, the button on its page, and what comes after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from newsletter import links
from newsletter.models import Handover, Subscriber

from .readers import (
    asked,
    do_what_is_due,
    link,
    mails,
    make_book,
    sign_up,
    subscribed,
    templates,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_opening_the_link_changes_nothing(client: Client) -> None:
    path = asked(client)
    page = client.get(path)
    client.head(path)
    assert Subscriber.objects.get().state == Subscriber.State.PENDING
    assert "Yes, send me the letter" in text_of(page)
    assert "a…@example.org" in text_of(page)
    assert "ann@example.org" not in text_of(page)


def test_the_button_subscribes_and_shows_the_way_to_the_book(client: Client) -> None:
    make_book("Backs, briefly")
    page = client.post(asked(client))
    assert Subscriber.objects.get().is_confirmed
    assert "You are in" in text_of(page)
    assert "Backs, briefly" in text_of(page)
    assert Handover.objects.get().path.rpartition("/book/")[0] in page.content.decode()


def test_the_welcome_mail_brings_the_link_to_the_book(client: Client) -> None:
    make_book("Backs, briefly")
    subscribed(client)
    welcome = mails()[-1]
    assert "Backs, briefly" in welcome.subject
    assert "Backs, briefly" in text_of(client.get(link(welcome, "book")))


def test_pressing_again_is_harmless(client: Client) -> None:
    path = asked(client)
    for _ in range(3):
        assert "You are in" in text_of(client.post(path))
    do_what_is_due()
    assert templates() == ["confirm", "welcome"]
    assert Subscriber.objects.get().events.filter(verb="confirm").count() == 1


def test_the_page_is_stored_and_indexed_nowhere_and_tells_nobody_its_address(
    client: Client,
) -> None:
    page = client.get(asked(client))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    # With `no-referrer` the browser would send `Origin: null` with the button's POST.
    assert page.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
        {"origin": "http://testserver"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {},
    ],
)
def test_the_button_works_in_every_browser(client: Client, headers: dict[str, str]) -> None:
    page = client.post(asked(client), headers=headers)
    assert "You are in" in text_of(page)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_link_that_was_cut_short_says_so_and_offers_the_box(client: Client, cut: int) -> None:
    path = asked(client).rstrip("/")[:-cut] + "/"
    for page in (client.get(path), client.post(path)):
        assert page.status_code == 404
        assert "This link is not complete" in text_of(page)
        assert "Sign me up!" in text_of(page)
    assert not Subscriber.objects.confirmed().exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", "%00", "😀", "x" * 3000])
def test_a_forged_link_is_a_page_like_any_other(client: Client, token: str) -> None:
    for page in ("confirm", "leave", "book"):
        assert "This link is not complete" in text_of(client.get(f"/newsletter/{page}/{token}/"))


def test_a_link_for_one_thing_opens_no_other(client: Client) -> None:
    subscriber = subscribed(client)
    token = subscriber.leave_path.split("/")[-2]
    assert client.get(f"/newsletter/book/{token}/").status_code == 404
    assert client.get(f"/newsletter/confirm/{token}/").status_code == 404


def test_the_link_of_an_earlier_subscription_is_over(client: Client) -> None:
    path = asked(client)
    client.post(path)
    Subscriber.objects.get().leave()
    page = client.post(path)
    assert page.status_code == 410
    assert "This link has had its time" in text_of(page)
    assert Subscriber.objects.get().has_left


def test_the_link_is_over_after_a_month(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = asked(client)
    monkeypatch.setitem(links.LONGEST, links.CONFIRM, timedelta(seconds=-1))
    page = client.post(path)
    assert page.status_code == 410
    assert not Subscriber.objects.confirmed().exists()


def test_somebody_who_leaves_while_confirming_has_left(client: Client) -> None:
    asked(client)
    before = Subscriber.objects.get()
    Subscriber.objects.get().leave()
    before.confirm()
    assert Subscriber.objects.get().has_left


def test_a_box_on_a_personal_page_does_not_send_the_link_along(client: Client) -> None:
    subscriber = subscribed(client)
    path = subscriber.leave_path
    assert path not in client.post(path).content.decode()


def test_links_are_signed_with_the_sites_key(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    subscriber = Subscriber.objects.get()
    forged = signing.dumps([subscriber.pk, 1], key="another key", salt=links.CONFIRM)
    assert client.post(f"/newsletter/confirm/{forged}/").status_code == 404
