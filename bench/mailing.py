"""A database of its own, senders, and Postfix's sink, for what `sending` measures."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import psycopg2

from backsite.lib.postgres import Server, process

from .common import ROOT, free_port

# Whatever does not come in this time does not come.
PATIENCE: Final = 240.0
TICKS: Final = os.sysconf("SC_CLK_TCK")
CONNECTIONS: Final = 24  # of each sender

# Readers like the first, but for their addresses: whatever columns there are. Only those that are
# missing are added, so that a list grows from one measurement to the next.
GROW: Final = """
from django.db import connection, transaction
from django.utils.timezone import now
from backsite.lib.pagecache.triggers import in_bulk
from newsletter.models import Letter, Subscriber
wanted, have = {readers}, Subscriber.objects.count()
if not have:
    Subscriber.objects.create(
        email="reader0@example0.org", first_name="Anna", state="confirmed", confirmed_at=now())
    have = 1
names = ", ".join(field.column for field in Subscriber._meta.concrete_fields
                  if field.column not in ("id", "email"))
with transaction.atomic(), in_bulk(connection), connection.cursor() as cursor:
    cursor.execute(
        f"INSERT INTO newsletter_subscriber (email, {{names}}) SELECT 'reader' || n || '@example'"
        f" || n %% 7 || '.org', {{names}} FROM (SELECT * FROM newsletter_subscriber ORDER BY id"
        f" LIMIT 1) one, generate_series(%s, %s) n", [have, wanted - 1])
    cursor.execute(
        "INSERT INTO newsletter_choice (subscriber_id, letter_id, since)"
        " SELECT id, %s, now() FROM newsletter_subscriber ON CONFLICT DO NOTHING",
        [Letter.first().pk])
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE newsletter_subscriber, newsletter_choice")
"""
BEGIN: Final = """
import json, time
from newsletter.models import Issue, Letter
words = "<p>Walking helps your back, and so does a good night. It really does.</p>"
issue = Issue.objects.create(
    letter=Letter.first(), subject="Walking", body=words * {paragraphs})
issue.send_now(by=None)
issue.refresh_from_db()
begin = time.monotonic()
issue.perform()
seconds = time.monotonic() - begin
print("RESULT", json.dumps(
    {{"issue": issue.pk, "seconds": seconds, "rows": issue.deliveries.count()}}))
"""
PARAGRAPHS: Final = 80  # make a letter of 20 kB


class Site:
    """Everything it starts ends when it does."""

    def __init__(self, mail_port: int) -> None:
        self._mail_port = mail_port
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as ends:
            folder = Path(tempfile.mkdtemp(prefix="backsite-bench-"))
            ends.callback(shutil.rmtree, folder, ignore_errors=True)
            folder.chmod(0o755)
            self._server = Server(folder / "var")
            ends.callback(shutil.rmtree, self._server.place.home, ignore_errors=True)
            self._server.start()
            ends.callback(self._server.stop)
            at = self._server.connection
            login = f"{at['USER']}:{quote(str(at['PASSWORD']))}"
            self.environment = {
                **os.environ,
                "DATABASE_URL": f"postgres://{login}@/{at['NAME']}?host={at['HOST']}",
                "BACKSITE_DATA": str(folder / "var"),
                "EMAIL_URL": f"smtp+plain://127.0.0.1:{self._mail_port}",
                "LOG_LEVEL": "ERROR",
            }
            self.manage("migrate", "--verbosity", "0")
            self._database = psycopg2.connect(
                dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], host=at["HOST"]
            )
            self._database.autocommit = True
            ends.callback(self._database.close)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.close()

    @contextmanager
    def command(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        running = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield running
        finally:
            end(running)

    def manage(self, *words: str) -> str:
        with self.command(*words) as running:
            said, _ = running.communicate(timeout=PATIENCE)
        if running.returncode:
            raise RuntimeError(f"manage.py {words[0]} failed; its error is above.")
        return said

    def run(self, script: str) -> dict[str, Any]:
        said = self.manage("shell", "--no-imports", "-c", script)
        found: dict[str, Any] = json.loads(said.rpartition("RESULT")[2] or "{}")
        return found

    def grow_to(self, readers: int) -> None:
        self.run(GROW.format(readers=readers))

    def begin_issue(self) -> dict[str, Any]:
        """An issue to everybody: its key, how long its ledger took, and how many rows it has."""
        return self.run(BEGIN.format(paragraphs=PARAGRAPHS))

    def ask(self, statement: str, *values: object) -> Any:
        """The one row of the answer."""
        with self._database.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()

    def sent(self, issue: int) -> int:
        statement = (
            "SELECT count(*) FROM newsletter_delivery WHERE issue_id = %s AND state = 'sent'"
        )
        return int(self.ask(statement, issue)[0])

    @contextmanager
    def senders(self, count: int) -> Iterator[list[int]]:
        """So many processes, each ready to send; their numbers."""
        with ExitStack() as all_of_them:
            words = ("send", "--connections", str(CONNECTIONS))
            running = [all_of_them.enter_context(self.command(*words)) for _ in range(count)]
            known = "SELECT count(*) FROM newsletter_sender"
            wait_until(lambda: self.ask(known)[0] >= count, "the senders to start")
            yield [each.pid for each in running]

    def database_seconds(self) -> float:
        """Processor time of PostgreSQL's processes, with those that have ended."""
        first = process.postmaster(self._server.place.cluster)
        assert first is not None
        living = sum(processor_seconds(pid) for pid in self._server_processes())
        return living + processor_seconds(first, ended=True) - processor_seconds(first)

    def _server_processes(self) -> set[int]:
        return process.inhabitants(self._server.place.cluster.resolve())


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Waited {PATIENCE:.0f} seconds for {what}.")
        time.sleep(0.2)


