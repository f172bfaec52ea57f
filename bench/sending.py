"""Personal letters a second, beside what Postfix's smtp-source and a plain Django loop reach
against the same mail sink in the same run; what signing costs; the ledger for a million
readers, and the sender's memory with it.

The sink and smtp-source are Postfix's own, from the PATH or fetched with `apt-get download`
(nothing is installed). Everything shares this machine's processors: sender, database, sink.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from backsite.lib.postgres import Server

from .common import ROOT, Row, free_port, median

READERS: Final = 20_000
BYTES: Final = 20_480
CONNECTIONS: Final = 24
SENDERS: Final = 2
LOOP: Final = 2_000
MILLION: Final = 1_000_000
FEW: Final = 1_000
PER_SECOND: Final = 2_500
LEDGER_SECONDS: Final = 30.0
# "Flat": what the interpreter itself gives and takes.
MEMORY_SPARE: Final = 1.15

SCRIPT: Final = """
import json, time
from django.db import connection
from django.utils.timezone import now
from newsletter.models import Issue, Letter, Subscriber
readers = {readers}
with connection.cursor() as cursor:
    cursor.execute("TRUNCATE newsletter_subscriber, newsletter_issue CASCADE")
    # All like the first, but for their addresses: whatever columns there are.
    one = Subscriber.objects.create(
        email="reader0@example.org", first_name="Anna", state="confirmed", confirmed_at=now())
    names = [field.column for field in Subscriber._meta.concrete_fields
             if field.column not in ("id", "email")]
    rest = ", ".join(names)
    cursor.execute(
        f"INSERT INTO newsletter_subscriber (email, {{rest}}) SELECT 'reader' || n || '@example'"
        f" || n %% 7 || '.org', {{rest}} FROM newsletter_subscriber, generate_series(2, %s) n",
        [readers])
    letter = Letter.first()
    cursor.execute(
        "INSERT INTO newsletter_choice (subscriber_id, letter_id, since)"
        " SELECT id, %s, now() FROM newsletter_subscriber", [letter.pk])
    cursor.execute("VACUUM ANALYZE")
words = "<p>Walking helps your back, and so does a good night. It really does.</p>"
issue = Issue.objects.create(letter=letter, subject="Walking", body=words * {paragraphs})
issue.send_now(by=None)
issue.refresh_from_db()
begin = time.monotonic()
issue.perform()
print("RESULT", json.dumps({{"seconds": time.monotonic() - begin,
                             "rows": issue.deliveries.count()}}))
"""
RATE: Final = """
import json
from django.db.models import Count, Max, Min
from newsletter.models import Delivery
found = Delivery.objects.sent().aggregate(n=Count("pk"), a=Min("settled_at"), b=Max("settled_at"))
seconds = (found["b"] - found["a"]).total_seconds() if found["n"] else 0
print("RESULT", json.dumps({"sent": found["n"], "seconds": seconds}))
"""
# As the tutorials do it: one connection, each message built by Django's classes.
PLAIN_LOOP: Final = """
import json, time
from django.core.mail import EmailMultiAlternatives, get_connection
from newsletter.models import Issue, Subscriber
issue = Issue.objects.get()
people = list(Subscriber.objects.all()[:%d])
begin = time.monotonic()
with get_connection() as way_out:
    for person in people:
        text, html = (part.replace("[[first_name|friend]]", person.first_name)
                      for part in (issue.text, issue.html))
        mail = EmailMultiAlternatives("Walking", text, None, [person.email], connection=way_out,
                                      headers={"List-Unsubscribe": person.leave_path})
        mail.attach_alternative(html, "text/html")
        mail.send()
