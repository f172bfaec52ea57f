"""A mail server for tests: takes, or refuses, what it is given."""

from __future__ import annotations

import threading
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message as WireMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Keeps what arrives. `refusal` is the answer to every message while it is set."""

    def __init__(self) -> None:
        self.arrived: list[WireMessage] = []
        self.recipients: list[str] = []
        self.senders: list[str] = []
        self.refusal = ""
        self.port = 0
        self._more = threading.Condition()

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refusal:
            return self.refusal
        with self._more:
            self.recipients += envelope.rcpt_tos
            self.senders.append(envelope.mail_from or "")
            self.arrived.append(message_from_bytes(envelope.original_content or b""))
            self._more.notify_all()
        return "250 OK"

    def wait_for(self, count: int, seconds: float) -> bool:
        """Returns as soon as so many have arrived; False when they do not in that time."""
        with self._more:
            return self._more.wait_for(lambda: len(self.arrived) >= count, seconds)

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.arrived]


class AnyPort(Controller):
    """Knows which port the system has chosen before it looks whether somebody answers."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's


@contextmanager
def mail_server(port: int = 0) -> Iterator[Sink]:
    """A server on that port, or on one that the system chooses."""
    sink = Sink()
    controller = AnyPort(sink, hostname="127.0.0.1", port=port)
    controller.start()
    sink.port = controller.port
    yield sink
    controller.stop()
