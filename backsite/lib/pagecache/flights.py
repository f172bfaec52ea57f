"""One render at a time for each page, however many ask."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from .day import seconds_left
from .requests import Answer, Application, ask, plain_request
from .store import LONGEST_SECONDS, MISSING_SECONDS, Headers, Key, Page, Store
from .tags import ANY_ARTICLE, HEADER, SITE, tags_of

log = logging.getLogger("backsite.pagecache")

# Waiting for somebody else's render is given up then: better twice than never.
PATIENCE_SECONDS: Final = 10.0
# What stands at an address nobody knows may be published any moment.
ANY_ADDRESS: Final = frozenset({SITE, ANY_ARTICLE})
SHORT_LIVED: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.MOVED_PERMANENTLY)
NOT_KEPT: Final = ("no-store", "private")
# Made anew for each encoding by the store.
OURS: Final = ("vary", "etag", "content-length", "content-encoding", HEADER.lower())


class VariesByPerson(Exception):
    """A page that is marked as the same for everyone is not."""


@dataclass(eq=False)
class Flight:
    """A render under way. `page` stays empty when it may not be shared."""

    begun: int
    done: threading.Event = field(default_factory=threading.Event)
    page: Page | None = None


class Flights:
    def __init__(
        self, store: Store, application: Application, shared_seconds: int, strict: bool
    ) -> None:
        self._store = store
        self._application = application
        self._shared_seconds = shared_seconds
        self._strict = strict
        self._under_way: dict[Key, Flight] = {}
        self._lock = threading.Lock()

    def make(self, key: Key) -> Page | Answer | None:
        """The page, made by the first who asks and shared with those who wait; an answer
        that is not to be shared; or None when the caller had better ask for itself."""
        with self._lock:
            flight = self._under_way.get(key)
            if flight is None:
                mine = self._under_way[key] = Flight(self._store.generation)
        if flight is None:
            return self._lead(key, mine)
        flight.done.wait(PATIENCE_SECONDS)
        page = flight.page
        # It was begun before this reader came: something may have changed in between.
        if page is not None and self._store.is_true(page.tags, flight.begun):
            return page
        return None

    def _lead(self, key: Key, flight: Flight) -> Page | Answer:
        try:
            # A page belongs to the day on which it was begun.
            midnight = time.monotonic() + seconds_left()
            answer = ask(self._application, plain_request(key))
            page = self._page_of(answer, midnight - time.monotonic())
            if page is None:
                return answer
            self._store.put(key, page, flight.begun)
            flight.page = page
            return page
        finally:
            with self._lock:
                self._under_way.pop(key, None)
            flight.done.set()

    def _page_of(self, answer: Answer, left: float) -> Page | None:
        """The page that others may see too, if this answer is one. `left`: how many seconds
        its day has left."""
        code = int(answer.status[:3])
        tags = tags_of(answer.headers)
        seconds = min(LONGEST_SECONDS, left)
        if code in SHORT_LIVED and not tags:
            tags, seconds = ANY_ADDRESS, min(MISSING_SECONDS, seconds)
        elif code != HTTPStatus.OK or not tags:
            return None
        names = {name.lower(): value.lower() for name, value in answer.headers}
        if "set-cookie" in names or "cookie" in names.get("vary", ""):
            if self._strict:
                raise VariesByPerson(f"{answer.status}, {names}")
            log.error("A page that says it is for everybody varies by person; it is not kept.")
            return None
        if any(word in names.get("cache-control", "") for word in NOT_KEPT):
            return None
        headers = self._headers(answer.headers, tags, left)
        return Page(answer.status, headers, answer.body, tags, time.monotonic() + seconds)

    def _headers(self, headers: Headers, tags: frozenset[str], left: float) -> Headers:
        """Browsers ask each time and mostly hear 304; caches that can be told to drop a page
        may keep it, and find its tags in the two headers that such caches know."""
        kept = [(name, value) for name, value in headers if name.lower() not in OURS]
        if not any(name.lower() == "cache-control" for name, _ in kept):
            freshness = "public, max-age=0, must-revalidate"
            if self._shared_seconds:
                # Counted from when the page is handed out, which may be some minutes on.
                shared = min(self._shared_seconds, int(left - LONGEST_SECONDS))
                freshness += f", s-maxage={max(0, shared)}"
            kept.append(("Cache-Control", freshness))
        if self._shared_seconds:
            kept.append((HEADER, ",".join(sorted(tags))))
            kept.append(("Surrogate-Key", " ".join(sorted(tags))))
        return kept
