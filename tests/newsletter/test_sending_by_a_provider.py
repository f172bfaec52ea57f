"""Each letter is a request of its own to the provider: whatever happens while it is on its way,
no other letter is in doubt.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils import timezone
from pytest_django import Settings

from newsletter.models import Issue
from newsletter.sending import provider as by_provider
from newsletter.sending.conversation import Job
from newsletter.sending.sender import Sender
from tests.lib.waiting import PATIENCE

from .issues import begun, make_readers
from .test_sending import DAY, Here, send, states

pytestmark = pytest.mark.django_db


class Provider(BaseHTTPRequestHandler):
    """Answers as Mailgun does, and keeps what it has taken."""

    taken: list[dict[str, str]]
    # What it answers about an address, as a status; 200 for everybody else.
    against: dict[str, int]
    # How many it takes a second; what it says when there are more.
    most_a_second: int
    retry_after: str
    told_to_slow_down: int
    second: tuple[int, int]
    lock = threading.Lock()
    # Called with each address and status before it is answered.
    before_answer: Callable[[str, int], None]
    # Whom it takes without ever answering.
    says_nothing_of: set[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        data = {name: values[0] for name, values in parse_qs(body).items()}
        status = self.against.get(data["to"], 200) if self.has_room() else 429
        if status == 200:
            type(self).taken.append(data)
        Provider.before_answer(data["to"], status)
        if data["to"] in self.says_nothing_of:
            self.close_connection = True
            return
        raw = json.dumps({"id": "<1@site.test>", "message": "Queued. Thank you."}).encode()
        self.send_response(status)
        if status == 429 and self.retry_after:
            self.send_header("Retry-After", self.retry_after)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    @classmethod
    def has_room(cls) -> bool:
        with cls.lock:
            now = int(time.monotonic())
            count = cls.second[1] + 1 if cls.second[0] == now else 1
            has_room = count <= cls.most_a_second
            cls.second = now, min(count, cls.most_a_second)
            cls.told_to_slow_down += not has_room
            return has_room

    def log_message(self, *args: object) -> None:
        """Says nothing of what it answers."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64  # more than ever come at the same moment; 5 are too few


@contextmanager
def provider() -> Iterator[str]:
    """Its address, while it stands there."""
    Provider.taken, Provider.against, Provider.says_nothing_of = [], {}, set()
    Provider.before_answer = lambda address, status: None
    Provider.most_a_second, Provider.retry_after = 1_000_000, ""
    Provider.told_to_slow_down, Provider.second = 0, (0, 0)
    server = Server(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def mailgun(settings: Settings) -> Iterator[None]:
    settings.MAIL_LEAVES, settings.DEFAULT_FROM_EMAIL = True, "letters@site.test"
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    with provider() as address:
        settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "MAILGUN_SENDER_DOMAIN": "site.test",
                            "MAILGUN_API_URL": address}  # fmt: skip
        yield


def in_turn(issue: Issue) -> list[str]:
    """The addresses, in the order in which they are handed over."""
    rows = issue.deliveries.order_by("pk").values_list("subscriber__email", flat=True)
    return [address for address in rows if address]


def taken() -> Counter[str]:
    """How often it took a letter to each."""
    return Counter(data["to"] for data in Provider.taken)


def test_each_request_is_one_readers_and_names_the_row_of_the_ledger() -> None:
    make_readers(5)
    issue = begun()
    send(None)
    assert states(issue) == {"sent": 5}
    got = {data["to"]: data for data in Provider.taken}
    assert len(Provider.taken) == len(got) == 5
    for row in issue.deliveries.select_related("subscriber"):
        assert row.subscriber
        data = got[row.subscriber.email]
        assert "Dear friend, walk." in data["text"]
        assert data["v:letter"] == data["h:Message-Id"] == row.message_id
        others = set(in_turn(issue)) - {row.subscriber.email}
        assert not any(other in str(data) for other in others)


def test_a_letter_without_an_answer_is_the_only_one_that_is_sent_again() -> None:
    make_readers(6)
    issue = begun()
    silent = in_turn(issue)[2]
    Provider.says_nothing_of = {silent}
    send(None)
    assert states(issue) == {"sent": 5, "waiting": 1}
    Provider.says_nothing_of = set()
    issue.deliveries.waiting().update(due_at=timezone.now() - DAY)
    send(None)
    assert states(issue) == {"sent": 6}
    assert taken() == {address: 2 if address == silent else 1 for address in in_turn(issue)}
    both = [data["h:Message-Id"] for data in Provider.taken if data["to"] == silent]
    assert both[0] == both[1]


def test_when_its_sender_is_gone_only_what_was_in_flight_is_sent_again() -> None:
    """It ends in the middle of a request that is taken, and writes nothing down any more."""
    make_readers(12)
    issue = begun()
    victim = in_turn(issue)[4]
    here, reached, gone = Here(), threading.Event(), threading.Event()
    sender = Sender(None, connections=1, once=True, thread=here)

    async def nothing(lanes: list[asyncio.Task[None]]) -> None:
        """The dead do nothing."""

    async def run() -> None:
        work = asyncio.create_task(sender.run())
        assert await asyncio.to_thread(reached.wait, PATIENCE)
        sender._let_finish = nothing  # type: ignore[method-assign]
        work.cancel()
        await asyncio.wait([work])

    def die(address: str, status: int) -> None:
        if address == victim:
            reached.set()
            gone.wait(PATIENCE)

    Provider.before_answer = die
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(run())))
    gone.set()
    issue.deliveries.in_hand().update(sender_id=None)  # others took it for dead
    Provider.before_answer = lambda address, status: None
    send(None)
    assert states(issue) == {"sent": 12}
    assert taken() == {address: 2 if address == victim else 1 for address in in_turn(issue)}


