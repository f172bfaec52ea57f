"""The connection to a mail server: encrypted and logged in as EMAIL_URL says, or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from newsletter.models import Issue
from newsletter.sending.sender import Sender
from newsletter.sending.wire import WayOut, Wire
from tests.lib.https_server import Authority
from tests.lib.mail_sink import AnyPort

from .issues import begun, make_readers
from .test_sending import Here, states

pytestmark = pytest.mark.django_db
USER, PASSWORD = "site", "pä ss:word"


class Inbox:
    """What it took, and whether that came encrypted and logged in."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bool, bool]] = []
        self.connections = 0

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        is_safe = session.ssl is not None
        self.taken.append((envelope.rcpt_tos[0], is_safe, bool(session.authenticated)))
        return "250 2.0.0 taken"


class Mechanisms(AnyPort):
    """A server that offers only some ways to log in."""

    but: tuple[str, ...] = ()

    def _trigger_server(self) -> None:
        super()._trigger_server()
        self.handler.connections = 0  # that was its own

    def factory(self) -> SMTP:
        self.handler.connections += 1
        return SMTP(self.handler, auth_exclude_mechanism=self.but, **self.SMTP_kwargs)


def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    is_right = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=is_right, handled=False)


@contextmanager
def server(authority: Authority, *, but: tuple[str, ...] = (), **options: Any) -> Iterator[Any]:
    inbox = Inbox()
    if options.pop("tls_from_the_start", False):
        options["ssl_context"] = authority.context()
    controller = Mechanisms(inbox, hostname="localhost", port=0, **options)
    controller.but = but
    controller.start()
    try:
        yield controller.port, inbox
    finally:
        controller.stop()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    found = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.file))
    return found


def send(way_out: WayOut) -> Issue:
    make_readers(4)
    issue = begun()
    here = Here()
    sender = Sender(way_out, connections=1, once=True, thread=here)
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(sender.run())))
    return issue


def trouble(way_out: WayOut) -> str:
    """In the words that staff read."""

    async def open_it() -> str:
        try:
            await Wire.open(way_out)
        except Exception as error:
            return str(error)
        return ""

    # In a thread of its own: the browser's tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lambda: asyncio.run(open_it())).result()


@pytest.mark.parametrize("but", [(), ("PLAIN",)])
def test_starttls_and_a_login_and_one_connection_for_all(
    authority: Authority, but: tuple[str, ...]
) -> None:
    options = {"tls_context": authority.context(), "require_starttls": True}
    with server(authority, but=but, authenticator=knows, auth_required=True, **options) as (
        port,
        inbox,
    ):
        way = WayOut("localhost", port, user=USER, password=PASSWORD, starttls=True)
        assert states(send(way)) == {"sent": 4}
    assert sorted(inbox.taken) == [(f"reader{n}@example.org", True, True) for n in (1, 2, 3, 4)]
    assert inbox.connections == 1


def test_encrypted_from_the_first_byte(authority: Authority) -> None:
    with server(authority, tls_from_the_start=True) as (port, inbox):
        assert states(send(WayOut("localhost", port, tls=True))) == {"sent": 4}
    assert len(inbox.taken) == 4


def test_a_password_that_is_wrong_is_said_and_nothing_leaves(authority: Authority) -> None:
    with server(authority, authenticator=knows, tls_context=authority.context()) as (port, inbox):
        way = WayOut("localhost", port, user=USER, password="wrong", starttls=True)
        assert "refuses our login: 535" in trouble(way)
    assert not inbox.taken


def test_what_is_to_be_encrypted_never_goes_in_the_clear(authority: Authority) -> None:
    with server(authority, authenticator=knows, auth_require_tls=False) as (port, _):
        way = WayOut("localhost", port, user=USER, password=PASSWORD, starttls=True)
        assert "offers no TLS, which EMAIL_URL asks for" in trouble(way)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with server(authority, tls_context=authority.context()) as (port, _):
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(other).file))
        assert "TLS with the mail server failed" in trouble(
            WayOut("localhost", port, starttls=True)
        )
