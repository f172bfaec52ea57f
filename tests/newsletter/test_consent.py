"""The proof of consent: when, where, to which words, from which (hashed) address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import Settings

from articles.models import Site
from backsite.lib.mail.models import Message
from newsletter.models import ConsentEvent, ErasingRound, Signup, Subscriber
from newsletter.wording import BUTTON, CONFIRM_BUTTON, LEAVE_BUTTON, PROMISE

from .readers import BROWSER, asked, do_what_is_due, sign_up, subscribed
from .test_the_form_comes_back import typed

pytestmark = pytest.mark.django_db

PLACE = "203.0.113.7"


def event(verb: str) -> ConsentEvent:
    return ConsentEvent.objects.get(verb=verb)


def test_asking_is_on_record_with_the_words_that_were_shown(client: Client) -> None:
    Site.objects.create(newsletter_title="The back letter", newsletter_pitch="Mondays.")
    asked(client)
    proof = event("ask")
    assert proof.wording == f"The back letter\nMondays.\n{PROMISE}\n[{BUTTON}]"
    assert proof.source_page == "/articles/walking/"
    assert proof.form == "article"


def test_the_time_is_that_of_the_person_not_of_the_worker(client: Client) -> None:
    sign_up(client)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Signup.objects.update(created_at=an_hour_ago)
    do_what_is_due()
    assert event("ask").at == an_hour_ago


def test_a_page_left_open_keeps_the_words_it_showed(client: Client) -> None:
    Site.objects.create(newsletter_pitch="On Mondays.")
    box = typed(client.get("/newsletter/").content)
    Site.objects.update(newsletter_pitch="Every day, and at night.")
    client.post("/newsletter/", {**box, "email": "ann@example.org"}, headers=BROWSER)
    assert "On Mondays." in Signup.objects.get().wording


def test_words_that_the_site_never_showed_are_not_believed(client: Client) -> None:
    sign_up(client, seal="WyJmcmVlIG1vbmV5Il0:forged")
    assert str(PROMISE) in Signup.objects.get().wording


def test_confirming_is_on_record(client: Client) -> None:
    client.post(asked(client), REMOTE_ADDR=PLACE)
    proof = event("confirm")
    assert proof.source_page == "/newsletter/confirm/"
    assert f"[{CONFIRM_BUTTON}]" in proof.wording
    assert "The weekly letter" in proof.wording


def test_leaving_is_on_record(client: Client) -> None:
    client.post(subscribed(client).leave_path, REMOTE_ADDR=PLACE)
    proof = event("leave")
    assert proof.source_page == "/newsletter/leave/"
    assert f"[{LEAVE_BUTTON}]" in proof.wording


def test_the_network_address_is_kept_as_a_hash_by_which_it_is_known_again(client: Client) -> None:
    fields = {"email": "ann@example.org", "form": "article"}
    client.post("/newsletter/", fields, REMOTE_ADDR=PLACE, headers=BROWSER)
    do_what_is_due()
    subscriber = Signup.objects.get().subscriber
    assert subscriber is not None
    client.post(subscriber.confirm_path, REMOTE_ADDR=PLACE)
    client.post(subscriber.leave_path, REMOTE_ADDR="203.0.113.8")
    ask, confirm, leave = (event(verb).address_hash for verb in ("ask", "confirm", "leave"))
    assert ask == confirm != leave
    assert len(ask) == 64
    assert PLACE not in ask


def test_proofs_keep_an_address_as_long_as_a_claim_may_come_and_no_longer(
    client: Client, settings: Settings
) -> None:
    settings.PROOF_YEARS = 4
    people = [subscribed(client, f"{name}@example.org") for name in "abcd"]
    left, came_back, stayed, asks = people
    for person in (left, came_back, asks):
        person.leave()
    proofs = left.events.count()
    with freeze_time(timezone.now() + timedelta(days=2 * 365)):
        client.post(asked(client, "b@example.org"))
        do_what_is_due()
    with freeze_time(timezone.now() + timedelta(days=4 * 365)):
        ErasingRound.begin().perform()
    left.refresh_from_db()
    assert left.email == "a@example.org"
    with freeze_time(timezone.now() + timedelta(days=4 * 365 + 2)):
        link = asked(client, "d@example.org")  # and has not pressed the button yet
        for _ in range(2):
            ErasingRound.begin().perform()
        client.post(link)
    left.refresh_from_db()
    assert left.erased_at is not None
    assert "a@example.org" not in str(
        list(Signup.objects.values()) + list(Message.objects.values())
    )
    assert left.events.count() == proofs + 1  # that they were erased, once
    assert left.events.get(verb="erase").why == "left more than 4 years ago"
    addresses = Subscriber.objects.confirmed().values_list("email", flat=True)
    assert set(addresses) == {"b@example.org", "d@example.org", stayed.email}
