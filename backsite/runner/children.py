"""The processes that `run` starts, and how they end."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# Seconds between a child's death and its next start: short at first, for a crash that
# does not repeat; never so long that a healed machine waits for us.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0  # seconds of life after which a crash counts as the first again


class Child:
    """One program that ought to run, in a process group of its own: Ctrl-C in the
    terminal reaches `run` alone, which ends its children in order."""

    def __init__(
        self, name: str, command: list[str], say: Callable[[str], None], *, nice: int = 0
    ) -> None:
        self.name, self.command, self.say, self.nice = name, command, say, nice
        self.process: subprocess.Popen[bytes] | None = None
        self.pause = FIRST_PAUSE
        self.started = self.due = 0.0

    def start(self) -> None:
        """Call it from the main thread: on Linux a child ends with the thread that
        started it."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_begin(os.getpid(), self.nice),  # noqa: PLW1509 - no other thread runs here
        )

    def look(self) -> int | None:
        """Buries it if it died and starts it again when its pause is over. Returns the
        code of a death just noticed."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.kill()
        if now - self.started > STEADY:
            self.pause = FIRST_PAUSE
        self.due, self.process = now + self.pause, None
        self.say(f"The {self.name} ended ({_how(code)}); starting it again.")
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return code

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """It and whatever it started, now."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):  # nobody is left in the group
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _how(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name


def end_with_parent() -> None:
    """If the process that started this one is killed, the system asks this one to end.
    Elsewhere than on Linux it is then left for the person who did it."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _begin(parent: int, nice: int) -> Callable[[], None]:
    def before_exec() -> None:
        os.nice(nice)
        end_with_parent()
        if os.getppid() != parent:  # it was killed before we asked
            os._exit(1)

    return before_exec
