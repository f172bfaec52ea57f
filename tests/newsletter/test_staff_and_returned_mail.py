"""Staff see what came back, whom no mail goes to, and may decide otherwise."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from newsletter.mailbox.arrivals import take
from newsletter.models import BounceEvent, ReturnedMail, Suppression

from .readers import subscribed, text_of
from .returned import bounce, complaint, full_mailbox, letter

pytestmark = pytest.mark.django_db

SUPPRESSIONS = "/admin/newsletter/suppression/"
RETURNED = "/admin/newsletter/returnedmail/"
EVENTS = "/admin/newsletter/bounceevent/"


def test_a_suppressed_address_says_why_and_is_lifted_with_a_reason_only(
    client: Client, admin_client: Client
) -> None:
    subscribed(client)
    take(bounce())
    row = Suppression.objects.get()
    assert "ann@example.org" in text_of(admin_client.get(SUPPRESSIONS, {"lifted": "no"}))
    page = text_of(admin_client.get(f"{SUPPRESSIONS}{row.pk}/change/"))
    assert "Nothing goes to ann@example.org by itself: the address is gone" in page
    assert "5.1.1 userunknown" in page
    again = admin_client.post(f"{SUPPRESSIONS}{row.pk}/lift/", {"why": " "})
    assert "Say why" in text_of(again)
    assert Suppression.objects.holds("ann@example.org")
    done = admin_client.post(
        f"{SUPPRESSIONS}{row.pk}/lift/", {"why": "She wrote from it."}, follow=True
    )
    assert "gets mail again" in text_of(done)
    assert "She wrote from it." in text_of(done)
    event = row.events.last()
    assert event
    assert (event.verb, event.actor) == ("lift", "admin")


def test_staff_can_see_to_it_that_nothing_is_sent_to_an_address(admin_client: Client) -> None:
    typed = {"email": "Bob@Example.org", "why": "asked by telephone"}
    admin_client.post(f"{SUPPRESSIONS}add/", typed)
    row = Suppression.objects.get()
    assert (row.email, row.reason) == ("bob@example.org", "staff")
    assert row.events.get().actor == "admin"
    assert "already" in text_of(admin_client.post(f"{SUPPRESSIONS}add/", typed))
    assert admin_client.post(f"{SUPPRESSIONS}{row.pk}/delete/").status_code == 403


def test_what_came_back_stands_beside_the_subscriber(client: Client, admin_client: Client) -> None:
    person = subscribed(client)
    take(full_mailbox())
    page = text_of(admin_client.get(f"/admin/newsletter/subscriber/{person.pk}/change/"))
    assert "did not work this time" in page
    assert "counted: 1 of 3" in page
    assert "No mail goes to this address" not in page
    take(complaint())
    page = text_of(admin_client.get(f"/admin/newsletter/subscriber/{person.pk}/change/"))
    assert "No mail goes to this address: called it spam" in page


def test_mail_that_nobody_understood_waits_on_the_first_page_and_is_read_there(
    admin_client: Client,
) -> None:
    mail = take(
        letter("A question", text="<script>alert(1)</script> My back hurts since May.")
    ).mail
    take(bounce())
    assert "mail that came back and was not understood" in text_of(admin_client.get("/admin/"))
    listed = text_of(admin_client.get(RETURNED))
    assert "A question" in listed
    assert "Undelivered" not in listed
    assert "Undelivered" in text_of(admin_client.get(RETURNED, {"stands": "all"}))
    page = admin_client.get(f"{RETURNED}{mail.pk}/change/")
    assert "My back hurts since May." in text_of(page)
    assert b"<script>alert" not in page.content
    admin_client.post(f"{RETURNED}{mail.pk}/done/")
    mail.refresh_from_db()
    assert mail.handled_by == "admin"
    assert "not understood" not in text_of(admin_client.get("/admin/"))


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"From: a\r\n\r\n" + b"\xff" * 5000])
def test_whatever_came_back_can_be_looked_at(admin_client: Client, raw: bytes) -> None:
    mail = take(raw).mail
    page = admin_client.get(f"{RETURNED}{mail.pk}/change/")
    assert "No rule knew what to make of this mail" in text_of(page)


def test_reports_can_be_read_and_not_changed(admin_client: Client) -> None:
    take(bounce())
    event = BounceEvent.objects.get()
    address = f"{EVENTS}{event.pk}/change/"
    assert "userunknown" in text_of(admin_client.get(address))
    assert admin_client.post(address, {"kind": "soft"}).status_code == 403


def test_who_may_not_decide_about_it_cannot(client: Client) -> None:
    client.force_login(User.objects.create_user("guest", is_staff=True))
    Suppression.suppress("ann@example.org", Suppression.Reason.HARD)
    mail = take(letter("A question")).mail
    row = Suppression.objects.get()
    for path in (
        f"{SUPPRESSIONS}{row.pk}/lift/",
        f"{RETURNED}{mail.pk}/done/",
        "/admin/newsletter/listimport/1/do/",
    ):
        assert client.post(path, {"why": "x"}).status_code in (403, 404)
    for path in ("/admin/newsletter/subscriber/export.csv", f"{RETURNED}{mail.pk}/change/"):
        assert client.get(path).status_code == 403
    assert Suppression.objects.holds("ann@example.org")
    assert ReturnedMail.objects.not_understood().exists()


@pytest.mark.parametrize("path", [SUPPRESSIONS, RETURNED, EVENTS])
def test_lists_ask_the_database_no_more_often_for_more_rows(
    admin_client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        take(bounce(f"reader{number}@example.org"))
        take(letter(f"Question {number}"))
    with django_assert_max_num_queries(8):
        admin_client.get(path)
