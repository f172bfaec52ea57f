"""A process that hands letters over: many connections, one clerk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar, TypeVarTuple, cast

from backsite.lib.web import OUTAGE

from ..models.sender import SURE_FOR
from .clerk import Clerk, Letter, Turn
from .conversation import Conversation, Job
from .provider import ProviderLane
from .replies import Closed, Lost, Outcome, SenderRefused
from .wire import WayOut, Wire

Answer = TypeVar("Answer")
Words = TypeVarTuple("Words")
log = logging.getLogger("backsite.sender")

# Letters in memory for each connection.
AHEAD: Final = 8
POLL_SECONDS: Final = 1.0
# While something goes out, how often what others decide (a pause) is looked at.
LOOK_SECONDS: Final = 0.2
OUTAGE_PAUSE: Final = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class Sender:
    """`way_out`: None where a provider's interface is used. `once`: ends when nothing is due
    any more, else when told to. `thread`: where the database is asked."""

    def __init__(
        self,
        way_out: WayOut | None,
        *,
        connections: int,
        once: bool = False,
        thread: Executor | None = None,
    ) -> None:
        self._way_out, self._connections, self._once = way_out, connections, once
        self._clerk = Clerk()
        self._thread = thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="clerk")
        self._waiting: deque[Letter] = deque()
        self._in_flight: dict[int, Letter] = {}
        self._done: list[tuple[Letter, Outcome, asyncio.Future[None]]] = []
        self._turn = Turn()
        # Claimed, and not to go out just now: given back with the next turn.
        self._unwanted: list[int] = []
        self._stopping = False
        self._settled = 0
        self._is_over = False
        self._trouble: str | None = ""

    def stop(self) -> None:
        """Ends when the letters that are on their way have arrived."""
        self._stopping = True
        self._news.set()
        self._more.set()

    async def run(self) -> None:
        self._news, self._more = asyncio.Event(), asyncio.Event()
        lanes = [asyncio.create_task(self._lane()) for _ in range(self._connections)]
        try:
            await self._keep_books()
        finally:
            self._stopping = True
            self._more.set()
            await self._let_finish(lanes)
            self._thread.shutdown()

    # What conversations ask for.

    def take(self) -> Job | None:
        while self._waiting and not self._stopping:
            letter = self._waiting.popleft()
            self._wake_clerk_for_more()
            if self.may_go(letter):
                self._in_flight[letter.row] = letter
                return letter
            self._unwanted.append(letter.row)
        return None

    def may_go(self, job: Job) -> bool:
        letter = cast("Letter", job)
        return (
            not self._stopping
            and letter.issue in self._turn.sending
            and letter.epoch == self._clerk.epoch
            and time.monotonic() - self._turn.at < SURE_FOR.total_seconds()
        )

    def give_back(self, job: Job) -> None:
        letter = cast("Letter", job)
        self._in_flight.pop(letter.row, None)
        self._waiting.appendleft(letter)
        self._more.set()

    async def settle(self, job: Job, outcome: Outcome) -> None:
        """Returns when it is written down for good."""
        letter = cast("Letter", job)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._done.append((letter, outcome, written))
        self._news.set()
        await written
        self._settled += 1
        self._in_flight.pop(letter.row, None)

    async def wait(self, seconds: float) -> None:
        if not self._waiting and not self._stopping:
            self._more.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._more.wait()

    async def rest(self, seconds: float) -> None:
        """Whatever there is to do, unless it is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._stopping:
                    await asyncio.sleep(0.2)

    # Lanes: one connection each.

    async def _lane(self) -> None:
        """A server that takes nothing is asked more and more seldom."""
        pause = FIRST_PAUSE
        while not self._stopping:
            await self.wait(POLL_SECONDS)
            if not self._waiting:
                continue
            settled = self._settled
            try:
                talk = await self._connected()
                self._tell_server("")
                await talk.run()
                continue
            except SenderRefused as error:
                await self._sender_refused(str(error))
            except Lost as error:
                log.info("%s", error)
            except Closed as error:
                self._tell_server(str(error))
            if self._settled > settled:
                pause = FIRST_PAUSE
                continue
            await self.rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connected(self) -> Conversation | ProviderLane:
        if self._way_out is None:
            return ProviderLane(self)
        wire = await Wire.open(self._way_out)
        return Conversation(wire, self, patience=self._way_out.patience)

    async def _sender_refused(self, answer: str) -> None:
        for issue in self._turn.sending:
            await self._ask_clerk(self._clerk.refused_as_sender, issue, answer)

    def _tell_server(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                log.warning("%s", trouble)
            self._thread.submit(self._clerk.server_answers, trouble)

    # The books.

    async def _keep_books(self) -> None:
        """One turn after the other, as soon as there is something to write or to fetch."""
        while not self._stopping:
            self._news.clear()
            try:
                await self._one_turn()
            except OUTAGE as error:
                log.warning("Waiting for the database: %s", " ".join(str(error).split()))
                self._waiting.clear()
                await self._until_the_database_is_back()
            if self._once and self._is_over:
                return  # what was refused for a while waits for the next one who sends
            if not self._done and not self._stopping:
                await self._wait_for_news()

    async def _one_turn(self) -> None:
        done, self._done = self._done, []
        quiet = not (done or self._in_flight or self._waiting)
        ahead = AHEAD * self._connections
        want = ahead - len(self._waiting) if len(self._waiting) <= ahead // 2 else 0
        unwanted, self._unwanted = self._unwanted, []
        known = [(letter, outcome) for letter, outcome, _ in done]
        try:
            turn = await self._ask_clerk(self._clerk.turn, known, unwanted, want)
        except BaseException:
            self._done, self._unwanted = done + self._done, unwanted + self._unwanted
            raise
        for _, _, written in done:
            written.set_result(None)
        if not turn.ours:
            self._waiting.clear()
        self._turn = turn
        self._put_back_what_was_stopped()
        self._is_over = quiet and turn.nothing_due
        if turn.letters:
            self._waiting.extend(turn.letters)
            self._more.set()

    def _put_back_what_was_stopped(self) -> None:
        wanted = [letter for letter in self._waiting if self.may_go(letter)]
        if len(wanted) < len(self._waiting):
            kept = {letter.row for letter in wanted}
            self._unwanted += [one.row for one in self._waiting if one.row not in kept]
            self._waiting = deque(wanted)
            self._news.set()

    async def _wait_for_news(self) -> None:
        busy = self._waiting or self._in_flight or self._turn.sending
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS if busy else POLL_SECONDS):
                await self._news.wait()

    def _wake_clerk_for_more(self) -> None:
        if len(self._waiting) * 2 == AHEAD * self._connections:
            self._news.set()

    async def _until_the_database_is_back(self) -> None:
        while not self._stopping:
            known = [(letter, outcome) for letter, outcome, _ in self._done]
            in_flight = list(self._in_flight)
            try:
                await self._ask_clerk(self._clerk.come_back, known, in_flight)
            except OUTAGE:
                await self.rest(OUTAGE_PAUSE)
                continue
            for _, _, written in self._done[: len(known)]:
                written.set_result(None)
            del self._done[: len(known)]
            log.info("The database is back.")
            return

    async def _let_finish(self, lanes: list[asyncio.Task[None]]) -> None:
        """What is on its way arrives, and is written down."""
        deadline = time.monotonic() + 8.0  # what started us waits ten seconds
        while time.monotonic() < deadline and not all(lane.done() for lane in lanes):
            if self._done:
                with suppress(*OUTAGE):
                    await self._one_turn()
            await asyncio.sleep(0.05)
        for lane in lanes:
            lane.cancel()
        with suppress(*OUTAGE):
            known = [(letter, outcome) for letter, outcome, _ in self._done]
            await self._ask_clerk(self._clerk.say_goodbye, known)

    async def _ask_clerk(self, what: Callable[[*Words], Answer], *words: *Words) -> Answer:
        """In the clerk's own thread, where the database connection is."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, what, *words)
