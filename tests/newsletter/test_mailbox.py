"""The mailbox that mail comes back to, on a real IMAP and POP3 server."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from itertools import count
from urllib.parse import quote

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from backsite.lib import work
from backsite.lib.mail import mailbox_address
from backsite.lib.services.models import Outage, Service
from newsletter.mailbox.looking import SERVICE
from newsletter.models import BounceEvent, MailboxRound, ReturnedMail, Suppression
from tests.lib.test_mail_worker_killed import database_url
from tests.lib.waiting import PATIENCE
from tests.mailbox_server import PASSWORD, MailHost

from .returned import bounce, complaint, full_mailbox, letter

Use = Callable[[str], None]
_users = count(1)


@pytest.fixture
def user() -> str:
    """A mailbox that no other test uses."""
    return f"u{os.getpid()}-{next(_users)}"


def url(host: MailHost, user: str, scheme: str = "imap+plain", *, password: str = PASSWORD) -> str:
    kind = {"imaps": "imaps", "pop3s": "pop3s"}.get(scheme, scheme.partition("+")[0])
    return f"{scheme}://{user}:{quote(password, safe='')}@localhost:{host.ports[kind]}/INBOX"


@pytest.fixture
def use(settings: Settings, mailboxes: MailHost, monkeypatch: pytest.MonkeyPatch) -> Use:
    monkeypatch.setenv("SSL_CERT_FILE", str(mailboxes.authority))

    def choose(address: str) -> None:
        settings.BOUNCES = mailbox_address.read(address)

    return choose


def read_bounces() -> str:
    out = StringIO()
    call_command("read_bounces", stdout=out)
    return out.getvalue()


EVERY_WAY = ["imaps", "imap", "imap+plain", "pop3s", "pop3", "pop3+plain"]


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", EVERY_WAY)
def test_what_came_back_is_acted_on_and_removed(
    mailboxes: MailHost, user: str, use: Use, scheme: str
) -> None:
    mailboxes.put(user, bounce("gone@example.org"), complaint("angry@example.org"), letter("Hello"))
    use(url(mailboxes, user, scheme))
    said = read_bounces()
    assert Suppression.objects.holds("gone@example.org")
    assert Suppression.objects.holds("angry@example.org")
    assert [mail.subject for mail in ReturnedMail.objects.not_understood()] == ["Hello"]
    assert mailboxes.lies_in(user) == []
    assert "gone@example.org: hard: suppressed" in said
    assert re.search(r"hard +1\n", said)
    assert re.search(r"not understood +1\n", said)
    assert "Nothing lay there." in read_bounces()


@pytest.mark.django_db
def test_over_imap_mails_that_were_read_can_be_kept_in_a_folder(
    mailboxes: MailHost, user: str, use: Use
) -> None:
    mailboxes.put(user, bounce())
    use(url(mailboxes, user, "imaps") + "?move=Handled")
    read_bounces()
    assert mailboxes.lies_in(user) == []
    assert len(mailboxes.lies_in(user, "Handled")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["imap+plain", "pop3+plain"])
def test_more_than_one_conversation_holds_is_read_in_several(
    mailboxes: MailHost,
    user: str,
    use: Use,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("newsletter.mailbox.looking.MOST_AT_ONCE", 2)
    mailboxes.put(user, *(bounce(f"r{number}@example.org") for number in range(5)))
    use(url(mailboxes, user, scheme))
    read_bounces()
    assert Suppression.objects.in_force().count() == 5
    assert mailboxes.lies_in(user) == []


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["imap+plain", "pop3+plain"])
def test_a_huge_mail_is_read_as_far_as_it_matters(
    mailboxes: MailHost, user: str, use: Use, scheme: str
) -> None:
    picture = b"x" * 70 + b"\r\n"
    huge = bounce("gone@example.org").replace(b"\r\nHi\r\n", b"\r\n" + picture * 60_000)
    long_line = bounce("long@example.org").replace(b"\r\nHi\r\n", b"y" * 200_000 + b"\r\n")
    mailboxes.put(user, huge, long_line, b"")
    use(url(mailboxes, user, scheme))
    read_bounces()
    assert Suppression.objects.holds("gone@example.org")
    assert Suppression.objects.holds("long@example.org")
    assert all(len(mail.raw or b"") <= 1_000_000 for mail in ReturnedMail.objects.all())
    assert mailboxes.lies_in(user) == []


@pytest.mark.django_db
def test_a_mail_that_breaks_its_reader_does_not_keep_the_others_waiting(
    mailboxes: MailHost, user: str, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.bounces import read

    def broken(raw: bytes) -> object:
        if b"poison" in raw:
            raise RecursionError
        return read(raw)

    monkeypatch.setattr("newsletter.mailbox.arrivals.read", broken)
    mailboxes.put(user, letter("poison"), bounce())
    use(url(mailboxes, user))
    read_bounces()
    assert [mail.subject for mail in ReturnedMail.objects.not_understood()] == ["poison"]
    assert Suppression.objects.holds("ann@example.org")


# --- What fails -------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_wrong_password_is_told_to_staff_at_once_and_in_words(
    mailboxes: MailHost, user: str, use: Use, scheme: str
) -> None:
    use(url(mailboxes, user, scheme, password="wrong"))
    with pytest.raises(CommandError, match=f"refuses the login of {user}") as told:
        read_bounces()
    assert "wrong" not in str(told.value).replace("wrong password", "")
    outage = Outage.objects.get(service__name=SERVICE)
    assert f"refuses the login of {user}" in outage.reason
    assert outage.due_at  # the mail to administrators is not waited for

    use(url(mailboxes, user, scheme))
    read_bounces()
    assert Service.named(SERVICE).outage is None


@pytest.mark.django_db
def test_a_folder_that_is_not_there_is_told(mailboxes: MailHost, user: str, use: Use) -> None:
    use(url(mailboxes, user).replace("/INBOX", "/Nowhere"))
    with pytest.raises(CommandError, match="has no folder “Nowhere”"):
        read_bounces()


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    mailboxes: MailHost, user: str, use: Use, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    use(url(mailboxes, user, scheme))
    with pytest.raises(CommandError, match="certificate"):
        read_bounces()


@pytest.mark.django_db
def test_while_the_server_is_away_it_is_asked_after_pauses_only(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    asked = 0

    def hang_up(client: socket.socket) -> None:
        nonlocal asked
        asked += 1
        client.close()

    with listening(hang_up) as port:
        settings.BOUNCES = mailbox_address.read(f"imap+plain://u:p@localhost:{port}")
        with django_capture_on_commit_callbacks(execute=True):
            MailboxRound.begin()
            work.perform_due(MailboxRound)
        again = MailboxRound.objects.get()
        MailboxRound.objects.update(due_at=again.begin().due_at, leased_until=None)
        assert again.perform()  # within the pause: nobody is asked
    assert asked == 1
    outage = Outage.objects.get(service__name=SERVICE)
    assert "cannot be read" in outage.reason
    assert again.due_at
    assert again.last_error == ""  # an outage is no failure of ours


@pytest.mark.django_db
def test_without_a_mailbox_the_command_says_how_to_name_one(settings: Settings) -> None:
    settings.BOUNCES = None
    with pytest.raises(CommandError, match="Set BOUNCES_URL=imaps://"):
        read_bounces()


@pytest.mark.parametrize(
    "typed",
    ["imaps://host/INBOX", "https://u:p@host", "imaps://u:secret@host:x", "imaps://u:secret@",
     "pop3s://u:secret@host?move=A", "imaps://u:secret@host?mvoe=A"],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_refused_without_repeating_its_password(
    typed: str,
) -> None:
    with pytest.raises(ImproperlyConfigured, match="BOUNCES_URL") as refused:
        mailbox_address.read(typed)
    assert "secret" not in str(refused.value)


def test_the_password_stands_in_no_log() -> None:
    box = mailbox_address.read("imaps://ann%40site.test:p%40ss%2Fword@mail.test/Bounces?move=Old")
    assert box
    assert (box.user, box.password, box.folder, box.move_to) == (
        "ann@site.test", "p@ss/word", "Bounces", "Old",
    )  # fmt: skip
    assert "p@ss" not in f"{box} {box!r}"


# --- The worker, and processes that are killed ------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_worker_reads_it_and_comes_back(mailboxes: MailHost, user: str, use: Use) -> None:
    mailboxes.put(user, bounce())
    use(url(mailboxes, user, "imaps"))
    MailboxRound.begin()
    work.perform_due(MailboxRound, most=1)
    assert Suppression.objects.holds("ann@example.org")
    assert mailboxes.lies_in(user) == []
    assert MailboxRound.objects.get().due_at  # there may be more, and later there will be


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "word"), [("imap+plain", b"STORE"), ("pop3+plain", b"DELE")])
def test_a_process_killed_before_it_removed_the_mails_doubles_nothing(
    mailboxes: MailHost, user: str, use: Use, scheme: str, word: bytes
) -> None:
    """Its rows are committed by then; the mails still lie there and are read again."""
    mailboxes.put(user, full_mailbox("full@example.org"), bounce("gone@example.org"))
    address = url(mailboxes, user, scheme)
    port = mailboxes.ports["imap" if scheme.startswith("imap") else "pop3"]
    with deaf_to(word, port) as (own_port, reached):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "read_bounces"],
            cwd=site_settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "BOUNCES_URL": address.replace(f":{port}/", f":{own_port}/"),
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            assert reached.wait(PATIENCE)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    connection.close()
    before = list(BounceEvent.objects.order_by("pk").values())
    assert len(before) == 2
    assert len(mailboxes.lies_in(user)) == 2
    use(address)
    assert "read before" in read_bounces()
    assert list(BounceEvent.objects.order_by("pk").values()) == before
    assert mailboxes.lies_in(user) == []


@contextmanager
def listening(met: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that does nothing but this with whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    met(server.accept()[0])

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


@contextmanager
def deaf_to(word: bytes, port: int) -> Iterator[tuple[int, threading.Event]]:
    """Stands before a server and passes everything on, until a command comes that it keeps."""
    reached = threading.Event()

    def met(client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", port))

        def answers() -> None:
            with suppress(OSError):
                while data := server.recv(65_536):
                    client.sendall(data)

        threading.Thread(target=answers, daemon=True).start()
        with suppress(OSError):
            while data := client.recv(65_536):
                if word in data:
                    reached.set()
                    return
                server.sendall(data)

    with listening(met) as own:
        yield own, reached
