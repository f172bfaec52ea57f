"""A page cache in front of this test's site, and the database's triggers."""

from __future__ import annotations

import importlib
import io
import itertools
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from backsite.lib.pagecache.application import PageCache
from backsite.lib.pagecache.requests import Environ, StartResponse, ask
from backsite.lib.pagecache.triggers import Watch, install

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def watches() -> list[Watch]:
    """What the apps' migrations have the database tell."""
    found: list[Watch] = []
    for app in ("articles", "comments", "newsletter"):
        for file in (ROOT / app / "migrations").glob("[0-9]*.py"):
            module = importlib.import_module(f"{app}.migrations.{file.stem}")
            found += getattr(module, "WATCHES", [])
    return found


def watch() -> None:
    """Also where a test run makes its tables without the migrations."""
    install(connection, watches())


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Django:
    """The site itself; counts how often it is asked."""

    def __init__(self) -> None:
        self.handler = WSGIHandler()
        self.asked: list[str] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        answer: Iterable[bytes] = self.handler(environ, start_response)
        return answer


class Hearing(PageCache):
    """Says when it has heard of something."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.told: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        super().__init__(*args, **options)

    def _heard(self, tags: list[str]) -> None:
        super()._heard(tags)
        for tag in tags:
            self.told[tag].set()


class Front:
    """What a reader meets: the cache, and Django behind it."""

    def __init__(self, **options: Any) -> None:
        self.django = Django()
        self.cache = Hearing(self.django, strict=True, **options)
        self._marks = itertools.count(1)

    def get(self, path: str, method: str = "GET", **headers: str) -> Got:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "localhost",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **headers,
        }
        answer = ask(self.cache, environ)
        pairs = {name.lower(): value for name, value in answer.headers}
        return Got(int(answer.status[:3]), pairs, answer.body)

    def until_told(self) -> None:
        """Everything committed before this has been heard: PostgreSQL keeps the order."""
        mark = f"mark-{next(self._marks)}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('pages', %s)", [mark])
        assert self.cache.told[mark].wait(PATIENCE), "The cache did not hear of a change."


@contextmanager
def front(**options: Any) -> Iterator[Front]:
    watch()
    made = Front(**options)
    assert made.cache.wait(PATIENCE), "The cache does not listen."
    yield made
    made.cache.stop()
