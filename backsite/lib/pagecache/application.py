"""The page cache as a WSGI callable in front of Django (PEP 3333)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Final

from . import requests
from .flights import Flights
from .listener import Listener
from .refresher import Refresher
from .requests import Answer, Application, Environ, StartResponse
from .store import BROTLI, GZIP, PLAIN, Key, Page, Store
from .tags import EVERYTHING

# Asked for that often since it was made, a page is made anew as soon as it is dropped.
HOT_HITS: Final = 10
MOST_BYTES: Final = 64 * 1024 * 1024


class PageCache:
    """Serves kept pages, and asks `application` for all else.

    `shared_seconds`: how long caches in front of us may keep a page because they are told
    to drop it; 0 when they are not. `strict`: a page that is marked as one for everybody
    and yet varies by person raises, instead of being passed on unkept. `warm` names the
    addresses (`https://host/path/`) that a new process makes before it is asked.
    """

    def __init__(
        self,
        application: Application,
        *,
        most_bytes: int = MOST_BYTES,
        shared_seconds: int = 0,
        strict: bool = False,
        warm: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.application = application
        self.store = Store(most_bytes)
        self.listening = threading.Event()
        self._flights = Flights(self.store, application, shared_seconds, strict)
        self._refresher = Refresher(self._flights, warm)
        self._last: dict[Key, Page] = {}
        self._encodings: dict[str, str] = {}
        self._process = 0
        self._lock = threading.Lock()
        self._listener: Listener | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._process != os.getpid():
            self._begin()
        key = requests.key_of(environ)
        if key is None:
            return self.application(environ, start_response)
        if not self.listening.is_set():
            return self._without_ears(key, environ, start_response)
        page = self.store.get(key)
        if page is None:
            if not requests.is_for_everybody(key.path):
                return self.application(environ, start_response)
            outcome = self._flights.make(key)
            if isinstance(outcome, Answer):
                return outcome.pass_on(environ, start_response)
            if outcome is None:
                return self.application(environ, start_response)
            page = outcome
        return self._serve(key, page, environ, start_response)

    def wait(self, seconds: float) -> bool:
        """Until this process keeps pages; false when it does not yet."""
        if self._process != os.getpid():
            self._begin()
        return self.listening.wait(seconds)

    def stop(self) -> None:
        """Ends the threads, and keeps nothing more."""
        self._refresher.stop()
        if self._listener is not None:
            self._listener.stop()
            self._listener.join(5)

    def _begin(self) -> None:
        """In each process that serves, not in one that only starts others."""
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._listener = Listener(self._heard, self._ready, self._lost)
                self._listener.start()
                self._refresher.start()

    # --- What the listener says ---------------------------------------------------------

    def _heard(self, tags: list[str]) -> None:
        if EVERYTHING in tags:
            self.store.clear()
            return
        dropped = self.store.drop(tags)
        self._refresher.again([key for key, hits in dropped if hits >= HOT_HITS])

    def _ready(self) -> None:
        self.store.clear()  # whatever changed while nobody listened
        self._last = {}
        self.listening.set()
        self._refresher.warm_up()

    def _lost(self) -> None:
        if self.listening.is_set():
            self.listening.clear()
            self._last = self.store.pages()
            self.store.clear()

    def _without_ears(
        self, key: Key, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Every page is made anew. Only where that fails for want of the database, which
        then cannot have changed for anybody, the page from before is better than none."""
        page = self._last.get(key)
        if page is None:
            return self.application(environ, start_response)
        answer = requests.ask(self.application, environ)
        if not answer.status.startswith("503"):
            return answer.pass_on(environ, start_response)
        return self._serve(key, page, environ, start_response)

    # --- Serving ------------------------------------------------------------------------

    def _serve(
        self, key: Key, page: Page, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        encoding = self._encodings.get(accepted)
        if encoding is None:
            encoding = self._negotiate(accepted)
        variant = page.variants.get(encoding)
        if variant is None:
            variant = page.variant(encoding)
            self.store.weigh(key)
        condition = environ.get("HTTP_IF_NONE_MATCH")
        if condition and requests.matches(condition, variant.etag):
            start_response("304 Not Modified", variant.unchanged)
            return []
        start_response(page.status, variant.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]

    def _negotiate(self, accepted: str) -> str:
        encoding = requests.best_encoding(accepted, (BROTLI, GZIP)) or PLAIN
        if len(self._encodings) < 500:  # browsers send a handful of forms; a scanner any number
            self._encodings[accepted] = encoding
        return encoding
