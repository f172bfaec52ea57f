"""An outage of somebody whom the site asks: seen at once, told once, over when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backsite.lib import work
from backsite.lib.mail.models import Message
from backsite.lib.services.models import Outage, Service
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def let_pass(minutes: int) -> None:
    """As if everything had happened that much earlier."""
    for outage in Outage.objects.all():
        shift = timedelta(minutes=minutes)
        Outage.objects.filter(pk=outage.pk).update(
            began_at=outage.began_at - shift,
            next_try_at=outage.next_try_at - shift,
            due_at=outage.due_at and outage.due_at - shift,
        )


def test_while_it_answers_it_may_be_asked() -> None:
    service = Service.named("Someone")
    assert service.closed_until() is None
    assert not service.answered()
    assert Service.named("Someone").last_heard_at is not None


def test_its_pauses_grow_and_end_within_the_hour() -> None:
    service, waits = Service.named("Someone"), []
    for _ in range(8):
        again = service.failed("It hangs.")
        waits.append((again - timezone.now()).total_seconds())
        assert service.closed_until() == again
        Outage.objects.update(next_try_at=timezone.now())
    assert waits == pytest.approx([10, 30, 90, 270, 810, 2430, 3600, 3600], abs=2)


def test_many_failures_are_one_outage() -> None:
    service = Service.named("Someone")
    first = service.failed("It hangs.")
    assert service.failed("It hangs still.") == first
    assert Outage.objects.get().failures == 1


def test_it_is_left_alone_for_as_long_as_it_asks_but_not_for_ever() -> None:
    service = Service.named("Someone")
    again = service.failed("Slow down", pause=timedelta(minutes=20))
    assert again > timezone.now() + timedelta(minutes=19)
    service.answered()
    again = service.failed("Slow down", pause=timedelta(days=400))
    assert again < timezone.now() + timedelta(hours=7)


def test_administrators_get_one_mail_an_outage_when_it_lasts() -> None:
    make_staff("ada")
    make_staff("bob", is_active=False)
    service = Service.named("Someone")
    service.failed("It said <html>.")
    work.sweep()
    assert Message.objects.count() == 0
    let_pass(6)
    service.failed("It said <html>.")
    work.sweep()
    let_pass(600)
    service.failed("Nothing.")
    work.sweep()
    message = Message.objects.get()
    assert message.to == "ada@example.org"
    assert "It said <html>." in message.text
    assert "&lt;html&gt;" in message.html


def test_what_was_over_soon_is_no_mail() -> None:
    make_staff("ada")
    service = Service.named("Someone")
    service.failed("It hangs.")
    assert service.answered()
    let_pass(6)
    work.sweep()
    assert Message.objects.count() == 0
    assert service.outage is None


def test_the_next_outage_is_told_again() -> None:
    make_staff("ada")
    service = Service.named("Someone")
    for _ in range(2):
        service.failed("It hangs.")
        let_pass(6)
        work.sweep()
        service.answered()
    assert Message.objects.count() == 2


def test_what_cannot_heal_by_itself_is_told_at_once() -> None:
    make_staff("ada")
    service = Service.named("Someone")
    service.failed("It refused our key.")
    assert service.outage is not None
    service.outage.tell_now()
    work.sweep()
    assert Message.objects.count() == 1
