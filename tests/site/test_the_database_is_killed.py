"""PostgreSQL is killed in the middle of a hundred comments. None that a reader was told
is kept may be missing, and the site comes back by itself."""

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
from typing import Final

import psycopg2
import pytest

from backsite.lib.postgres import Server, process
from tests.site.running import PATIENCE, Run, free_port, status

COMMENTS: Final = 100
WRITERS: Final = 5
# How many are in when the database is killed: enough before, enough still to come.
KILLED_AFTER: Final = 30


@pytest.fixture
def site() -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="backsite-test-"))
    folder.chmod(0o755)
    run = Run(folder / "var", free_port())
    run.until("Ctrl-C stops everything.")
    yield run
    run.stop()
    server = Server(folder / "var")
    server.stop()
    shutil.rmtree(server.place.home, ignore_errors=True)
    shutil.rmtree(folder)


class Writers:
    """Readers who send their comments one after the other, and again when told to."""

    def __init__(self, port: int, action: str) -> None:
        self.port, self.action = port, action
        self.acknowledged: list[str] = []
        self.turned_away: list[str] = []
        self.many_are_in = threading.Event()
        self.deadline = time.monotonic() + PATIENCE
        self.threads = [
            threading.Thread(target=self._write, args=(writer,), daemon=True)
            for writer in range(WRITERS)
        ]

    def _write(self, writer: int) -> None:
        for number in range(COMMENTS // WRITERS):
            text = f"Comment {number} of writer {writer}."
            while not self._sent(text) and time.monotonic() < self.deadline:
                pass

    def _sent(self, text: str) -> bool:
        """Whether the site says that it has it; otherwise the words must have come back."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        words = {"text": text, "name": "Anna", "email": "anna@example.org", "website": ""}
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


def test_no_comment_that_was_acknowledged_is_lost_and_the_site_comes_back(site: Run) -> None:
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
    kept = comments_in(Server(site.data))
    assert sorted(kept) == sorted(writers.acknowledged), "each of them, and each once"
    assert status(site.port) == 200
    assert (site.child("granian"), site.child("worker")) == before


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


def comments_in(server: Server) -> list[str]:
    at = server.connection
    connection = psycopg2.connect(
        dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], host=at["HOST"]
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM comments_comment WHERE email = 'anna@example.org'")
            return [text for (text,) in cursor.fetchall()]
    finally:
        connection.close()
