"""An issue goes out: through a real connection, to a server that may say no."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.core.management import CommandError, call_command
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from pytest_django import Settings

from backsite.lib.mail.models import Message
from newsletter.models import Delivery, Issue, Rate, Sender, Subscriber, Suppression, ledger
from newsletter.models.recent_answers import REFUSED, TAKEN, RecentAnswers
from newsletter.sending import clerk
from newsletter.sending import sender as sending
from newsletter.sending.wire import WayOut
from tests.lib.waiting import PATIENCE, wait_until

from .difficult_server import DifficultServer, Moods
from .issues import begun, make_readers

pytestmark = pytest.mark.django_db
NEVER: Final = 1.0
DAY: Final = timedelta(days=1)


class Here(Executor):
    """What the sender asks of the database is done in the test's own thread, inside its
    transaction; the sender itself runs in another."""

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[Future[Any], Callable[..., Any], Any]] = queue.Queue()

    def submit(self, what: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        self.asked.put((answer, what, words))
        return answer

    def work_until_done(self, thread: threading.Thread) -> None:
        thread.start()
        while thread.is_alive() or not self.asked.empty():
            with suppress(queue.Empty):
                answer, what, words = self.asked.get(timeout=0.02)
                try:
                    answer.set_result(what(*words))
                except Exception as error:
                    answer.set_exception(error)


def pause() -> None:
    Issue.objects.get().pause()


def send(server: DifficultServer | None, *, pause_at: int = 0) -> None:
    """One sender, until nothing is due. `pause_at`: its issue is paused when so many letters
    have arrived."""
    here = Here()
    way_out = WayOut(host="127.0.0.1", port=server.port, patience=2.0) if server else None
    sender = sending.Sender(way_out, connections=2, once=True, thread=here)
    if server and pause_at:
        server.call_at = pause_at
        server.call = lambda: here.submit(pause).result()
    here.work_until_done(threading.Thread(target=lambda: asyncio.run(sender.run())))


def states(issue: Issue) -> dict[str, int]:
    return {state: count for state, count in issue.deliveries.by_state().items() if count}


def state_of(issue: Issue) -> str:
    issue.refresh_from_db()
    return issue.state


@pytest.mark.parametrize("pipelining", [True, False])
def test_everybody_gets_it_once_and_the_issue_is_sent(pipelining: bool) -> None:
    make_readers(40)
    issue = begun()
    with DifficultServer(Moods(), pipelining=pipelining).open() as server:
        send(server)

    assert sorted(address for address, _ in server.record.taken) == sorted(
        Subscriber.objects.values_list("email", flat=True)
    )
    assert state_of(issue) == Issue.State.SENT
    row = issue.deliveries.first()
    assert row is not None
    assert row.attempts == 1
    assert row.answer == "250 2.0.0 taken"
    assert not Sender.objects.exists(), "it has said goodbye"


def test_who_is_refused_for_good_is_suppressed_and_not_tried_again() -> None:
    make_readers(3)
    issue = begun()
    with DifficultServer(Moods(never_at_recipient=NEVER)).open() as server:
        send(server)

    assert states(issue) == {"refused": 3}
    assert Suppression.objects.holds("reader1@example.org")
    assert "550 5.1.1" in Suppression.objects.get(email="reader1@example.org").evidence
    assert issue.deliveries.filter(answer="550 5.1.1 no such user here").count() == 3


def test_a_letter_that_nobody_would_take_suppresses_nobody() -> None:
    make_readers(3)
    issue = begun()
    with DifficultServer(Moods(never_after_text=NEVER)).open() as server:
        send(server)
    assert states(issue) == {"refused": 3}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("mood", ["later_at_recipient", "later_after_text", "later_at_sender"])
def test_a_refusal_for_the_moment_waits_longer_each_time(mood: str) -> None:
    make_readers(1)
    issue = begun()
    moods = Moods()
    setattr(moods, mood, NEVER)
    with DifficultServer(moods).open() as server:
        send(server)
        first = issue.deliveries.get()
        Delivery.objects.update(due_at=timezone.now() - DAY)
        send(server)
        second = issue.deliveries.get()

    assert (first.state, first.attempts, second.attempts) == ("waiting", 1, 2)
    assert first.answer.startswith("45")
    assert second.due_at - timezone.now() > first.due_at - timezone.now()
    assert state_of(issue) == Issue.State.SENDING


def test_after_twelve_refusals_it_is_given_up_with_the_last_answer() -> None:
    make_readers(1)
    issue = begun()
    Delivery.objects.update(attempts=clerk.MOST_ATTEMPTS - 1)
    with DifficultServer(Moods(later_at_recipient=NEVER)).open() as server:
        send(server)
    row = issue.deliveries.get()
    assert row.state == Delivery.State.REFUSED
    assert row.answer == "Given up after 12 attempts, last: 450 4.2.0 come back later"
    assert not Suppression.objects.exists()


def test_who_left_or_paused_after_it_began_is_left_out() -> None:
    gone, stays = make_readers(2)
    issue = begun()
    gone.leave()
    with DifficultServer(Moods()).open() as server:
        send(server)
    assert [address for address, _ in server.record.taken] == [stays.email]
    assert states(issue) == {"sent": 1, "skipped": 1}
    assert "Left, paused" in issue.deliveries.get(subscriber=gone).answer


def test_paused_or_cancelled_nothing_more_leaves_and_resumed_the_rest_does() -> None:
    make_readers(5)
    issue = begun()
    issue.pause(by=None, why="")
    with DifficultServer(Moods()).open() as server:
        send(server)
        assert server.record.taken == []
        issue.resume(by=None)
        send(server)
    assert len(server.record.taken) == 5
    assert state_of(issue) == Issue.State.SENT


def test_a_pause_stops_a_sender_in_the_middle() -> None:
    make_readers(300)
    issue = begun()
    with DifficultServer(Moods()).open() as server:
        send(server, pause_at=20)
        taken = len(server.record.taken)
        assert 20 <= taken < 300
        assert states(issue)["waiting"] == 300 - taken
        assert not issue.deliveries.in_hand().exists(), "given back"


def test_a_sender_that_lived_through_a_pause_goes_on_with_everybody_left() -> None:
    make_readers(120)
    issue = begun()
    here = Here()
    with DifficultServer(Moods()).open() as server:
        way_out = WayOut(host="127.0.0.1", port=server.port, patience=2.0)
        sender = sending.Sender(way_out, connections=2, thread=here)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=lambda: loop.run_until_complete(sender.run()))
        server.call_at = 20
        server.call = lambda: here.submit(pause).result()

        def go_on() -> None:
            try:
                assert server.wait_for(20, PATIENCE)
                wait_until(lambda: here.submit(issue.deliveries.in_hand().count).result() == 0)
                here.submit(lambda: Issue.objects.get().resume(by=None)).result()
                server.wait_for(120, PATIENCE)
            finally:
                loop.call_soon_threadsafe(sender.stop)

        person = threading.Thread(target=go_on)
        person.start()
        here.work_until_done(thread)
        person.join()
    assert len(server.record.taken) == len(set(server.record.taken)) == 120


def test_a_key_that_cannot_be_read_pauses_it_and_says_so(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DKIM_SELECTOR, settings.DKIM_KEY = "letters", str(tmp_path / "none.pem")
    make_readers(1)
    issue = begun()
    with DifficultServer(Moods()).open() as server:
        send(server)
    assert state_of(issue) == Issue.State.PAUSED
    assert "make_dkim_key" in issue.events.latest("pk").why
    assert not server.record.taken


def test_too_many_refusals_pause_it_and_staff_are_told() -> None:
    User.objects.create_superuser("ann", "ann@example.org", "pw")
    make_readers(200)
    issue = begun()
    with DifficultServer(Moods(never_at_recipient=0.6)).open() as server:
        send(server)
    assert state_of(issue) == Issue.State.PAUSED
    assert issue.deliveries.waiting().exists()
    said = Message.objects.get(to="ann@example.org").text
    assert "letters were refused, last with: 550 5.1.1 no such user here" in " ".join(said.split())


def test_refusals_that_other_senders_met_count_as_well() -> None:
    make_readers(40)
    issue = begun()
    RecentAnswers.add(issue.pk, TAKEN * 300 + REFUSED * 39)
    with DifficultServer(Moods(never_at_recipient=NEVER)).open() as server:
        send(server)
    assert state_of(issue) == Issue.State.PAUSED
    assert "of the last 200 letters were refused" in issue.events.get(verb="pause").why
    assert issue.deliveries.waiting().exists()
    begun_anew = RecentAnswers.objects.filter(answers__contains=TAKEN)
    assert not begun_anew.exists(), "whoever lets it go on does not stop at once for what was"


def test_an_hour_s_rate_holds_the_rest_back() -> None:
    make_readers(30)
    Rate.objects.create(per_hour=600, tokens=100)
    issue = begun()
    with DifficultServer(Moods()).open() as server:
        send(server)
    assert 10 <= len(server.record.taken) <= 12, "ten a minute"
    assert state_of(issue) == Issue.State.SENDING


def test_a_receiving_domain_has_a_rate_of_its_own() -> None:
    people = make_readers(20)
    slow = [person.pk for person in people[:15]]
    Subscriber.objects.filter(pk__in=slow).update(
        email=Concat(Value("slow"), Cast("pk", CharField()), Value("@slow.example"))
    )
    Rate.objects.create(domain="slow.example", per_hour=60, tokens=5)
    begun()
    with DifficultServer(Moods()).open() as server:
        send(server)
    domains = [address.partition("@")[2] for address, _ in server.record.taken]
    assert domains.count("example.org") == 5
    assert domains.count("slow.example") == 1


def test_a_warm_up_allows_twice_the_best_day() -> None:
    make_readers(30)
    rate = Rate.objects.create(warm_up_from=5, best_day=4, day_count=0)
    begun()
    with DifficultServer(Moods()).open() as server:
        send(server)
        assert len(server.record.taken) == 8
        rate.refresh_from_db()
        assert (rate.day_count, rate.best_day) == (8, 4)
        Rate.objects.update(day=timezone.localdate() - DAY)
        send(server)
    assert len(server.record.taken) == 8 + 16


def test_what_a_dead_sender_had_in_hand_goes_to_others_but_not_a_living_one_s() -> None:
    make_readers(10)
    issue = begun()
    dead = Sender.objects.create(name="dead", seen_at=timezone.now() - DAY)
    alive = Sender.objects.create(name="alive")
    ledger.claim(issue.pk, dead.pk, 4)
    ledger.claim(issue.pk, alive.pk, 4)
    with DifficultServer(Moods()).open() as server:
        send(server)
    assert len(server.record.taken) == 6
    assert issue.deliveries.in_hand().count() == 4


def test_a_server_that_cannot_be_reached_costs_no_attempt() -> None:
    make_readers(2)
    issue = begun()
    with DifficultServer(Moods(busy_at_connect=NEVER)).open() as server:
        server.most_failures = 2
        send(server)
    assert len(server.record.taken) == 2
    assert set(issue.deliveries.values_list("attempts", flat=True)) == {1}


def test_where_no_mail_leaves_the_sender_says_so(settings: Settings) -> None:
    settings.MAIL_LEAVES = False
    with pytest.raises(CommandError, match="EMAIL_URL is not set"):
        call_command("send", once=True)


def test_by_a_provider_each_letter_is_handed_over_with_its_headers(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    make_readers(3)
    issue = begun()
    assert WayOut.from_settings() is None
    send(None)

    assert state_of(issue) == Issue.State.SENT
    letters = {mail.to[0]: mail for mail in outbox.outbox}
    assert sorted(letters) == [f"reader{number}@example.org" for number in (1, 2, 3)]
    one: Any = letters["reader1@example.org"]
    row = issue.deliveries.get(subscriber__email="reader1@example.org")
    assert one.extra_headers["Message-ID"] == row.message_id
    assert one.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Dear friend, walk." in one.body
    assert one.alternatives[0][1] == "text/html"
