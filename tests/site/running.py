"""Runs `manage.py run` for the tests, and watches its processes."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from backsite.lib.postgres import Server, process

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0  # seconds for anything that ought to happen, on a busy machine too
SETTLED_ELSEWHERE = ("DATABASE_URL", "BACKSITE_DATA", "SITE_URL", "ALLOWED_HOSTS", "SECRET_KEY")


class Run:
    """One `manage.py run` and what it prints."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port, self.printed = data, port, ""
        self._reader: threading.Thread | None = None
        kept = {name: value for name, value in os.environ.items() if name not in SETTLED_ELSEWHERE}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--data", str(data), "--port", str(port)],
            cwd=ROOT,
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def until(self, words: str) -> None:
        """Reads on until these words appear."""
        assert self.process.stdout
        begin = len(self.printed)
        deadline = time.monotonic() + PATIENCE
        while words not in self.printed[begin:]:
            patience = max(0.0, deadline - time.monotonic())
            ready = select.select([self.process.stdout], [], [], patience)[0]
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert chunk, f"{words!r} did not appear:\n{self.printed}"
            self.printed += chunk.decode()

    def keep_reading(self) -> None:
        """In a thread of its own from now on: a site that logs much, and is not read, would
        stand still when the pipe is full."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            self.printed += chunk.decode(errors="replace")

    def end(self) -> int:
        """Waits for its end."""
        if self._reader is not None:
            self.process.wait(timeout=PATIENCE)
            self._reader.join(PATIENCE)
            return self.process.returncode
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.printed += rest.decode()
        return self.process.returncode

    def stop(self) -> int:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.end()

    def child(self, word: str) -> int:
        """The process it started whose command line has this word; 0 when there is none."""
        for pid in children(self.process.pid):
            if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return pid
        return 0

    def everybody(self) -> list[int]:
        """Web server with its processes, worker, and database."""
        pids = [self.process.pid]
        for pid in pids:
            pids += children(pid)
        return list({*pids, *process.inhabitants(Server(self.data).place.cluster)})


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold anything; state and parent follow it.
            state, of = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(of) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


def gone(pids: list[int]) -> bool:
    """Waits until all these processes have ended."""
    for pid in pids:
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = select.select([watched], [], [], 20)[0]
        os.close(watched)
        if not ended:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(port: int, address: str = "127.0.0.1") -> int:
    """What the front page answers; 0 when nobody does."""
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
