"""Free books: handed over after the button, by a link that has its time, counted, in editions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import Settings

from newsletter.models import Book, ConsentEvent, Handover, Signup, Subscriber

from .readers import (
    ANN,
    asked,
    do_what_is_due,
    link,
    mails,
    make_book,
    parsed,
    sign_up,
    subscribed,
    templates,
    text_of,
)

pytestmark = pytest.mark.django_db


def path_of(subscriber: Subscriber) -> str:
    return Handover.objects.get(subscriber=subscriber).path


def test_a_subscriber_reads_it_with_its_contents(client: Client) -> None:
    make_book()
    response = client.get(path_of(subscribed(client)))
    page = parsed(response.content)
    assert "Because." in text_of(response)
    contents = {a.text: a.get("href") for a in page.xpath("//nav[@class='contents']//a")}
    assert list(contents) == ["Why it hurts", "What helps"]
    assert all(page.xpath(f"//h2[@id='{href[1:]}']") for href in contents.values())


def test_nobody_gets_it_before_the_button_and_who_has_it_keeps_it(client: Client) -> None:
    make_book()
    asked(client)
    assert not Handover.objects.exists()
    subscriber = subscribed(client, "bea@example.org")
    path = path_of(subscriber)
    subscriber.leave()
    assert "Because." in text_of(client.get(path))
    stranger = path.replace("/a-short-guide/", "/another/")
    assert client.get(stranger).status_code == 410


def test_without_a_book_on_offer_nothing_is_promised(client: Client) -> None:
    subscribed(client)
    assert "book" not in (mails()[-1].subject + mails()[-1].text).lower()


def test_of_several_for_everyone_the_newest_that_is_offered_is_handed_over(client: Client) -> None:
    make_book("Old")
    make_book("New")
    draft, special = make_book("Draft"), make_book("Special")
    Book.objects.filter(pk=draft.pk).update(offered=False)
    Book.objects.filter(pk=special.pk).update(for_everyone=False)
    subscribed(client)
    assert "New" in mails()[-1].subject
    assert [row.book.title for row in Handover.objects.all()] == ["New"]


def test_who_comes_for_a_certain_book_gets_that_one_too(client: Client) -> None:
    make_book("For all")
    special = make_book("For drivers")
    Book.objects.filter(pk=special.pk).update(for_everyone=False)
    page = client.get("/newsletter/books/for-drivers/")
    assert "Why it hurts" in text_of(page)  # what is inside, and not the book
    assert "Because." not in text_of(page)
    assert parsed(page.content).xpath("//input[@name='book']/@value") == ["for-drivers"]
    subscribed(client, book="for-drivers")
    welcome = mails()[-1]
    assert "For drivers" in welcome.subject
    assert "For all" in welcome.text


def test_a_subscriber_who_asks_for_another_gets_its_link_by_mail_alone(client: Client) -> None:
    subscribed(client)
    special = make_book("For drivers")
    Signup.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    sign_up(client, book="for-drivers")
    do_what_is_due()
    assert templates() == ["confirm", "welcome", "already"]
    assert "For drivers" in mails()[-1].text
    assert Handover.objects.get().book == special


def test_a_book_nobody_offers_has_no_page(client: Client) -> None:
    assert client.get("/newsletter/books/for-drivers/").status_code == 404


def test_the_link_has_its_time_and_one_button_brings_a_fresh_one(client: Client) -> None:
    make_book()
    path = path_of(subscribed(client))
    with freeze_time(timezone.now() + timedelta(days=182)):
        assert "Because." in text_of(client.get(path))
    with freeze_time(timezone.now() + timedelta(days=184)):
        page = client.get(path)
        assert page.status_code == 410
        assert "Because." not in text_of(page)
        assert "Send me a fresh link" in text_of(page)
        client.get(f"{path}?do=send")
        assert templates() == ["confirm", "welcome"]
        for _ in range(2):
            again = client.post(path, {"do": "send"}, follow=True)
        assert "a moment ago" in text_of(again)
        assert templates() == ["confirm", "welcome", "book"]
        assert mails()[-1].to == ANN
        assert "Because." in text_of(client.get(link(mails()[-1], "book")))


def test_openings_are_counted_by_what_browsers_say_and_not_by_scanners(client: Client) -> None:
    make_book()
    path = path_of(subscribed(client))
    page = client.get(path)
    client.head(path)
    beacon = parsed(page.content).xpath("//article/@data-read")[0]
    assert Handover.objects.get().opened == 0
    assert client.get(beacon).status_code == 405
    for _ in range(2):
        answer = client.post(beacon)
        assert (answer.status_code, dict(answer.cookies)) == (204, {})
    row = Handover.objects.get()
    assert row.opened == 2
    assert row.opened_at is not None
    assert row.opened_last_at >= row.opened_at  # type: ignore[operator]  # both are there


def test_a_file_is_handed_out_by_the_link_alone(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    book = make_book()
    book.file.save("guide.pdf", ContentFile(b"%PDF-1.7 words"))
    path = path_of(subscribed(client))
    answer = client.post(f"{path}file/")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 words"  # type: ignore[attr-defined]
    assert "a-short-guide.pdf" in answer.headers["Content-Disposition"]
    assert Handover.objects.get().opened == 1
    assert client.get(f"/media/{book.file.name}").status_code == 404
    assert client.get(f"{path}file/").status_code == 405


def test_an_old_link_opens_the_newest_edition_and_says_so(client: Client) -> None:
    book = make_book()
    path = path_of(subscribed(client))
    assert "newer edition has come out" not in text_of(client.get(path))
    book.body = "<h2>New</h2><p>Better words.</p>"
    book.render()
    book.save()
    book.bring_out(name="Second edition", news="Better words.", by=None)
    said = text_of(client.get(path))
    assert "Better words." in said
    assert "Second edition" in said
    assert "newer edition has come out" in said
    other = path_of(subscribed(client, "bea@example.org"))
    assert "newer edition has come out" not in text_of(client.get(other))


def test_only_who_asked_is_told_of_a_newer_edition_and_once(client: Client) -> None:
    book = make_book()
    keen, calm = subscribed(client), subscribed(client, "bea@example.org")
    gone = subscribed(client, "carl@example.org")
    for subscriber in (keen, gone):
        for _ in range(2):
            client.post(path_of(subscriber), {"do": "news"})
    assert ConsentEvent.objects.filter(about="new editions of a-short-guide").count() == 2
    gone.leave()
    for _ in range(2):
        book.bring_out(name="Second edition", news="A chapter on sleep.", by=None)
        do_what_is_due()
    assert templates() == ["confirm", "welcome", "edition"]
    assert "A chapter on sleep." in mails()[-1].text
    assert "Better words" not in text_of(client.get(link(mails()[-1], "book")))
    assert templates(calm.email) == templates(gone.email) == ["confirm", "welcome"]


def test_staff_bring_out_an_edition_and_see_who_has_the_book(
    client: Client, admin_client: Client
) -> None:
    book = make_book()
    subscribed(client)
    address = f"/admin/newsletter/book/{book.pk}/change/"
    fields = {
        "title": book.title, "edition": book.edition, "body": "<p>New.</p>", "offered": "on",
        "for_everyone": "on", "editions-TOTAL_FORMS": "0", "editions-INITIAL_FORMS": "0",
    }  # fmt: skip
    admin_client.post(address, fields)
    book.refresh_from_db()
    assert (book.number, book.html) == (1, "<p>New.</p>")  # a correction is no edition
    wrong = admin_client.post(address, {**fields, "new_edition": book.edition})
    assert "the edition that is out" in text_of(wrong)
    page = admin_client.post(address, {**fields, "new_edition": "Second"}, follow=True)
    assert "Second is out. 0 asked to be told" in text_of(page)
    book.refresh_from_db()
    assert (book.number, book.edition) == (2, "Second")
    assert "ann@example.org" in text_of(admin_client.get("/admin/newsletter/handover/"))
