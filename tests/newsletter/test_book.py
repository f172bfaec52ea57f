"""The free book, behind a link of one's own."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletter.models import Book, Subscriber

from .readers import asked, mails, make_book, parsed, subscribed, text_of

pytestmark = pytest.mark.django_db


def test_a_subscriber_reads_it_with_its_contents(client: Client) -> None:
    make_book()
    response = client.get(subscribed(client).book_path)
    page = parsed(response.content)
    assert "Because." in text_of(response)
    contents = {a.text: a.get("href") for a in page.xpath("//nav[@class='contents']//a")}
    assert list(contents) == ["Why it hurts", "What helps"]
    assert all(page.xpath(f"//h2[@id='{href[1:]}']") for href in contents.values())


def test_whoever_has_not_confirmed_gets_a_friendly_page_and_who_has_keeps_the_book(
    client: Client,
) -> None:
    make_book()
    asked(client)
    subscriber = Subscriber.objects.get()
    early = client.get(subscriber.book_path)
    client.post(subscriber.confirm_path)
    path = subscriber.book_path
    assert client.get(path).status_code == 200
    subscriber.leave()
    assert "Because." in text_of(client.get(path))
    assert early.status_code == 410
    assert "Because." not in text_of(early)
    assert "Sign me up!" in text_of(early)


def test_without_a_book_on_offer_nothing_is_promised_and_the_link_keeps(client: Client) -> None:
    subscriber = subscribed(client)
    assert "book" not in (mails()[-1].subject + mails()[-1].text).lower()
    assert "being worked on" in text_of(client.get(subscriber.book_path))
    make_book()
    assert "Because." in text_of(client.get(subscriber.book_path))


def test_of_several_the_newest_that_is_offered_is_handed_over(client: Client) -> None:
    make_book("Old")
    make_book("New")
    draft = make_book("Draft")
    Book.objects.filter(pk=draft.pk).update(offered=False)
    subscribed(client)
    assert "New" in mails()[-1].subject
