"""A message is a row first. It leaves once, or waits, or is given up where staff see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import work
from backsite.lib.mail import backends
from backsite.lib.mail.models import Message
from backsite.lib.returns import read_return_path

from .mail_sink import Sink, mail_server

pytestmark = pytest.mark.django_db


def ready(to: str = "ann@example.org", *, number: int = 1, **fields: object) -> Message:
    """A message that is due now, not saved yet."""
    given = {
        "template": "tests",
        "sender": "Steady Back <letters@example.org>",
        "subject": "A letter",
        "text": "Good morning.\n",
        "html": "<html><head></head><body><p>Good morning.</p></body></html>",
        "message_id": f"<{number}@example.org>",
        "due_at": timezone.now(),
    }
    return Message(to=to, **{**given, **fields})


def write(to: str = "ann@example.org", **fields: object) -> Message:
    message = ready(to, number=Message.objects.count(), **fields)
    message.save()
    return message


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with mail_server() as server:
        way_out = backends.read(f"smtp+plain://127.0.0.1:{server.port}")
        for name, value in {**way_out, "MAIL_LEAVES": True}.items():
            setattr(settings, name, value)
        yield server


def make_due() -> None:
    """Time passes: every pause and every lease is over."""
    Message.objects.exclude(due_at=None).update(due_at=timezone.now(), leased_until=None)


def test_it_arrives_once_with_the_right_headers(sink: Sink) -> None:
    message = write(headers={"List-Unsubscribe": "<https://example.org/x>"}, reply_to="a@b.example")
    work.sweep()
    work.sweep()
    (arrived,) = sink.arrived
    assert sink.recipients == ["ann@example.org"]
    assert arrived["From"] == "Steady Back <letters@example.org>"
    assert arrived["To"] == "ann@example.org"
    assert arrived["Reply-To"] == "a@b.example"
    assert arrived["Subject"] == "A letter"
    assert arrived["Message-ID"] == message.message_id
    assert arrived["List-Unsubscribe"] == "<https://example.org/x>"
    assert [part.get_content_type() for part in arrived.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    message.refresh_from_db()
    assert message.state == Message.State.SENT


def test_a_repeat_after_a_crash_is_the_same_message(sink: Sink) -> None:
    """Handed over, and the worker killed before it could say so."""
    message = write()
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
    message.refresh_from_db()
    message.envelope().send()
    work.sweep()
    first, second = sink.arrived
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"] == format_datetime(message.created_at)


def test_what_the_server_refuses_waits_longer_each_time(sink: Sink) -> None:
    sink.refusal = "451 Come back later"
    message = write()
    pauses = []
    for _ in range(4):
        make_due()
        before = timezone.now()
        work.sweep()
        message.refresh_from_db()
        assert message.state == Message.State.WAITING
        assert message.due_at is not None
        pauses.append(message.due_at - before)
    assert pauses == sorted(pauses)
    assert pauses[0] >= timedelta(seconds=10)
    assert pauses[3] > 20 * pauses[0]
    assert "451" in message.last_error
    assert "Come back later" in message.last_error


def test_it_arrives_when_the_server_is_back(sink: Sink) -> None:
    sink.refusal = "451 Come back later"
    message = write()
    work.sweep()
    assert sink.arrived == []
    sink.refusal = ""
    make_due()
    work.sweep()
    assert sink.ids == [message.message_id]
    message.refresh_from_db()
    assert message.last_error == ""


def test_it_is_given_up_in_the_end_and_staff_see_why(sink: Sink, admin_client: Client) -> None:
    sink.refusal = "550 No such person here"
    message = write()
    for _ in range(Message.MOST_ATTEMPTS):
        make_due()
        work.sweep()
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    assert message.due_at is None
    page = admin_client.get("/admin/mail/message/?state=failed").content.decode()
    assert "No such person here" in page
    sink.refusal = ""
    admin_client.post(f"/admin/mail/message/{message.pk}/again/")
    work.sweep()
    assert sink.ids == [message.message_id]


def test_a_server_that_is_away_keeps_nothing_from_the_next_message(
    sink: Sink, settings: Settings
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    write("first@example.org")
    work.sweep()
    settings.EMAIL_PORT = port
    write("second@example.org")
    work.sweep()
    assert sink.recipients == ["second@example.org"]
    make_due()
    work.sweep()
    assert sink.recipients == ["second@example.org", "first@example.org"]


def test_a_message_that_can_never_be_written_is_given_up_at_once(sink: Sink) -> None:
    message = write(subject="Two\nlines")
    work.sweep()
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    assert message.attempts == 1
    assert "cannot be written as a mail" in message.last_error


def test_without_a_way_out_it_is_kept_for_staff_to_read() -> None:
    message = write()
    work.sweep()
    message.refresh_from_db()
    assert message.state == Message.State.KEPT
    assert message.due_at is None


def test_what_was_kept_can_be_sent_once_there_is_a_way_out(sink: Sink, settings: Settings) -> None:
    settings.MAIL_LEAVES = False
    message = write()
    work.sweep()
    settings.MAIL_LEAVES = True
    work.sweep()
    assert sink.arrived == []  # nobody gets old mail by surprise
    message.refresh_from_db()
    message.send_again()
    work.sweep()
    assert sink.ids == [message.message_id]


def test_what_was_sent_goes_out_again_as_a_message_of_its_own(sink: Sink) -> None:
    message = write()
    work.sweep()
    message.refresh_from_db()
    message.send_again()
    work.sweep()
    assert len(set(sink.ids)) == 2
    assert sink.recipients == ["ann@example.org"] * 2


def test_a_mail_comes_back_to_its_own_address_and_names_its_sender(
    settings: Settings, sink: Sink
) -> None:
    settings.RETURN_ADDRESS = "bounces@site.test"
    settings.SETS_ENVELOPE = True
    message = write()
    message.perform()
    (arrived,) = sink.arrived
    assert arrived["From"] == message.sender
    assert read_return_path(sink.senders[0]) == ("m", message.pk)
