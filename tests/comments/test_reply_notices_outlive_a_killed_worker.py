"""A worker that is killed while it tells readers of replies: each mail goes, and goes once."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from backsite.lib.mail.models import Message
from comments.models import Following, Reader, ReplyNotice
from tests.factories import make_article, make_comment, make_staff
from tests.lib.mail_sink import mail_server
from tests.lib.test_mail_worker_killed import PATIENCE, worker
from tests.lib.waiting import wait_until

READERS = 10
REPLIES = 3  # to each of them
MAILS = READERS * REPLIES


@pytest.mark.django_db(transaction=True)
def test_each_reader_gets_one_mail_for_each_reply() -> None:
    staff, article = make_staff(), make_article()
    type(staff).objects.update(email="")  # nobody is told of new comments here
    replies = []
    for number in range(READERS):
        question = make_comment(article, email=f"reader{number}@example.org")
        Reader.of(question.email).confirm()
        Following.begin(question)
        replies += [make_comment(article, parent=question, approved=False) for _ in range(REPLIES)]
    for reply in replies:
        reply.approve(by=staff)

    written = Message.objects.filter(template="comments/mail/replied")
    kills: list[Callable[[], bool]] = [
        lambda: ReplyNotice.objects.filter(told_at__isnull=False).count() >= 5,
        lambda: written.count() >= 15,
        lambda: written.sent().count() >= 10,
    ]
    mine = connections()
    with mail_server() as sink:
        for number, done in enumerate(kills):
            with worker(sink) as process:
                wait_until(done)
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            if number == 0:
                assert ReplyNotice.objects.filter(told_at=None).exists(), "killed among notices"
            # What it had sent to the database is done first. Then three minutes pass: what it
            # held is free again.
            wait_until(lambda: connections() <= mine)
            for model in (ReplyNotice, Message):
                model.objects.exclude(leased_until=None).update(leased_until=timezone.now())
        # One round tells of the replies that are left, the next sends those mails.
        for _ in range(2):
            with worker(sink, "--once") as process:
                assert process.wait(PATIENCE) == 0

    assert written.count() == written.sent().count() == MAILS
    told = Counter(
        str(mail["To"]) for mail in {str(m["Message-ID"]): m for m in sink.arrived}.values()
    )
    assert told == {f"reader{number}@example.org": REPLIES for number in range(READERS)}
    # Only a mail in a dead worker's hand may come twice, and it is the very same message.
    assert len(set(sink.ids)) == MAILS
    assert len(sink.ids) <= MAILS + len(kills)


def connections() -> set[int]:
    """Who is connected to the test's database, other tests' browsers included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}
