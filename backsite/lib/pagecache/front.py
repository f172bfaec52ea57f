"""Tells the page cache of nginx what has changed, on nginx's own machine.

nginx keeps pages as files and has no purge of its own. Each file begins with a record that
nginx reads at every request, and in it stands until when the page is good. That moment is set
into the past here: at the next request nginx asks the site, mostly to hear “unchanged”, and
while the site is away it goes on giving out the page it has.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .listener import Listener
from .tags import EVERYTHING, HEADER

log = logging.getLogger("backsite.pagecache")

# ngx_http_cache.h: the record's version, then until when the page is good, as two long
# integers. Since nginx 1.11.10 it is 5; a file of another version loses it and is deleted, which
# costs one request and is always right.
VERSION: Final = 5
RECORD: Final = struct.Struct("@Lq")
PAST: Final = struct.pack("@q", 1)
# The record, the key and the headers of one of our pages.
HEAD_BYTES: Final = 4_096
TAGS: Final = re.compile(rb"\n" + HEADER.encode() + rb": ([^\r\n]+)\r\n", re.IGNORECASE)
NAME: Final = re.compile(r"[0-9a-f]{32}")
# A page that was being fetched at the moment of a change comes in afterwards, and is old. After
# the last of these moments no request to the site is still under way (proxy_read_timeout).
AGAIN_AFTER: Final = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Kept:
    """What one file holds. Another inode or moment is another page."""

    inode: int
    written: int
    tags: frozenset[bytes]


class Front:
    """The files of one folder (`proxy_cache_path`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Kept] = {}

    def expire(self, tags: Iterable[str]) -> int:
        """Of all pages that show one of these; returns how many. `EVERYTHING`: of all."""
        wanted = {tag.encode() for tag in tags}
        everything = EVERYTHING.encode() in wanted
        found = dict(self._files())
        gone = [
            path for path, kept in found.items() if everything or not wanted.isdisjoint(kept.tags)
        ]
        self._known = found
        return sum(_expire(path) for path in gone)

    def _files(self) -> Iterator[tuple[str, Kept]]:
        """Only what was not there before is opened."""
        for path, entry in _walk(os.fspath(self.folder)):
            try:
                state = entry.stat()
                known = self._known.get(path)
                if known is None or known.inode != state.st_ino:
                    known = Kept(state.st_ino, state.st_mtime_ns, _tags_of(path))
                yield path, known
            except OSError:  # nginx has just replaced or removed it
                continue


def _walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path)
            elif NAME.fullmatch(entry.name):  # others are still being written
                yield entry.path, entry


def _tags_of(path: str) -> frozenset[bytes]:
    with Path(path).open("rb") as file:
        found = TAGS.search(file.read(HEAD_BYTES))
    return frozenset(found[1].split(b",")) if found else frozenset()


def _expire(path: str) -> int:
    try:
        with Path(path).open("r+b", buffering=0) as file:
            head = file.read(RECORD.size)
            if len(head) == RECORD.size and RECORD.unpack(head)[0] == VERSION:
                os.pwrite(file.fileno(), PAST, struct.calcsize("@L"))
            else:
                # nginx may hold it open: without a version it believes nothing of it.
                os.pwrite(file.fileno(), bytes(struct.calcsize("@L")), 0)
                Path(path).unlink()
    except FileNotFoundError:
        return 0
    return 1


class Purger:
    """Expires what changed, for as long as it hears; all that there is, when it may have
    missed something."""

    def __init__(self, folder: Path) -> None:
        self.front = Front(folder)
        self.listening = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._due: list[tuple[float, frozenset[str]]] = []
        self._listener = Listener(self._heard, self._ready, self._lost)

    def run(self) -> None:
        """Until `stop()`; what nginx keeps is then no longer good for anybody who can ask
        the site."""
        self._listener.start()
        while not self._stopping.wait(PAUSE_SECONDS):
            if not self.listening.is_set():
                self._expire(frozenset({EVERYTHING}))
                self._stopping.wait(0.5)
            self._again()
        self._listener.stop()
        self._listener.join(5)
        self._expire(frozenset({EVERYTHING}))

    def stop(self) -> None:
        self._stopping.set()

    def _ready(self) -> None:
        self._heard([EVERYTHING])
        self.listening.set()

    def _lost(self) -> None:
        self.listening.clear()

    def _heard(self, tags: list[str]) -> None:
        wanted, now = frozenset(tags), time.monotonic()
        self._expire(wanted)
        with self._lock:
            self._due += [(now + pause, wanted) for pause in AGAIN_AFTER]

    def _again(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [tags for at, tags in self._due if at <= now]
            self._due = [one for one in self._due if one[0] > now]
        if due:
            self._expire(frozenset().union(*due))

    def _expire(self, tags: frozenset[str]) -> None:
        try:
            self.front.expire(tags)
        except PermissionError as error:
            log.error("nginx’s pages cannot be changed: %s. Run as the user of nginx.", error)