def test_what_became_of_a_letter_is_written_down_before_the_next_one_leaves() -> None:
    make_readers(2)
    issue = begun()
    order: list[str] = []

    class Watched(Sender):
        async def run(self) -> None:
            self.loop = asyncio.get_running_loop()
            await super().run()

        def take(self) -> Job | None:
            job = super().take()
            if job is not None:
                order.append("taken")
            return job

    class Slow(Here):
        """Before anything is written down, the sender has time for all that it can do by then."""

        def submit(self, what: Callable[..., Any], /, *words: Any, **named: Any) -> Any:
            def slowly(*words: Any) -> Any:
                asyncio.run_coroutine_threadsafe(rounds(), sender.loop).result(PATIENCE)
                answer = what(*words)
                order.append("written down")
                return answer

            return super().submit(slowly if words and words[0] else what, *words, **named)

    async def rounds() -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    here = Slow()
    sender = Watched(None, connections=1, once=True, thread=here)
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(sender.run())))
    assert order == ["taken", "written down"] * 2
    assert states(issue) == {"sent": 2}


def test_one_address_that_it_refuses_is_not_the_fault_of_the_others() -> None:
    make_readers(6)
    issue = begun()
    bad = in_turn(issue)[3]
    Provider.against = {bad: 400}
    send(None)
    assert states(issue) == {"sent": 5, "refused": 1}
    assert list(issue.deliveries.refused().values_list("subscriber__email", flat=True)) == [bad]


def test_a_key_that_is_refused_meanwhile_costs_no_attempt_and_repeats_nothing() -> None:
    def take_the_key_again(address: str, status: int) -> None:
        if status == 401:
            Provider.against = {}

    make_readers(6)
    issue = begun()
    Provider.against = {in_turn(issue)[3]: 401}
    Provider.before_answer = take_the_key_again
    send(None)
    assert states(issue) == {"sent": 6}
    assert set(taken().values()) == {1}
    assert set(issue.deliveries.values_list("attempts", flat=True)) == {1}


def test_a_provider_in_trouble_is_asked_again_later() -> None:
    make_readers(4)
    issue = begun()
    Provider.against = dict.fromkeys(in_turn(issue), 503)
    send(None)
    assert states(issue) == {"waiting": 4}
    assert issue.deliveries.retried().count() == 4


def test_a_sender_that_is_stopped_writes_down_what_is_in_flight_and_takes_nothing_more() -> None:
    here = Here()
    sender = Sender(None, connections=1, once=True, thread=here)

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def stop(address: str, status: int) -> None:
            loop.call_soon_threadsafe(sender.stop)

        Provider.before_answer = stop
        await sender.run()

    make_readers(6)
    issue = begun()
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(run())))
    first, *_ = in_turn(issue)
    assert taken() == {first: 1}
    assert states(issue) == {"sent": 1, "waiting": 5}


def test_as_many_requests_are_under_way_as_there_are_connections() -> None:
    """More than asyncio's own threads, which are as many as processors ask for."""
    count = 40
    all_there = threading.Barrier(count)

    def wait_for_all(address: str, status: int) -> None:
        all_there.wait(PATIENCE)

    make_readers(count)
    issue = begun()
    Provider.before_answer = wait_for_all
    here: Any = Here()
    sender = Sender(None, connections=count, once=True, thread=here)
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(sender.run())))
    assert states(issue) == {"sent": count}


def test_a_provider_that_takes_so_many_a_second_gets_all_and_refuses_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(by_provider, "FIRST_REST", 0.1)
    make_readers(200)
    issue = begun()
    Provider.most_a_second = 40
    send(None)
    assert Provider.told_to_slow_down
    assert states(issue) == {"sent": 200}
    assert set(taken().values()) == {1}
    assert set(issue.deliveries.values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize(
    ("asked", "rests"),
    [
        ("7", [7.0] * 6),
        ("99999", [600.0] * 6),
        ("soon", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
        ("", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
    ],
)
def test_it_is_left_alone_for_as_long_as_it_asks_or_longer_each_time(
    asked: str, rests: list[float]
) -> None:
    class Awake(Sender):
        """Keeps for how long it should rest, and has the provider take letters at last."""

        async def rest(self, seconds: float) -> None:
            rested.append(seconds)
            if len(rested) == len(rests):
                Provider.against = {}

    rested: list[float] = []
    make_readers(2)
    issue = begun()
    Provider.against, Provider.retry_after = dict.fromkeys(in_turn(issue), 429), asked
    here = Here()
    sender = Awake(None, connections=1, once=True, thread=here)
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(sender.run())))
    assert rested == rests
    assert states(issue) == {"sent": 2}
    assert set(issue.deliveries.values_list("attempts", flat=True)) == {1}
