"""Letter after letter on one connection.

The next letter's envelope travels with the end of the one before (RFC 2920, 3.1), but its
text leaves only when what became of the one before is written down for good. So whatever is
killed, of each connection at most one letter is in doubt.
"""

from __future__ import annotations

from typing import Final, Protocol

from .replies import Lost, Outcome, Reply, SenderRefused
from .wire import Wire

# How long a connection with nothing to do is kept.
IDLE_SECONDS: Final = 15.0
GO_AHEAD: Final = 354
END: Final = b".\r\n"


class Job(Protocol):
    """One letter to one reader, ready."""

    sender: str
    to: str
    content: bytes


class Source(Protocol):
    """Where letters come from, and where it is said what became of them."""

    def take(self) -> Job | None: ...
    def may_go(self, job: Job) -> bool: ...
    def give_back(self, job: Job) -> None: ...
    async def settle(self, job: Job, outcome: Outcome) -> None: ...
    async def wait(self, seconds: float) -> None: ...
    async def rest(self, seconds: float) -> None: ...


class Conversation:
    def __init__(self, wire: Wire, source: Source, *, patience: float) -> None:
        self._wire, self._source, self._patience = wire, source, patience
        self._pipelining = "PIPELINING" in wire.features
        self._needs_reset = False
        self._job: Job | None = None  # the one in hand
        self._next: Job | None = None  # announced with the end of the one in hand
        self._in_flight = False  # whether its text has begun to leave

    async def run(self) -> None:
        """Until there was nothing to do for a while, or the connection is gone (Lost)."""
        try:
            while (job := await self._first()) is not None:
                self._job = job
                await self._chain()
            self._wire.close()
        except Lost as error:
            await self._broken_off(str(error))
            raise
        except BaseException:
            self._give_back_unsent()
            self._wire.abort()
            raise

    async def _first(self) -> Job | None:
        job = self._source.take()
        if job is None:
            await self._source.wait(IDLE_SECONDS)
            job = self._source.take()
        return job

    async def _chain(self) -> None:
        """The letter in hand and all that follow it without a pause."""
        if self._pipelining and self._job is not None:
            self._wire.write(self._envelope(self._job))
        while (job := self._job) is not None:
            refusal = await self._admitted(job)
            if refusal is None and not self._source.may_go(job):
                # The server waits for the text; only the end of the connection stops it.
                raise Lost("It was stopped in time.")
            outcome = refusal or await self._hand_over(job)
            await self._source.settle(job, outcome)
            self._in_flight = False
            self._job, self._next = self._next, None

    async def _hand_over(self, job: Job) -> Outcome:
        self._next = self._source.take()
        data = job.content + END
        if self._pipelining and self._next is not None:
            data += self._envelope(self._next)
        self._in_flight = True
        self._wire.write(data)
        return Outcome.of(await self._wire.reply(self._patience))

    def _envelope(self, job: Job) -> bytes:
        reset = "RSET\r\n" if self._needs_reset else ""
        lines = f"{reset}MAIL FROM:<{job.sender}>\r\nRCPT TO:<{job.to}>\r\nDATA\r\n"
        return lines.encode("ascii")

    async def _admitted(self, job: Job) -> Outcome | None:
        """None when the server waits for the text, else why it does not want it."""
        replies = await (self._told() if self._pipelining else self._asked(job))
        self._needs_reset = False
        refusing = next((reply for reply in replies if not reply.is_good), None)
        if refusing is None:
            return None
        if replies[-1].code == GO_AHEAD:  # it wants a text for nobody (RFC 2920, 3.1)
            self._wire.write(END)
            await self._wire.reply(self._patience)
        self._needs_reset = True
        if refusing is replies[0] and refusing.is_final:
            raise SenderRefused(str(refusing))
        return Outcome.of(refusing)

    async def _told(self) -> list[Reply]:
        """The replies to an envelope that was sent whole."""
        if self._needs_reset:
            await self._wire.reply()
        return [await self._wire.reply() for _ in range(3)]

    async def _asked(self, job: Job) -> list[Reply]:
        """The same with a server that wants to answer each line."""
        if self._needs_reset:
            await self._wire.ask("RSET")
        replies = []
        for line in (f"MAIL FROM:<{job.sender}>", f"RCPT TO:<{job.to}>", "DATA"):
            replies.append(await self._wire.ask(line))
            if not replies[-1].is_good:
                break
        return replies

    async def _broken_off(self, why: str) -> None:
        """Only of a letter whose text was on its way nobody knows whether it arrived."""
        self._wire.abort()
        job, self._job = self._job, None if self._in_flight else self._job
        in_flight, self._in_flight = self._in_flight, False
        self._give_back_unsent()
        if in_flight and job is not None:
            await self._source.settle(job, Outcome("later", why))

    def _give_back_unsent(self) -> None:
        for job in (self._job, self._next):
            if job is not None and not (self._in_flight and job is self._job):
                self._source.give_back(job)
        self._job = self._next = None
