"""Senders are killed again and again in the middle of an issue, the mail server fails in
every way there is, and the database is killed once. Nobody is skipped; a letter comes twice
only where nobody can know whether it came once; both copies have the same Message-ID."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings

from backsite.lib.postgres import Server, process
from tests.newsletter.difficult_server import DifficultServer, Moods

READERS: Final = 5_000
KILLS: Final = 24
# After so many kills the database is killed, too.
DATABASE_KILLED_AFTER: Final = 12
SENDERS: Final = 2
CONNECTIONS: Final = 4
PATIENCE: Final = 240.0  # seconds, on a busy machine too
MOODS: Final = Moods(
    busy_at_connect=0.02,
    later_at_sender=0.002,
    later_at_recipient=0.02,
    never_at_recipient=0.005,
    drop_in_text=0.004,
    later_after_text=0.01,
    never_after_text=0.002,
    take_and_drop=0.002,
    take_and_hang=0.001,
)


class Site:
    """A database of its own, and senders."""

    def __init__(self, data: Path, mail_port: int) -> None:
        self.senders: list[int] = []
        self.server = Server(data)
        self.server.start()
        at = self.server.connection
        self.address = {
            "dbname": at["NAME"],
            "user": at["USER"],
            "password": at["PASSWORD"],
            "host": at["HOST"],
        }
        login = f"{at['USER']}:{quote(str(at['PASSWORD']))}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.newsletter.senders", str(READERS), str(CONNECTIONS)],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "backsite.settings",
                "DATABASE_URL": f"postgres://{login}@/{at['NAME']}?host={at['HOST']}",
                "EMAIL_URL": f"smtp+plain://127.0.0.1:{mail_port}",
                "MAIL_PATIENCE_SECONDS": "2",
                "LOG_LEVEL": "ERROR",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said()

    def said(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, "the process that starts the senders has ended; its error is above"
        return line

    def start_sender(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("send\n")
        self.process.stdin.flush()
        self.senders.append(int(self.said()))

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(**self.address)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def time_passes(self, dead: list[int]) -> None:
        """Long enough for what was refused for a while, and for the dead to be missed."""
        self.sql("UPDATE newsletter_delivery SET due_at = now() WHERE due_at > now()")
        names = [f"{socket.gethostname()} {pid}" for pid in dead]
        self.sql(
            "UPDATE newsletter_sender SET seen_at = now() - interval '1 hour' WHERE name = ANY(%s)",
            names,
        )

    def kill_the_database(self) -> None:
        postmaster = process.postmaster(self.server.place.cluster)
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        self.server.start()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.server.stop()


@pytest.fixture
def mail() -> Iterator[DifficultServer]:
    with DifficultServer(MOODS).open() as server:
        yield server


@pytest.fixture
def site(mail: DifficultServer) -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="backsite-test-"))
    folder.chmod(0o755)
    made = Site(folder / "var", mail.port)
    try:
        yield made
    finally:
        for pid in made.senders:
            kill(pid)
        made.close()
        shutil.rmtree(made.server.place.home, ignore_errors=True)
        shutil.rmtree(folder)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_nobody_is_skipped_and_only_what_is_in_doubt_is_repeated(
    site: Site, mail: DifficultServer
) -> None:
    chance = random.Random(1)
    for _ in range(SENDERS):
        site.start_sender()
    for number in range(1, KILLS + 1):
        assert mail.wait_for(number * READERS // (KILLS + 4), PATIENCE)
        threading.Event().wait(chance.random() * 0.05)  # at any moment of a letter
        victim = site.senders.pop(chance.randrange(SENDERS))
        kill(victim)
        if number == DATABASE_KILLED_AFTER:
            site.kill_the_database()
        site.start_sender()
        site.time_passes([victim])
    wait_for_the_end(site)

    assert_all_were_reached(site, mail)
    assert_repeats_were_in_doubt(mail)
    assert set(mail.record.failures) == {mood for mood, odds in vars(MOODS).items() if odds < 1}


def wait_for_the_end(site: Site) -> None:
    deadline = time.monotonic() + PATIENCE
    while site.sql("SELECT state FROM newsletter_issue") != [("sent",)]:
        assert time.monotonic() < deadline, site.sql(
            "SELECT state, sender_id, count(*), max(answer) FROM newsletter_delivery GROUP BY 1, 2"
        )
        site.time_passes([])
        threading.Event().wait(0.2)


def assert_all_were_reached(site: Site, mail: DifficultServer) -> None:
    """Each reader got it, or the server has refused them for good; the ledger says which."""
    ledger = site.sql(
        "SELECT person.email, row.state, issue.key, row.id, row.answer FROM newsletter_delivery row"
        " JOIN newsletter_subscriber person ON person.id = row.subscriber_id"
        " JOIN newsletter_issue issue ON issue.id = row.issue_id"
    )
    assert len(ledger) == READERS
    arrived = {address for address, _ in mail.record.taken}
    sent = {email for email, state, *_ in ledger if state == "sent"}
    refused = {email for email, state, *_ in ledger if state == "refused"}
    # A letter in doubt that is refused when it is repeated has arrived all the same.
    assert sent <= arrived
    assert refused <= mail.record.refused
    assert len(sent | refused) == READERS
    ids = {email: f"<i{row}.{key}@" for email, _, key, row, _ in ledger}
    assert all(name.startswith(ids[address]) for address, name in mail.record.taken)


def assert_repeats_were_in_doubt(mail: DifficultServer) -> None:
    copies = Counter(name for _, name in mail.record.taken)
    for name, count in copies.items():
        assert count - 1 <= mail.record.in_doubt[name], name
    repeats = sum(count - 1 for count in copies.values())
    mishaps = mail.record.failures["take_and_drop"] + mail.record.failures["take_and_hang"]
    assert repeats <= mishaps + KILLS * CONNECTIONS
