"""Addresses that get no mail: why, since when, and who may change it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter.models import Subscriber, Suppression
from newsletter.models.suppression import address_is_suppressed

pytestmark = pytest.mark.django_db

HARD, SOFT, COMPLAINT = (
    Suppression.Reason.HARD,
    Suppression.Reason.SOFT,
    Suppression.Reason.COMPLAINT,
)


def test_an_address_is_held_however_its_capitals_are_written() -> None:
    assert Suppression.suppress("Ann@Example.org", HARD, evidence="550 No such user")
    assert Suppression.objects.holds("aNN@example.ORG")
    assert not Suppression.objects.holds("bob@example.org")


def test_suppressing_twice_is_suppressing_once() -> None:
    assert Suppression.suppress("ann@example.org", HARD, evidence="first")
    assert not Suppression.suppress("ANN@example.org", HARD, evidence="second")
    row = Suppression.objects.get()
    assert row.evidence == "first"
    assert [event.verb for event in row.events.all()] == ["suppress: hard"]


def test_a_complaint_is_graver_than_a_full_mailbox_and_not_the_other_way() -> None:
    Suppression.suppress("ann@example.org", SOFT)
    assert Suppression.suppress("ann@example.org", COMPLAINT)
    assert not Suppression.suppress("ann@example.org", HARD)
    assert Suppression.objects.get().reason == COMPLAINT


def test_what_happened_before_a_person_lifted_it_changes_nothing_any_more() -> None:
    person = User.objects.create_user("editor")
    Suppression.suppress("ann@example.org", HARD)
    row = Suppression.objects.get()
    row.lift(by=person, why="Her mailbox is back, she wrote from it.")
    row.lift(by=person, why="pressed twice")
    yesterday = timezone.now() - timedelta(days=1)
    assert not Suppression.suppress("ann@example.org", HARD, happened_at=yesterday)
    assert not Suppression.objects.holds("ann@example.org")
    assert Suppression.suppress("ann@example.org", HARD)  # it failed anew since
    assert Suppression.objects.holds("ann@example.org")
    assert [(event.verb, event.actor) for event in row.events.all()] == [
        ("suppress: hard", ""),
        ("lift", "editor"),
        ("suppress: hard", ""),
    ]


def test_a_report_with_a_date_to_come_does_not_outlast_a_persons_decision() -> None:
    Suppression.suppress("ann@example.org", HARD)
    Suppression.objects.get().lift(why="confirmed anew")
    Suppression.suppress("ann@example.org", HARD, happened_at=timezone.now() + timedelta(days=9))
    assert Suppression.objects.get().at <= timezone.now()


def test_lists_of_people_are_asked_in_the_query() -> None:
    for name in ("Ann", "bob"):
        Subscriber.objects.create(email=f"{name}@example.org")
    Suppression.suppress("ann@example.org", HARD)
    kept = Subscriber.objects.exclude(address_is_suppressed())
    assert [one.email for one in kept] == ["bob@example.org"]


def test_the_database_itself_takes_small_letters_only() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(email="Ann@example.org", reason=HARD)
