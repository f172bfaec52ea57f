"""Pages kept whole in this process, and which of them are still true.

Every page names what it shows by tags (`article:12`, `lists`). A change drops tags. The
number of drops so far is the generation: a page that was begun in an earlier generation
than the last drop of one of its tags was made from old data, and is never kept.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

import brotli

Headers = list[tuple[str, str]]

# Beyond this the memory of a dropped tag is forgotten, and with it all pages begun before.
MOST_TAGS: Final = 10_000
# What the tables do not tell (a review that ran out, comments that close after a month, the
# most read of these days) is at most this old.
LONGEST_SECONDS: Final = 300.0
# Missing addresses are asked for by robots in any number: few are kept, and not for long.
MISSING_SECONDS: Final = 5.0
MOST_MISSING: Final = 200
# A page's own overhead in the store: its key, headers and places in two tables.
OVERHEAD_BYTES: Final = 2_000
BROTLI_QUALITY: Final = 6
GZIP_LEVEL: Final = 6
PLAIN, GZIP, BROTLI = "", "gzip", "br"


class Key(NamedTuple):
    """`secure`: the reader came by https, also where a proxy ends it."""

    host: str
    secure: bool
    path: str
    query: str


class Variant(NamedTuple):
    """One encoding of a page as it goes out; `unchanged` are the headers of its 304."""

    body: bytes
    headers: Headers
    etag: str
    unchanged: Headers


@dataclass(eq=False)
class Page:
    """A whole answer. Its encodings are made when first asked for, and kept."""

    status: str
    headers: Headers
    body: bytes
    tags: frozenset[str]
    until: float
    hits: int = 0
    variants: dict[str, Variant] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        return self.status.startswith("404")

    def variant(self, encoding: str) -> Variant:
        found = self.variants.get(encoding)
        if found is None:
            found = self.variants[encoding] = self._encode(encoding)
        return found

    @property
    def size(self) -> int:
        return OVERHEAD_BYTES + len(self.body) + sum(len(v.body) for v in self.variants.values())

    def _encode(self, encoding: str) -> Variant:
        body = compress(self.body, encoding)
        # A strong validator (RFC 9110, 8.8.1) is another one for each encoding.
        etag = f'"{blake2b(self.body, digest_size=12).hexdigest()}{encoding and "-" + encoding}"'
        own = [("ETag", etag), ("Vary", "Accept-Encoding")]
        headers = [*self.headers, *own, ("Content-Length", str(len(body)))]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        # What a 304 says again (RFC 9110, 15.4.5), and who may read that it says it.
        kept = (
            *("cache-control", "cache-tag", "surrogate-key", "cdn-cache-control"),
            "access-control-allow-origin",
        )
        unchanged = [pair for pair in self.headers if pair[0].lower() in kept]
        return Variant(body, headers, etag, [*unchanged, *own])


def compress(body: bytes, encoding: str) -> bytes:
    if encoding == BROTLI:
        packed: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
        return packed
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if encoding == GZIP else body


class Store:
    """Safe for any number of threads. Bounded in bytes; what was not asked for longest goes."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._pages: OrderedDict[Key, tuple[Page, int]] = OrderedDict()
        self._keys: defaultdict[str, set[Key]] = defaultdict(set)
        self._dropped: dict[str, int] = {}
        self._generation = 0
        self._floor = 0
        self._missing = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def generation(self) -> int:
        return self._generation

    def get(self, key: Key) -> Page | None:
        found = self._pages.get(key)
        if found is None:
            return None
        page = found[0]
        if page.until < time.monotonic():
            with self._lock:
                self._remove(key)
            return None
        page.hits += 1
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
        return page

    def put(self, key: Key, page: Page, begun: int) -> bool:
        """Keeps a page that was begun in generation `begun`; false when it is no longer true."""
        with self._lock:
            if not self._is_true(page.tags, begun):
                return False
            self._remove(key)
            size = page.size
            if size * 4 > self.most_bytes or (page.is_missing and self._missing >= MOST_MISSING):
                return True
            self._pages[key] = (page, size)
            self.bytes += size
            self._missing += page.is_missing
            for tag in page.tags:
                self._keys[tag].add(key)
            while self.bytes > self.most_bytes:
                self._remove(next(iter(self._pages)))
        return True

    def is_true(self, tags: Iterable[str], begun: int) -> bool:
        with self._lock:
            return self._is_true(tags, begun)

    def weigh(self, key: Key) -> None:
        """Counts an encoding that was made since the page was kept."""
        with self._lock:
            found = self._pages.get(key)
            if found:
                page, before = found
                self._pages[key] = (page, page.size)
                self.bytes += page.size - before
                while self.bytes > self.most_bytes and len(self._pages) > 1:
                    self._remove(next(iter(self._pages)))

    def drop(self, tags: Iterable[str]) -> list[tuple[Key, int]]:
        """Forgets every page with one of the tags; returns which, and how often each was hit."""
        with self._lock:
            self._generation += 1
            gone: dict[Key, int] = {}
            for tag in tags:
                self._dropped[tag] = self._generation
                for key in tuple(self._keys.get(tag, ())):
                    gone[key] = self._pages[key][0].hits
                    self._remove(key)
            if len(self._dropped) > MOST_TAGS:
                self._dropped.clear()
                self._floor = self._generation
            return list(gone.items())

    def pages(self) -> dict[Key, Page]:
        with self._lock:
            return {key: page for key, (page, _) in self._pages.items()}

    def clear(self) -> None:
        """Forgets everything, also what is being made just now."""
        with self._lock:
            self._generation += 1
            self._floor = self._generation
            self._dropped.clear()
            self._pages.clear()
            self._keys.clear()
            self.bytes = self._missing = 0

    def _is_true(self, tags: Iterable[str], begun: int) -> bool:
        return begun >= self._floor and all(self._dropped.get(tag, 0) <= begun for tag in tags)

    def _remove(self, key: Key) -> None:
        found = self._pages.pop(key, None)
        if found is None:
            return
        page, size = found
        self.bytes -= size
        self._missing -= page.is_missing
        for tag in page.tags:
            keys = self._keys.get(tag)
            if keys is not None:
                keys.discard(key)
                if not keys:
                    del self._keys[tag]