print("RESULT", json.dumps({"seconds": time.monotonic() - begin}))
"""
PARAGRAPHS: Final = 95  # make a letter of 20 kB


def measure() -> list[Row]:
    postfix = Postfix.find()
    rows: list[Row] = []
    with Bench() as bench, postfix.sink() as port:
        bench.mail_port = port
        source = median(lambda: postfix.source(port)) if postfix.is_there else 0.0
        beside = f"smtp-source {source:,.0f}/s" if source else "no smtp-source here"
        off = median(bench.letters_per_second)
        rows.append(
            Row(
                f"letters of 20 kB, {READERS:,} readers",
                f"{off:,.0f}/s",
                f"limit {PER_SECOND:,}/s; {beside}",
                failed=off < PER_SECOND,
            )
        )
        plain = bench.run(PLAIN_LOOP % LOOP)
        rows.append(
            Row(
                "the same by a plain Django loop",
                f"{LOOP / plain['seconds']:,.0f}/s",
                "one process",
            )
        )
        bench.make_key()
        on = bench.letters_per_second()
        rows.append(Row("the same, signed (DKIM, 2,048 bits)", f"{on:,.0f}/s", beside))
        rows += bench.a_million()
    return rows


class Bench:
    """A database of its own, and senders."""

    def __init__(self) -> None:
        self.mail_port = 0

    def __enter__(self) -> Bench:
        self.folder = Path(tempfile.mkdtemp(prefix="backsite-bench-"))
        self.folder.chmod(0o755)
        self.server = Server(self.folder / "var")
        self.server.start()
        at = self.server.connection
        login = f"{at['USER']}:{quote(str(at['PASSWORD']))}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"postgres://{login}@/{at['NAME']}?host={at['HOST']}",
            "BACKSITE_DATA": str(self.folder / "var"),
            "LOG_LEVEL": "ERROR",
        }
        self.manage("migrate", "--verbosity", "0")
        return self

    def __exit__(self, *error: object) -> None:
        self.server.stop()
        shutil.rmtree(self.server.place.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words: str) -> subprocess.Popen[str]:
        way_out = {"EMAIL_URL": f"smtp+plain://127.0.0.1:{self.mail_port}"}
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**self.environment, **way_out},
            stdout=subprocess.PIPE,
            text=True,
        )

    def manage(self, *words: str) -> str:
        with self.command(*words) as running:
            said, _ = running.communicate()
        if running.returncode:
            raise RuntimeError(f"manage.py {words[0]} failed; its error is above.")
        return said

    def run(self, script: str) -> dict[str, Any]:
        said = self.manage("shell", "--no-imports", "-c", script)
        found: dict[str, Any] = json.loads(said.rpartition("RESULT")[2])
        return found

    def make_key(self) -> None:
        self.manage("make_dkim_key", "--selector", "bench")
        self.environment["DKIM_SELECTOR"] = "bench"

    def begin(self, readers: int) -> dict[str, Any]:
        return self.run(SCRIPT.format(readers=readers, paragraphs=PARAGRAPHS))

    def letters_per_second(self) -> float:
        """From the first letter that was written down to the last: without the start."""
        self.begin(READERS)
        senders = [self.sender("--once") for _ in range(SENDERS)]
        for sender in senders:
            sender.communicate()
        told = self.run(RATE)
        if told["sent"] != READERS:
            raise RuntimeError(f"Only {told['sent']} of {READERS} letters were sent.")
        return float(READERS / told["seconds"])

    def sender(self, *words: str) -> subprocess.Popen[str]:
        return self.command("send", "--connections", str(CONNECTIONS), *words)

    def a_million(self) -> list[Row]:
        self.begin(FEW)
        few = self._peak_after(FEW)
        ledger = self.begin(MILLION)
        many = self._peak_after(READERS)
        return [
            Row(
                "the ledger for 1,000,000 readers",
                f"{ledger['seconds']:.1f} s",
                f"limit {LEDGER_SECONDS:.0f} s",
                failed=ledger["seconds"] > LEDGER_SECONDS or ledger["rows"] != MILLION,
            ),
            Row(
                "a sender’s memory, 1,000 readers",
                f"{few / 1024:.0f} MB",
                "at its most",
            ),
            Row(
                "a sender’s memory, 1,000,000 readers",
                f"{many / 1024:.0f} MB",
                f"limit {MEMORY_SPARE:.2f} times that",
                failed=many > few * MEMORY_SPARE,
            ),
        ]

    def _peak_after(self, letters: int) -> int:
        """The most kilobytes that one sender needed until so many letters were out."""
        sender = self.sender()
        peak = 0
        try:
            while self.run(RATE)["sent"] < letters:
                time.sleep(0.5)
            status = Path(f"/proc/{sender.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+)", status)
            peak = int(found[1]) if found else 0
        finally:
            sender.terminate()
            sender.communicate()
        return peak


class Postfix:
    """smtp-sink and smtp-source; where there are none, a sink in Python and no peer."""

    def __init__(self, programs: Path | None, libraries: Path | None = None) -> None:
        self._programs = programs
        self._environment = dict(os.environ)
        if libraries:
            self._environment["LD_LIBRARY_PATH"] = str(libraries)

    @property
    def is_there(self) -> bool:
        return self._programs is not None

    @classmethod
    def find(cls) -> Postfix:
        for place in [*os.environ["PATH"].split(os.pathsep), "/usr/sbin"]:
            if (Path(place) / "smtp-source").exists():
                return cls(Path(place))
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            return cls(None)
        folder = Path(tempfile.mkdtemp(prefix="backsite-postfix-"))
        folder.chmod(0o755)
        fetched = subprocess.run(
            ["apt-get", "-qq", "download", "postfix"], cwd=folder, capture_output=True, check=False
        )
        packages = list(folder.glob("postfix_*.deb"))
        if fetched.returncode or not packages:
            return cls(None)
        subprocess.run(["dpkg", "-x", packages[0], folder], check=True)
        return cls(folder / "usr/sbin", folder / "usr/lib/postfix")

    @contextmanager
    def sink(self) -> Iterator[int]:
        if self._programs is None:
            from tests.newsletter.difficult_server import DifficultServer, Moods

            with DifficultServer(Moods()).open() as server:
                yield server.port
            return
        port = free_port()
        # As root it wants to become somebody else.
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        command = [str(self._programs / "smtp-sink"), *user, f"127.0.0.1:{port}", "500"]
        with subprocess.Popen(command, env=self._environment) as running:
            try:
                time.sleep(0.5)
                yield port
            finally:
                running.terminate()

    def source(self, port: int) -> float:
        """Messages a second of the same size on as many connections."""
        assert self._programs is not None
        command = [str(self._programs / "smtp-source"), "-s", str(CONNECTIONS * SENDERS)]
        command += ["-l", str(BYTES), "-m", str(READERS), f"127.0.0.1:{port}"]
        begin = time.monotonic()
        subprocess.run(command, env=self._environment, check=True)
        return READERS / (time.monotonic() - begin)
