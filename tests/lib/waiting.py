"""Waiting for what another process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 240.0  # seconds for anything that ought to happen, on a busy machine too


def wait_until(done: Callable[[], bool]) -> None:
    """Returns as soon as `done` says so. Asks with a pause, because whoever does it needs
    the processor, too."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"{done.__name__} did not come true"
        threading.Event().wait(0.02)