def end(running: subprocess.Popen[str]) -> None:
    """In order, or else not."""
    running.terminate()
    try:
        running.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()


def processor_seconds(pid: int, *, ended: bool = False) -> float:
    """`ended`: with its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if ended else 13])) / TICKS


def peak_kilobytes(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


class Postfix:
    """smtp-sink and smtp-source, from the PATH or fetched with `apt-get download`: nothing is
    installed, and no daemon is started. Where there are none, a sink in Python and no peer."""

    def __init__(self, programs: Path | None, libraries: Path | None = None) -> None:
        self._programs = programs
        self._environment = dict(os.environ)
        if libraries:
            self._environment["LD_LIBRARY_PATH"] = str(libraries)

    @property
    def is_there(self) -> bool:
        return self._programs is not None

    @classmethod
    @contextmanager
    def found(cls) -> Iterator[Postfix]:
        for place in [*os.environ["PATH"].split(os.pathsep), "/usr/sbin"]:
            if (Path(place) / "smtp-source").exists():
                yield cls(Path(place))
                return
        with tempfile.TemporaryDirectory(prefix="backsite-postfix-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            yield cls(*_fetched(folder))

    @contextmanager
    def sink(self) -> Iterator[tuple[int, int | None]]:
        """(its port, its process where it is one of its own)."""
        if self._programs is None:
            from tests.newsletter.difficult_server import DifficultServer, Moods

            with DifficultServer(Moods()).open() as server:
                yield server.port, None
            return
        port = free_port()
        # As root it wants to become somebody else.
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        command = [str(self._programs / "smtp-sink"), *user, f"127.0.0.1:{port}", "500"]
        with subprocess.Popen(command, env=self._environment, text=True) as running:
            try:
                time.sleep(0.5)
                yield port, running.pid
            finally:
                end(running)

    def source(self, port: int, letters: int, size: int) -> float:
        """Messages a second of the same size on as many connections as two senders have."""
        assert self._programs is not None
        command = [str(self._programs / "smtp-source"), "-s", str(CONNECTIONS * 2)]
        command += ["-l", str(size), "-m", str(letters), f"127.0.0.1:{port}"]
        begin = time.monotonic()
        subprocess.run(command, env=self._environment, check=True, timeout=PATIENCE)
        return letters / (time.monotonic() - begin)


def _fetched(folder: Path) -> tuple[Path | None, Path | None]:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return None, None
    got = subprocess.run(
        ["apt-get", "-qq", "download", "postfix"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    packages = list(folder.glob("postfix_*.deb"))
    if got.returncode or not packages:
        return None, None
    subprocess.run(["dpkg", "-x", packages[0], folder], check=True)
    return folder / "usr/sbin", folder / "usr/lib/postfix"
