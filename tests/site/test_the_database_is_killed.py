"""Fifty people write at once under one article, no mail server answers, and PostgreSQL is
killed and started again in the middle. Every comment that the site has acknowledged is there,
once, as the checks left it; when the mail server is back staff are told of each, once; and
the site has come back by itself."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg2
import pytest

from backsite.lib.postgres import Server, process
from tests.lib.mail_sink import Sink, mail_server
from tests.lib.waiting import wait_until
from tests.site.running import PATIENCE, Run, free_port, status

PEOPLE: Final = 50
EACH: Final = 2
COMMENTS: Final = PEOPLE * EACH
# How many are in when the database is killed: enough before, enough still to come.
KILLED_AFTER: Final = 20

KEPT: Final = "SELECT text FROM comments_comment WHERE email LIKE 'reader%'"
# A first comment is held for a person to look at, and nothing more.
STATES: Final = "SELECT DISTINCT state FROM comments_comment WHERE email LIKE 'reader%'"
# Nobody is told before the checks have had their time: a minute passes.
A_MINUTE: Final = """
    UPDATE comments_comment SET created_at = created_at - interval '1 minute'
    WHERE email LIKE 'reader%'"""
ALERTS: Final = """
    SELECT comment.text, letter.message_id, letter.sent_at FROM comments_alert alert
    JOIN comments_comment comment ON comment.id = alert.comment_id
    LEFT JOIN mail_message letter ON letter.id = alert.message_id
    WHERE alert.kind = 'new' AND comment.email LIKE 'reader%'"""


@pytest.fixture
def mail_port() -> int:
    """Where the mail server would be."""
    return free_port()


@pytest.fixture
def site(mail_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("EMAIL_URL", f"smtp+plain://127.0.0.1:{mail_port}")
    folder = Path(tempfile.mkdtemp(prefix="backsite-test-"))
    folder.chmod(0o755)
    run = Run(folder / "var", free_port())
    try:
        run.until("Ctrl-C stops everything.")
        run.keep_reading()
        yield run
    finally:
        run.stop()
        server = Server(folder / "var")
        server.stop()
        shutil.rmtree(server.place.home, ignore_errors=True)
        shutil.rmtree(folder)


class Writers:
    """People who all write at once, and send again what did not arrive."""

    def __init__(self, port: int, action: str) -> None:
        self.port, self.action = port, action
        self.acknowledged: list[str] = []
        self.turned_away: list[str] = []
        self.many_are_in, self.begin = threading.Event(), threading.Barrier(PEOPLE)
        self.pause = threading.Event()  # nobody sets it
        self.deadline = time.monotonic() + PATIENCE
        self.threads = [
            threading.Thread(target=self._write, args=(writer,), daemon=True)
            for writer in range(PEOPLE)
        ]

    def _write(self, writer: int) -> None:
        texts = [f"{uuid4()} {uuid4()}" for _ in range(EACH)]
        self.begin.wait()
        for text in texts:
            while not self._sent(writer, text) and time.monotonic() < self.deadline:
                self.pause.wait(0.1)

    def _sent(self, writer: int, text: str) -> bool:
        """Whether the site says that it has it; otherwise the words must have come back."""
        own = f"127.0.{writer}.1", 0  # each from a network of their own
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=own)
        email = f"reader{writer}@example.org"
        words = {"text": text, "name": f"Reader {writer}", "email": email, "website": ""}
        headers = {
            "Host": f"localhost:{self.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", self.action, urllib.parse.urlencode(words), headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        if answer.status == 302:
            self.acknowledged.append(text)
            if len(self.acknowledged) >= KILLED_AFTER:
                self.many_are_in.set()
            return True
        assert answer.status == 503, page
        assert text in page, "the words must be on the page that comes back"
        self.turned_away.append(text)
        return False


def test_no_comment_is_lost_and_none_is_untold_and_the_site_comes_back(
    site: Run, mail_port: int
) -> None:
    rows(site, "UPDATE auth_user SET email = 'ada@example.org'")
    before = site.child("granian"), site.child("worker")
    writers = Writers(site.port, comment_form(site.port))
    for thread in writers.threads:
        thread.start()
    assert writers.many_are_in.wait(60)
    postmaster = process.postmaster(Server(site.data).place.cluster)
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    for thread in writers.threads:
        thread.join(PATIENCE)
    assert len(writers.acknowledged) == COMMENTS
    assert writers.turned_away, "the database was to be missed by somebody"
    kept = [text for (text,) in rows(site, KEPT)]
    assert sorted(kept) == sorted(writers.acknowledged), "each of them, and each once"
    assert status(site.port) == 200
    assert (site.child("granian"), site.child("worker")) == before
    assert_nothing_is_told_yet(site)
    assert rows(site, STATES) == [("held",)]
    with mail_server(mail_port) as mails:
        assert_staff_are_told_of_each(site, mails)


def assert_nothing_is_told_yet(site: Run) -> None:
    """The checks have spoken, and the letters are written and cannot leave."""
    # The leases of what the worker had in hand run out.
    rows(site, "UPDATE comments_judgement SET leased_until = NULL")
    rows(site, "UPDATE comments_alertround SET leased_until = NULL")
    rows(site, "UPDATE comments_alertchoice SET leased_until = NULL")
    judging = "SELECT 1 FROM comments_judgement WHERE due_at IS NOT NULL"
    wait_until(lambda: rows(site, judging) == [])
    rows(site, A_MINUTE)
    rows(site, "UPDATE comments_alertround SET due_at = now()")
    rows(site, "UPDATE comments_alertround SET began_at = began_at - interval '1 hour'")
    tried = "SELECT 1 FROM mail_message WHERE attempts > 0 AND last_error <> ''"
    wait_until(lambda: rows(site, tried) != [])
    assert [row for row in rows(site, ALERTS) if row[2]] == []


def assert_staff_are_told_of_each(site: Run, mails: Sink) -> None:
    """An hour passes for what waits, whatever waits for it."""

    def all_told() -> bool:
        rows(site, "UPDATE mail_message SET due_at = now() WHERE due_at > now()")
        rows(
            site,
            "UPDATE comments_alertchoice SET last_letter_at = NULL, due_at = now()"
            " WHERE due_at > now()",
        )
        return len([row for row in rows(site, ALERTS) if row[2]]) == COMMENTS

    wait_until(all_told)
    told = rows(site, ALERTS)
    assert len({text for text, _, _ in told}) == len(told) == COMMENTS, "of each, and once"
    arrived = [str(mail["Message-ID"]) for mail in mails.arrived]
    assert {letter for _, letter, _ in told} <= set(arrived)
    assert len(arrived) == len(set(arrived))


def comment_form(port: int) -> str:
    """Where the form under the first article of the home page is sent."""
    home = page_at(port, "/")
    article = re.search(r'href="(/articles/[\w-]+/)"', home)
    assert article
    form = re.search(r'action="(/comments/on/\d+/)', page_at(port, article[1]))
    assert form
    return form[1]


def page_at(port: int, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def rows(site: Run, sql: str) -> list[tuple[Any, ...]]:
    """What the site's own tables say; nothing for what is no question."""
    at = Server(site.data).connection
    connection = psycopg2.connect(
        dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], host=at["HOST"]
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()
