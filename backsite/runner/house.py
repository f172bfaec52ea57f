"""Keeps web server, worker and database going until it is told to stop."""

from __future__ import annotations

import http.client
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from backsite.runner.children import Child
from backsite.runner.database import Watch

LOOK_EVERY = 0.25  # seconds; a child's death is noticed at once, by its signal
ANSWER_PATIENCE = 60.0  # seconds until a site that starts must have answered
STOP_PATIENCE = 10.0  # seconds to finish what is under way; then it is ended
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class House:
    def __init__(self, children: list[Child], watch: Watch) -> None:
        self.children, self.watch = children, watch
        self.stopping = False

    @contextmanager
    def open(self) -> Iterator[None]:
        """Starts the children; on leaving, by whatever way, none of them is left."""
        with self._signals():
            try:
                for child in self.children:
                    child.start()
                yield
            finally:
                self._close()

    def add(self, child: Child) -> None:
        """One more that need not be there for the site to answer."""
        child.start()
        self.children.append(child)

    def wait_for_answer(self, host: str, port: int) -> None:
        """Returns when the site answers, or when it is told to stop before."""
        deadline = time.monotonic() + ANSWER_PATIENCE
        while not self.stopping and not answers(host, port):
            for child in self.children:
                code = child.look()
                if code is not None and child is self.children[0]:
                    raise SystemExit(
                        f"The {child.name} did not start (code {code}); what it said is above."
                    )
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"The site did not answer within {ANSWER_PATIENCE:.0f} seconds; stopping."
                )
            self._wait(0.05)

    def keep_going(self) -> None:
        """Returns when told to stop: Ctrl-C, or SIGTERM from whoever started us."""
        while not self.stopping:
            for child in self.children:
                child.look()
            self.watch.look()
            self._wait(LOOK_EVERY)

    def _close(self) -> None:
        self.stopping = True
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_PATIENCE
        try:
            while not all(child.gone() for child in self.children):
                if time.monotonic() > deadline:
                    break
                self._wait(LOOK_EVERY)
        finally:
            for child in self.children:
                child.kill()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """The first request ends the loops, a second one the patience."""
        self._wake_read, wake_write = os.pipe()
        for end in (self._wake_read, wake_write):
            os.set_blocking(end, False)
        before = {number: signal.signal(number, self._told_to_stop) for number in ENDING}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._wake_read)
            os.close(wake_write)

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            raise KeyboardInterrupt
        self.stopping = True

    def _wait(self, seconds: float) -> None:
        """Until a signal comes, at most so long."""
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)


def answers(host: str, port: int) -> bool:
    """Whether anything at all comes back: even an error page is a site that runs."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def web_server(host: str, port: int, say: Callable[[str], None]) -> Child:
    """One process a core, one blocking thread each: Python runs one thread at a time
    anyway, and more of them only make the slow pages slower."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", str(_cores())]
    command += ["--blocking-threads", "1", "--no-access-log", "--log-level", "warning"]
    command += ["--respawn-failed-workers", "--respawn-interval", "0.5"]
    command += ["--workers-kill-timeout", "5", "backsite.runner.web:application"]
    return Child("web server", command, say)


def worker(say: Callable[[str], None]) -> Child:
    """Readers come first: what is due later takes the time that they leave over."""
    return Child("worker", [sys.executable, "manage.py", "worker"], say, nice=10)


def sender(say: Callable[[str], None]) -> Child:
    return Child("sender", [sys.executable, "manage.py", "send"], say, nice=10)


def _cores() -> int:
    """Those that this process may use: a container, or taskset, leaves fewer."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
