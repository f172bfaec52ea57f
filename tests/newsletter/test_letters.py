"""What one can subscribe to, and what somebody has chosen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from articles.models import Site
from newsletter.models import Choice, ConsentEvent, Letter, Subscriber, Suppression
from tests.factories import make_topic

from .readers import asked, subscribed, text_of

pytestmark = pytest.mark.django_db

LETTERS = "/admin/newsletter/letter/"


def make_letter(key: str, **fields: object) -> Letter:
    return Letter.objects.create(**{"key": key, "name": key.capitalize(), **fields})


def keys(subscriber: Subscriber) -> list[str]:
    return [letter.key for letter in subscriber.letters()]


def test_a_site_without_letters_still_gives_the_one_that_it_promised(client: Client) -> None:
    Site.objects.create(newsletter_title="The back letter", newsletter_pitch="Mondays.")
    assert keys(subscribed(client)) == ["letter"]
    letter = Letter.objects.get()
    assert letter.words == "The back letter\nMondays."
    assert ConsentEvent.objects.get(verb="confirm").about == "letter"


def test_signing_up_brings_the_default_letters_and_no_others(client: Client) -> None:
    make_letter("weekly", is_default=True)
    make_letter("extra")
    make_letter("old", is_default=True, active=False)
    asked(client)
    assert keys(Subscriber.objects.get()) == []  # nothing before the button
    assert keys(subscribed(client, "bea@example.org")) == ["weekly"]


def test_each_change_of_a_choice_is_on_record_with_the_words_of_that_letter(
    client: Client,
) -> None:
    weekly = make_letter("weekly", is_default=True)
    topic = make_letter("moving", kind="topic", topic=make_topic(), description="Twice a month.")
    subscriber = subscribed(client)
    assert subscriber.choose([weekly, topic], evidence={"form": "preferences"})
    assert not subscriber.choose([weekly, topic])
    assert subscriber.choose([topic])
    added, dropped = (ConsentEvent.objects.get(verb=verb) for verb in ("choose", "drop"))
    assert (added.about, added.wording) == ("moving", "Moving\nTwice a month.")
    assert added.form == "preferences"
    assert dropped.about == "weekly"
    assert keys(subscriber) == ["moving"]
    periods = Choice.objects.filter(letter=weekly)
    assert [choice.ended_at is None for choice in periods] == [False]


def test_a_letter_chosen_again_is_a_new_period(client: Client) -> None:
    weekly = make_letter("weekly", is_default=True)
    subscriber = subscribed(client)
    subscriber.choose([])
    subscriber.choose([weekly])
    assert Choice.objects.filter(letter=weekly).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Choice.objects.create(subscriber=subscriber, letter=weekly)


def test_leaving_ends_every_choice(client: Client) -> None:
    subscriber = subscribed(client)
    subscriber.leave()
    assert not Choice.objects.standing().exists()
    assert Choice.objects.get().ended_at == subscriber.left_at
    assert not subscriber.choose(Letter.objects.all())


def test_mail_goes_to_who_has_confirmed_and_is_in_no_pause(client: Client) -> None:
    asked(client, "asked@example.org")
    subscribed(client, "left@example.org").leave()
    there, away = subscribed(client, "in@example.org"), subscribed(client, "away@example.org")
    assert away.pause()
    Suppression.suppress(subscribed(client, "Gone@example.org").email, "hard")
    assert list(Subscriber.objects.mailable()) == [there]
    later = timezone.now() + timedelta(days=30, seconds=1)
    assert set(Subscriber.objects.mailable(later)) == {there, away}  # nobody had to end it
    letter = Letter.objects.get()
    there.choose([])
    assert list(Subscriber.objects.mailable(later).wanting(letter)) == [away]


def test_a_pause_is_one_however_often_it_is_asked_for_and_can_be_ended(client: Client) -> None:
    subscriber = subscribed(client)
    assert subscriber.pause()
    until = subscriber.paused_until
    assert not subscriber.pause()
    assert subscriber.paused_until == until
    assert subscriber.resume()
    assert not subscriber.resume()
    assert list(Subscriber.objects.mailable()) == [subscriber]
    events = ConsentEvent.objects.filter(verb__contains="pause")
    assert [event.verb for event in events] == ["pause", "end pause"]


def test_who_comes_back_after_leaving_in_a_pause_is_in_no_pause(client: Client) -> None:
    subscriber = subscribed(client)
    subscriber.pause()
    subscriber.leave()
    assert not subscribed(client).is_paused


def test_how_often_is_kept_with_its_proof(client: Client) -> None:
    subscriber = subscribed(client)
    weekly = Subscriber.Frequency.WEEKLY
    assert subscriber.set_frequency(weekly)
    assert not subscriber.set_frequency(weekly)
    assert weekly.least_gap == timedelta(days=7)
    assert ConsentEvent.objects.get(verb="set frequency").wording == "one letter a week at most"


def test_staff_set_up_a_letter_and_are_told_what_is_missing(admin_client: Client) -> None:
    fields = {"key": "moving", "name": "Moving", "description": "", "kind": "topic"}
    page = admin_client.post(f"{LETTERS}add/", {**fields, "position": "0", "active": "on"})
    assert "Say which topic" in text_of(page)
    topic = make_topic()
    admin_client.post(
        f"{LETTERS}add/", {**fields, "position": "0", "active": "on", "topic": topic.pk}
    )
    assert list(Letter.objects.about(topic)) == [Letter.objects.get()]


def test_a_letter_that_somebody_has_chosen_stays_what_it_is(
    client: Client, admin_client: Client
) -> None:
    subscribed(client)
    letter = Letter.objects.get()
    page = admin_client.get(f"{LETTERS}{letter.pk}/change/")
    assert b'name="key"' not in page.content
    assert admin_client.post(f"{LETTERS}{letter.pk}/delete/", {"post": "yes"}).status_code == 403
    assert " 1 " in text_of(admin_client.get(LETTERS))
