"""The newsletter in the admin: people, requests, evidence, the book."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletter.models import Book, ConsentEvent, Signup, Subscriber

from .readers import asked, do_what_is_due, mails, sign_up, subscribed, templates, text_of

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/subscriber/"
REQUESTS = "/admin/newsletter/signup/"
BOOKS = "/admin/newsletter/book/"


def test_subscribers_are_found_by_address_and_by_state(
    client: Client, admin_client: Client
) -> None:
    subscribed(client, "in@example.org")
    asked(client, "asked@example.org")
    assert "in@example.org" in text_of(admin_client.get(LIST, {"q": "in@"}))
    page = text_of(admin_client.get(LIST, {"state__exact": "confirmed"}))
    assert "in@example.org" in page
    assert "asked@example.org" not in page


def test_the_proofs_of_consent_stand_by_the_person_and_cannot_be_changed(
    client: Client, admin_client: Client
) -> None:
    subscriber = subscribed(client)
    address = f"{LIST}{subscriber.pk}/change/"
    page = admin_client.get(address)
    assert "Sign me up!" in text_of(page)
    assert "/articles/walking/" in text_of(page)
    assert b'name="email"' not in page.content
    assert b'name="_save"' not in page.content  # no button that would do nothing
    before = list(ConsentEvent.objects.values())
    admin_client.post(
        address,
        {
            "email": "other@example.org",
            "events-TOTAL_FORMS": "1",
            "events-INITIAL_FORMS": "1",
            "events-0-id": str(before[0]["id"]),
            "events-0-wording": "something else",
            "events-0-DELETE": "on",
        },
    )
    assert list(ConsentEvent.objects.values()) == before
    assert Subscriber.objects.get().email == "ann@example.org"


@pytest.mark.parametrize("path", [LIST, REQUESTS])
def test_nobody_adds_or_deletes_by_hand(client: Client, admin_client: Client, path: str) -> None:
    subscriber = subscribed(client)
    pk = subscriber.pk if path == LIST else Signup.objects.get().pk
    assert admin_client.get(f"{path}add/").status_code == 403
    assert admin_client.post(f"{path}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert Subscriber.objects.exists()
    assert Signup.objects.exists()


def test_staff_can_take_somebody_off_the_list(client: Client, admin_client: Client) -> None:
    subscriber = subscribed(client)
    action = {"action": "unsubscribe", "_selected_action": [str(subscriber.pk)]}
    page = admin_client.post(LIST, action, follow=True)
    assert "1 taken off the list" in text_of(page)
    subscriber.refresh_from_db()
    assert subscriber.has_left
    proof = ConsentEvent.objects.get(verb="leave")
    assert (proof.actor, proof.why) == ("admin", "unsubscribed by staff")


def test_requests_say_what_became_of_them(client: Client, admin_client: Client) -> None:
    asked(client)
    sign_up(client)
    do_what_is_due()
    page = text_of(admin_client.get(REQUESTS))
    assert "asked to confirm" in page
    assert "no second mail" in page


def test_a_request_that_failed_says_why_and_can_be_tried_again(
    client: Client, admin_client: Client
) -> None:
    sign_up(client)
    Signup.objects.update(
        due_at=None, gave_up_at=timezone.now(), attempts=12, last_error="The moon was full."
    )
    page = text_of(admin_client.get(REQUESTS, {"stands": "failed"}))
    assert "ann@example.org" in page
    assert "The moon was full." in page
    action = {"action": "try_again", "_selected_action": [str(Signup.objects.get().pk)]}
    admin_client.post(REQUESTS, action)
    do_what_is_due()
    assert templates() == ["confirm"]


def test_a_person_taken_for_a_bot_can_be_let_through(client: Client, admin_client: Client) -> None:
    sign_up(client, homepage_title="filled in by a browser")
    do_what_is_due()
    assert not mails()
    action = {"action": "try_again", "_selected_action": [str(Signup.objects.get().pk)]}
    admin_client.post(REQUESTS, action)
    do_what_is_due()
    assert templates() == ["confirm"]


def test_trying_again_what_was_done_brings_no_second_proof(
    client: Client, admin_client: Client
) -> None:
    asked(client)
    action = {"action": "try_again", "_selected_action": [str(Signup.objects.get().pk)]}
    admin_client.post(REQUESTS, action)
    do_what_is_due()
    assert ConsentEvent.objects.filter(verb="ask").count() == 1
    assert templates() == ["confirm"]


def test_the_book_is_made_ready_for_readers_as_it_is_saved(admin_client: Client) -> None:
    fields = {
        "title": "Backs",
        "slug": "backs",
        "for_everyone": "on",
        "standfirst": "",
        "edition": "First edition",
        "body": "<h2>One</h2><p onclick='x()'>Two<script>x()</script></p>",
        "offered": "on",
        "editions-TOTAL_FORMS": "0",
        "editions-INITIAL_FORMS": "0",
    }
    admin_client.post(f"{BOOKS}add/", fields)
    book = Book.objects.get()
    assert book.html == '<h2 id="one">One</h2>\n<p>Two</p>'
    admin_client.post(f"{BOOKS}{book.pk}/change/", {**fields, "body": "<p>Three</p>"})
    book.refresh_from_db()
    assert book.html == "<p>Three</p>"


@pytest.mark.parametrize("path", [LIST, REQUESTS, BOOKS])
def test_lists_ask_the_database_no_more_often_for_more_rows(
    client: Client,
    admin_client: Client,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        asked(client, f"reader{number}@example.org")
    with django_assert_max_num_queries(8):
        admin_client.get(path)
