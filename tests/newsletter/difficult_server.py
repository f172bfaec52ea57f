"""A mail server that takes letters quickly, and fails at random in every way there is.

It knows what it took, and of which letters a sender cannot know whether it took them: the
last one of a connection that ended before its answer can have been written down.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

MESSAGE_ID: Final = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
END: Final = b"\r\n.\r\n"


@dataclass
class Moods:
    """How often each failure happens."""

    busy_at_connect: float = 0.0  # 421 instead of a greeting
    later_at_sender: float = 0.0
    later_at_recipient: float = 0.0
    never_at_recipient: float = 0.0
    drop_in_text: float = 0.0
    later_after_text: float = 0.0
    never_after_text: float = 0.0
    take_and_drop: float = 0.0  # takes it, and breaks off without a word
    take_and_hang: float = 0.0
    seed: int = 1


@dataclass
class Record:
    """`taken`: (address, Message-ID) in the order of their coming. `refused`: addresses."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    # How often a letter was the last of a connection that ended without a farewell.
    in_doubt: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)


class Visit(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: DifficultServer) -> None:
        self.server, self.moods, self.record = server, server.moods, server.record
        self.unread = b""
        self.recipient = ""
        self.in_text = self.is_over = False
        self.last = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.visits.add(self)
        if self.happens("busy_at_connect"):
            self.say("421 4.3.2 too busy")
            self.end()
        else:
            self.say("220 difficult.example.org")

    def connection_lost(self, error: Exception | None) -> None:
        self.server.visits.discard(self)
        if not self.is_over and self.last:
            self.record.in_doubt[self.last] += 1

    def data_received(self, data: bytes) -> None:
        self.unread += data
        while not self.is_over and (self._text() if self.in_text else self._line()):
            pass

    def happens(self, mood: str) -> bool:
        share = getattr(self.moods, mood)
        self.server.chances[mood] += 1
        # Luck alone might leave one out: each happens once before long.
        is_overdue = not self.record.failures[mood] and share * self.server.chances[mood] >= 0.5
        if not is_overdue and self.server.random.random() >= share:
            return False
        if self.record.failures[mood] >= self.server.most_failures:
            return False
        self.record.failures[mood] += 1
        return True

    def say(self, line: str) -> None:
        self.transport.write(f"{line}\r\n".encode())

    def end(self) -> None:
        self.is_over = True
        self.transport.close()

    def _line(self) -> bool:
        line, found, rest = self.unread.partition(b"\r\n")
        if not found:
            return False
        self.unread = rest
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.say("250-difficult.example.org")
            self.say("250 PIPELINING" if self.server.pipelining else "250 HELP")
        elif verb == b"MAIL":
            self._sender()
        elif verb == b"RCPT":
            self._recipient(line[9:-1].decode())
        elif verb == b"DATA":
            self.in_text = bool(self.recipient)
            self.say("354 go on" if self.in_text else "503 5.5.1 nobody to send it to")
        elif verb == b"QUIT":
            self.end()
        else:
            self.recipient = ""
            self.say("250 2.0.0 ok")
        return True

    def _sender(self) -> None:
        later = self.happens("later_at_sender")
        self.say("451 4.3.0 not now" if later else "250 2.1.0 ok")
        self.sender_taken = not later

    def _recipient(self, address: str) -> None:
        self.recipient = ""
        if not self.sender_taken:
            self.say("503 5.5.1 no sender")
        elif self.happens("later_at_recipient"):
            self.say("450 4.2.0 come back later")
        elif self.happens("never_at_recipient"):
            self.record.refused.add(address)
            self.say("550 5.1.1 no such user here")
        else:
            self.recipient = address
            self.say("250 2.1.5 ok")

    def _text(self) -> bool:
        text, found, rest = self.unread.partition(END)
        if not found:
            return False
        self.unread, self.in_text = rest, False
        if self.happens("drop_in_text"):
            self.end()
        elif self.happens("later_after_text"):
            self.say("451 4.3.0 disk full")
        elif self.happens("never_after_text"):
            self.record.refused.add(self.recipient)
            self.say("554 5.6.0 not like this")
        else:
            self._take(text)
        self.recipient = ""
        return True

    def _take(self, text: bytes) -> None:
        name = MESSAGE_ID.search(text)
        assert name is not None
        self.last = name[1].decode()
        self.server.took(self.recipient, self.last)
        if self.happens("take_and_drop"):
            self.record.in_doubt[self.last] += 1
            self.end()
        elif not self.happens("take_and_hang"):
            self.say("250 2.0.0 taken")


class DifficultServer:
    def __init__(self, moods: Moods, *, pipelining: bool = True) -> None:
        self.moods, self.pipelining = moods, pipelining
        self.record = Record()
        self.random = random.Random(moods.seed)
        self.chances: Counter[str] = Counter()
        self.visits: set[Visit] = set()
        self.port = 0
        self.most_failures = 1_000_000
        # Called once so many have come, before the last of them is answered.
        self.call_at = 0
        self.call: Callable[[], object] = list
        self._more = threading.Condition()

    def took(self, address: str, message_id: str) -> None:
        with self._more:
            self.record.taken.append((address, message_id))
            self._more.notify_all()
        if len(self.record.taken) == self.call_at:
            self.call()

    def wait_for(self, count: int, seconds: float) -> bool:
        """Returns as soon as so many have arrived; False when they do not in that time."""
        with self._more:
            return self._more.wait_for(lambda: len(self.record.taken) >= count, seconds)

    async def _serve(self, ready: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        self._loop, self._over = loop, asyncio.Event()
        server = await loop.create_server(lambda: Visit(self), "127.0.0.1", 0, backlog=500)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        for visit in list(self.visits):
            visit.transport.abort()
        server.close()

    @contextmanager
    def open(self) -> Iterator[DifficultServer]:
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        thread.start()
        assert ready.wait(30)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._over.set)
            thread.join()
