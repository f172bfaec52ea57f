"""Erasing those whose consent has to be proved to nobody any more, and nothing beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import Settings

from backsite.lib import work
from newsletter.mailbox.arrivals import take
from newsletter.models import (
    BounceEvent,
    ErasingRound,
    ForgettingRound,
    MailboxRound,
    ReturnedMail,
    Subscriber,
)

from .readers import ANN, BROWSER, do_what_is_due, link, mails, make_book, subscribed
from .returned import full_mailbox, letter

pytestmark = pytest.mark.django_db
LONG = timedelta(days=4 * 365 + 3)


@pytest.fixture(autouse=True)
def four_years(settings: Settings) -> None:
    settings.PROOF_YEARS = 4
    settings.RETURN_ADDRESS = "bounces@site.test"


def has_gone(client: Client) -> Subscriber:
    person = subscribed(client)
    person.leave()
    return person


def is_erased(person: Subscriber) -> bool:
    ErasingRound.begin().perform()
    person.refresh_from_db()
    return person.erased_at is not None


def test_what_they_wrote_to_us_lately_stays_for_staff_to_answer(client: Client) -> None:
    person = has_gone(client)
    take(letter("Long ago"))
    take(full_mailbox())
    with freeze_time(timezone.now() + LONG):
        take(letter("May I come back?", text="My back hurts again."))
        take(full_mailbox())
        assert is_erased(person)
        waiting = ReturnedMail.objects.not_understood().exclude(raw=None)
        assert [mail.subject for mail in waiting] == ["May I come back?"]
        assert b"hurts again" in bytes(waiting.get().raw or b"")
        assert [event.recipient for event in BounceEvent.objects.order_by("pk")] == ["", ANN]


def test_what_came_back_of_an_address_that_nobody_has_is_forgotten_in_its_time(
    client: Client,
) -> None:
    has_gone(client)
    stays = subscribed(client, "bob@example.org")
    with freeze_time(timezone.now() + LONG):
        take(full_mailbox())
        take(full_mailbox(stays.email))
        ErasingRound.begin().perform()
    with freeze_time(timezone.now() + 2 * LONG):
        ErasingRound.begin().perform()
    known = BounceEvent.objects.order_by("pk").values_list("recipient", "words")
    assert known[0] == ("", "")
    assert known[1][0] == stays.email  # who is subscribed keeps their history


@pytest.mark.parametrize("sender", [ANN, "Ann <Ann@Example.org>", "stranger@example.org", ""])
def test_what_nobody_dealt_with_is_forgotten_in_its_time(client: Client, sender: str) -> None:
    person, stays = has_gone(client), subscribed(client, "bob@example.org")
    with freeze_time(timezone.now() + LONG):
        take(letter("It still hurts", text="My back."))
        ReturnedMail.objects.update(sender=sender)
        take(letter("Mine, too", sender="Bob@example.org"))
        assert is_erased(person)
        assert ReturnedMail.objects.not_understood().count() == 2
    with freeze_time(timezone.now() + 2 * LONG):
        ErasingRound.begin().perform()
        assert [mail.subject for mail in ReturnedMail.objects.not_understood()] == ["Mine, too"]
        gone = ReturnedMail.objects.earliest("pk")
        assert (gone.raw, gone.sender, gone.subject) == (None, "", "")
        stays.refresh_from_db()
        assert stays.is_confirmed


def test_who_still_reads_their_book_keeps_it(client: Client) -> None:
    make_book()
    person = has_gone(client)
    path = link(mails()[-1], "book")
    begun = timezone.now()
    with freeze_time(begun + LONG):
        client.post(path, {"do": "send"}, headers=BROWSER)  # the old link is over
        do_what_is_due()
        anew = link(mails()[-1], "book")
        assert not is_erased(person)
    with freeze_time(begun + LONG + timedelta(days=100)):
        client.post(f"{anew}opened/", headers=BROWSER)
        assert person.handovers.get().opened == 1
    with freeze_time(begun + LONG + timedelta(days=400)):
        assert not is_erased(person)
        assert client.get(anew).status_code == 410  # over, and can be sent anew
    with freeze_time(begun + LONG + timedelta(days=100 + 366)):
        assert is_erased(person)


def test_rounds_do_not_stop_each_other(client: Client, settings: Settings) -> None:
    """A setting that breaks one of them; the others do their work."""
    person = has_gone(client)
    take(letter("Read and dealt with"))
    ReturnedMail.objects.update(handled_at=timezone.now())
    settings.BOUNCES = object()
    for kind in (MailboxRound, ForgettingRound, ErasingRound):
        kind.begin()
    with freeze_time(timezone.now() + LONG):
        do_what_is_due()
    assert MailboxRound.objects.get().last_error
    assert not ReturnedMail.objects.exclude(raw=None).exists()
    person.refresh_from_db()
    assert person.erased_at is not None


def test_what_cannot_be_forgotten_stops_neither_erasing_nor_the_mailbox(
    client: Client, settings: Settings
) -> None:
    person = has_gone(client)
    settings.BOUNCE_MAIL_DAYS = "many"
    for kind in (MailboxRound, ForgettingRound, ErasingRound):
        kind.begin()
    with freeze_time(timezone.now() + LONG):
        do_what_is_due()
    assert ForgettingRound.objects.get().last_error
    mailbox = MailboxRound.objects.get()
    assert (mailbox.last_error, mailbox.attempts) == ("", 0)
    assert mailbox.due_at
    assert mailbox.due_at > timezone.now() + LONG - timedelta(days=1)
    person.refresh_from_db()
    assert person.erased_at is not None
    assert work.claim(ErasingRound) is None  # not due again at once
