"""Two at once: one subscriber, one mail, one welcome."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from backsite.lib import work
from newsletter.kept import erase_who_left_long_ago
from newsletter.models import ConsentEvent, Move, Signup, Subscriber

from .readers import ANN, do_what_is_due, sign_up, subscribed, templates

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*steps: Callable[[], object]) -> None:
    """Runs the steps in threads of their own, all starting together; raises what one raised."""
    gate = threading.Barrier(len(steps))
    errors: list[BaseException] = []

    def run(step: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            step()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if errors:
        raise errors[0]


def test_two_sign_ups_are_one_subscriber_and_one_mail() -> None:
    at_once(*[lambda: sign_up(Client()) for _ in range(4)])
    assert Signup.objects.count() == 4
    at_once(*[lambda: work.perform_due(Signup) for _ in range(4)])
    do_what_is_due()
    assert Subscriber.objects.count() == 1
    assert templates() == ["confirm"]
    assert not Signup.objects.exclude(last_error="").exists()


def in_the_middle_of(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Starts the second while the first has done its work and not committed yet; goes on
    once the second waits for it, or has run past it."""

    def run() -> None:
        second()
        connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        first()
        other.start()
        while other.is_alive() and not somebody_waits_for_a_lock():
            pass
    other.join(30)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return cursor.fetchone() is not None


def test_two_sign_ups_of_somebody_known_are_one_mail_too() -> None:
    Subscriber.objects.create(email="ann@example.org")
    sign_up(Client())
    sign_up(Client())
    first, second = Signup.objects.order_by("pk")
    in_the_middle_of(first.perform, second.attempt)
    do_what_is_due()
    assert templates() == ["confirm"]
    second.refresh_from_db()
    assert second.outcome == Signup.Outcome.RECENT


def test_a_confirmation_in_the_middle_of_another_adds_nothing(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    one, other = Subscriber.objects.get(), Subscriber.objects.get()
    in_the_middle_of(one.confirm, other.confirm)
    assert ConsentEvent.objects.filter(verb="confirm").count() == 1


def test_leaving_in_the_middle_of_a_confirmation_leaves(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    one, other = Subscriber.objects.get(), Subscriber.objects.get()
    in_the_middle_of(one.leave, other.confirm)
    assert Subscriber.objects.get().has_left


def test_two_confirmations_are_one_welcome(client: Client) -> None:
    sign_up(client)
    do_what_is_due()
    path = Subscriber.objects.get().confirm_path
    at_once(*[lambda: Client().post(path) for _ in range(4)])
    do_what_is_due()
    assert templates() == ["confirm", "welcome"]
    assert ConsentEvent.objects.filter(verb="confirm").count() == 1


def test_two_workers_send_a_mail_once(client: Client) -> None:
    sign_up(client)
    at_once(*[work.sweep for _ in range(4)])
    do_what_is_due()
    assert templates() == ["confirm"]


def test_who_comes_back_while_the_worker_erases_is_not_erased(client: Client) -> None:
    person = subscribed(client)
    person.leave()
    Subscriber.objects.update(left_at=timezone.now() - timedelta(days=5 * 366))
    Signup.objects.update(created_at=timezone.now() - timedelta(days=5 * 366))
    in_the_middle_of(lambda: Subscriber.objects.get().confirm(), erase_who_left_long_ago)
    now = Subscriber.objects.get()
    assert now.is_confirmed
    assert now.erased_at is None
    assert now.email == ANN


@pytest.mark.parametrize("first", ["leave", "agree"])
def test_who_leaves_while_the_other_address_agrees_has_left(client: Client, first: str) -> None:
    """Neither waits for the other for ever, and in either order the leaving stands."""
    new = "ann@new.example"
    person, other = subscribed(client), subscribed(client, new)
    move = Move.objects.create(subscriber=person, old_email=ANN, new_email=new)
    move.accept()
    steps = [other.leave, Move.objects.get().agree]
    if first == "agree":
        steps.reverse()
    in_the_middle_of(*steps)
    other.refresh_from_db()
    assert other.has_left
    person.refresh_from_db()
    assert person.is_confirmed == (first == "leave")
    assert (Move.objects.get().moved_at is None) == (first == "leave")


def test_the_two_addresses_do_not_wait_for_each_other(client: Client) -> None:
    """Who leaves holds their own row before the change of address; so must who agrees."""
    new = "ann@new.example"
    person, other = subscribed(client), subscribed(client, new)
    move = Move.objects.create(subscriber=person, old_email=ANN, new_email=new)
    move.accept()

    went_through = threading.Event()

    def agree() -> None:
        try:
            Move.objects.get().agree()
            went_through.set()
        finally:
            connection.close()

    thread = threading.Thread(target=agree)
    with transaction.atomic():
        other.lock()
        thread.start()
        while thread.is_alive() and not somebody_waits_for_a_lock():
            pass
        other.leave()
    thread.join(30)
    assert went_through.is_set()
    other.refresh_from_db()
    assert other.has_left
    assert Move.objects.get().moved_at is None
