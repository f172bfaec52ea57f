"""One connection to a mail server: lines out, replies in."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Final, Self

from django.conf import settings

from .replies import SERVICE_CLOSING, Closed, Lost, Reply

# A server that sends more than this without the end of a reply is none.
MOST_UNREAD: Final = 64 * 1_024
# For the steps before the message; a server that takes longer is treated as down.
STEP_SECONDS: Final = 30.0


@dataclass(frozen=True)
class WayOut:
    """The server that takes our mail. `tls`: from the first byte; `starttls`: before the rest."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool = False
    # How long the answer to a whole message may take. RFC 5321 (4.5.3.2.6) asks for ten
    # minutes: who gives up sooner sends twice what a slow server has taken.
    patience: float = 600.0

    @classmethod
    def from_settings(cls) -> Self | None:
        """None where EMAIL_URL names a provider."""
        if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
            return None
        return cls(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            tls=settings.EMAIL_USE_SSL,
            starttls=settings.EMAIL_USE_TLS,
            patience=float(settings.MAIL_PATIENCE_SECONDS),
        )


class Wire(asyncio.Protocol):
    """Bytes become replies; whoever waits for the next one is woken."""

    def __init__(self) -> None:
        self._unread = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._gone: Lost | None = None
        self._transport: asyncio.Transport | None = None
        self.features: dict[str, str] = {}

    @classmethod
    async def open(cls, way_out: WayOut) -> Wire:
        """Connected, encrypted and logged in as the settings say. Raises Lost or Closed."""
        context = ssl.create_default_context() if way_out.tls or way_out.starttls else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(STEP_SECONDS):
                _, wire = await loop.create_connection(
                    cls, way_out.host, way_out.port, ssl=context if way_out.tls else None
                )
        except (OSError, TimeoutError) as error:
            where = f"{way_out.host}:{way_out.port}"
            raise Closed(f"The mail server {where} cannot be reached: {error}") from error
        try:
            await wire._begin(way_out, context)
        except BaseException:
            wire.abort()
            raise
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._line(line.rstrip(b"\r"))
        if len(self._unread) > MOST_UNREAD or len(self._lines) > 1_000:
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._gone = Lost(f"The connection was lost: {error or 'the server closed it'}.")
        self._wake()

    def write(self, data: bytes) -> None:
        if self._transport is not None and self._gone is None:
            self._transport.write(data)

    async def reply(self, seconds: float = STEP_SECONDS) -> Reply:
        """The next one. Raises Lost; also when the server says that it closes."""
        if not self._replies:
            await self._wait(seconds)
        reply = self._replies.popleft()
        if reply.code == SERVICE_CLOSING:
            raise Lost(str(reply))
        return reply

    async def ask(self, line: str) -> Reply:
        self.write(f"{line}\r\n".encode())
        return await self.reply()

    def abort(self) -> None:
        """At once; what was not sent yet is not sent."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """In order, without waiting for the answer."""
        self.write(b"QUIT\r\n")
        if self._transport is not None:
            self._transport.close()

    async def _wait(self, seconds: float) -> None:
        self._check()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiter
        except TimeoutError:
            raise Lost(f"The mail server said nothing for {seconds:.0f} seconds.") from None
        finally:
            self._waiter = None
        if not self._replies:
            self._check()

    def _check(self) -> None:
        if self._gone is not None:
            raise self._gone

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").replace("\0", "")
        self._lines.append(text[4:])
        if text[3:4] == "-":
            return
        code = int(text[:3]) if text[:3].isdigit() else 0
        if code == 0:
            self._gone = Lost(f"This is no mail server; it said: {text[:80]!r}")
            self.abort()
        self._replies.append(Reply(code, "\n".join(self._lines)))
        self._lines = []
        self._wake()

    async def _begin(self, way_out: WayOut, context: ssl.SSLContext | None) -> None:
        greeting = await self.reply()
        if not greeting.is_good:
            raise Closed(f"The mail server turns us away: {greeting}")
        await self._greet()
        if way_out.starttls and context is not None:
            await self._encrypt(way_out, context)
            await self._greet()
        if way_out.user:
            await self._log_in(way_out)

    async def _greet(self) -> None:
        reply = await self.ask(f"EHLO {settings.SITE_HOST}")
        if not reply.is_good:
            raise Closed(f"The mail server does not speak with us: {reply}")
        words = [line.upper().partition(" ") for line in reply.text.split("\n")[1:]]
        self.features = {word: rest for word, _, rest in words}

    async def _encrypt(self, way_out: WayOut, context: ssl.SSLContext) -> None:
        if "STARTTLS" not in self.features:
            raise Closed("The mail server offers no TLS, which EMAIL_URL asks for.")
        reply = await self.ask("STARTTLS")
        if not reply.is_good:
            raise Closed(f"The mail server refuses TLS: {reply}")
        # What came before the encryption may be anybody's (CVE-2011-0411).
        self._unread, self._lines = b"", []
        self._replies.clear()
        assert self._transport is not None
        try:
            async with asyncio.timeout(STEP_SECONDS):
                self._transport = await asyncio.get_running_loop().start_tls(
                    self._transport, self, context, server_hostname=way_out.host
                )
        except (OSError, TimeoutError) as error:
            raise Lost(f"TLS with the mail server failed: {error}") from error

    async def _log_in(self, way_out: WayOut) -> None:
        secret = f"\0{way_out.user}\0{way_out.password}".encode()
        if "LOGIN" in (offered := self.features.get("AUTH", "").split()) and "PLAIN" not in offered:
            await self.ask("AUTH LOGIN")
            await self.ask(base64.b64encode(way_out.user.encode()).decode())
            reply = await self.ask(base64.b64encode(way_out.password.encode()).decode())
        else:
            reply = await self.ask(f"AUTH PLAIN {base64.b64encode(secret).decode()}")
        if not reply.is_good:
            raise Closed(f"The mail server refuses our login: {reply}")
