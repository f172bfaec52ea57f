"""Makes hot pages anew as soon as they were dropped, so that no reader waits for one."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from .flights import Flights
from .store import Key

log = logging.getLogger("backsite.pagecache")

MOST_WAITING: Final = 500


class Refresher:
    """One thread, one page at a time: readers come first."""

    def __init__(self, flights: Flights, warm: Callable[[], Iterable[str]]) -> None:
        self._flights = flights
        self._warm = warm
        self._waiting: queue.Queue[Key | str | None] = queue.Queue(MOST_WAITING)
        self._queued: set[Key] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="hot pages", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(10)

    def again(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if key not in self._queued and not self._waiting.full():
                self._queued.add(key)
                self._waiting.put(key)

    def warm_up(self) -> None:
        if not self._waiting.full():
            self._waiting.put("warm")

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                if isinstance(task, str):
                    self.again([key_of_address(address) for address in self._warm()])
                else:
                    self._queued.discard(task)
                    self._flights.make(task)
            except Exception:
                log.exception("A page could not be made ahead; its next reader makes it.")


def key_of_address(address: str) -> Key:
    parts = urlsplit(address)
    path = parts.path.encode("utf-8").decode("latin-1")
    return Key(parts.netloc, parts.scheme == "https", path, parts.query)
