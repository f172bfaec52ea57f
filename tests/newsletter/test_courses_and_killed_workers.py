"""Workers are killed again and again while a series of letters goes out, mid-letter and between
two. Nobody's course skips a letter, brings one twice but for the one in flight, or overtakes
itself."""

from __future__ import annotations

import signal
from itertools import groupby
from typing import Final

import pytest
from django.utils import timezone

from backsite.lib.mail.models import Message
from newsletter.models import Enrolment, SentLesson
from tests.lib.mail_sink import Sink, mail_server
from tests.lib.test_mail_worker_killed import worker
from tests.lib.waiting import wait_until

from .issues import make_readers
from .test_courses import make_course

READERS: Final = 8
LETTERS: Final = ["A", "B", "C"]
# The worker is killed each time when so many have arrived altogether.
KILLS: Final = (5, 14)


def time_passes() -> None:
    """It is time for what comes next, once what was written has left."""
    if Message.objects.waiting().exists():
        return
    now = timezone.now()
    Enrolment.objects.under_way().filter(due_at__gt=now).update(due_at=now)


@pytest.mark.django_db(transaction=True)
def test_no_letter_is_skipped_or_overtaken_when_workers_are_killed() -> None:
    course = make_course(*LETTERS, wait=0)
    for person in make_readers(READERS):
        Enrolment.begin(person, course)
    with mail_server() as sink:
        for count in KILLS:
            with worker(sink) as process:
                wait_until(lambda count=count: arrived(sink) >= count)  # type: ignore[misc]  # bound
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            assert Enrolment.objects.under_way().exists()
            free_the_leases()
        with worker(sink):
            wait_until(all_have_finished)

    for number in range(1, READERS + 1):
        address = f"reader{number}@example.org"
        theirs = [str(mail["Subject"]) for mail in sink.arrived if mail["To"] == address]
        assert [subject for subject, _ in groupby(theirs)] == LETTERS, address
    # Whoever got one twice got the very same message, and it happened once a kill at most.
    assert len(set(sink.ids)) == READERS * len(LETTERS) == SentLesson.objects.count()
    assert len(sink.ids) <= READERS * len(LETTERS) + len(KILLS)


def arrived(sink: Sink) -> int:
    time_passes()
    return len(sink.arrived)


def all_have_finished() -> bool:
    time_passes()
    return not Enrolment.objects.under_way().exists()


def free_the_leases() -> None:
    """Three minutes pass: what the dead worker held is free again."""
    for rows in (Enrolment.objects, Message.objects):
        rows.exclude(leased_until=None).update(leased_until=timezone.now())
