"""One reminder, and after a time nothing is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from backsite.lib.mail.models import Message
from newsletter.models import ConsentEvent, Signup, Subscriber

from .readers import ANN, asked, do_what_is_due, link, mails, sign_up, subscribed, templates

pytestmark = pytest.mark.django_db


def days_pass(days: int) -> None:
    """For the requests; what is due then is done."""
    gone = timedelta(days=days)
    Signup.objects.update(answered_at=F("answered_at") - gone, due_at=F("due_at") - gone)
    do_what_is_due()


def test_there_is_one_reminder_and_its_link_confirms(client: Client) -> None:
    asked(client)
    days_pass(1)
    assert templates() == ["confirm"]
    days_pass(2)
    days_pass(10)
    assert templates() == ["confirm", "remind"]
    client.post(link(mails()[-1], "confirm"))
    do_what_is_due()
    assert Subscriber.objects.get().is_confirmed
    assert templates() == ["confirm", "remind", "welcome"]


def test_several_requests_are_one_reminder(client: Client) -> None:
    asked(client)
    days_pass(1)
    asked(client)
    days_pass(3)
    assert templates() == ["confirm", "confirm", "remind"]


def test_nobody_is_reminded_who_confirmed_or_left_or_looks_like_a_bot(client: Client) -> None:
    subscribed(client, "in@example.org")
    asked(client, "left@example.org")
    Subscriber.objects.get(email="left@example.org").leave()
    sign_up(client, "quick@example.org", elapsed="900")
    days_pass(3)
    assert not Message.objects.filter(template__endswith="/remind").exists()


def test_in_the_end_nothing_says_who_it_was_and_the_proof_stays(client: Client) -> None:
    asked(client, first_name="Ann")
    days_pass(3)
    days_pass(38)
    person = Subscriber.objects.get()
    assert person.erased_at is not None
    rows = [
        *Subscriber.objects.values(),
        *Signup.objects.values(),
        *Message.objects.values(),
        *ConsentEvent.objects.values(),
    ]
    assert "ann" not in str(rows).lower().replace("channel", "")
    assert ConsentEvent.objects.filter(verb="ask", source_page="/articles/walking/").exists()


def test_the_address_may_come_back_by_itself(client: Client) -> None:
    asked(client)
    days_pass(41)
    assert subscribed(client).email == ANN
    assert Subscriber.objects.count() == 2
    assert not Subscriber.objects.erased_with("ANN@example.org").exists()  # nothing is kept


def test_who_asks_again_is_kept_from_the_last_time_on(client: Client) -> None:
    asked(client)
    days_pass(30)
    sign_up(client)
    do_what_is_due()
    days_pass(11)
    assert Subscriber.objects.get().erased_at is None
    days_pass(30)
    assert Subscriber.objects.get().erased_at is not None


def test_what_a_bot_typed_is_forgotten_too_unless_staff_let_it_through(client: Client) -> None:
    sign_up(client, homepage_title="x", first_name="Ann")
    do_what_is_due()
    gone = timedelta(days=41)
    Signup.objects.update(created_at=F("created_at") - gone, due_at=F("due_at") - gone)
    do_what_is_due()
    request = Signup.objects.get()
    assert (request.email, request.first_name, request.outcome) == ("", "", "bot")
    request.try_again()
    do_what_is_due()
    assert not Message.objects.exists()
    assert not Subscriber.objects.exists()
