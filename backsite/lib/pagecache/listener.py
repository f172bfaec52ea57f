"""Hears from PostgreSQL what has changed, in every process of the site.

`NOTIFY` is sent by the database itself when a transaction commits (see `triggers`), so
no process can forget to tell, and none is told of what was rolled back.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg2
from django.db import connections

log = logging.getLogger("backsite.pagecache")

CHANNEL: Final = "pages"
# A connection that is silently dead (a cable, a firewall) is found out within these seconds;
# one that was closed, at once.
HEARTBEAT_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.2
KEEPALIVE: Final[dict[str, Any]] = {
    "keepalives": 1,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 2_000,
    "connect_timeout": 3,
    "application_name": "backsite page cache",
}


class Listener(threading.Thread):
    """Calls `heard(tags)` for what changed; `lost()` as soon as it may be missing something,
    `ready()` when it hears everything from now on.
    """

    def __init__(
        self,
        heard: Callable[[list[str]], None],
        ready: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        super().__init__(name="page cache", daemon=True)
        self._heard, self._ready, self._lost = heard, ready, lost
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg2.Error, OSError, ValueError) as error:
                self._lost()
                log.warning("Pages are not cached: %s", str(error).strip() or type(error).__name__)
                self._stopping.wait(PAUSE_SECONDS)
            except Exception:
                # Whatever it was: without ears nothing may be served from memory.
                self._lost()
                log.exception("Pages are not cached; listening begins anew.")
                self._stopping.wait(PAUSE_SECONDS)
        self._lost()

    def _listen(self) -> None:
        connection = connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._ready()
            while not self._stopping.is_set():
                readable, _, _ = select.select([connection], [], [], HEARTBEAT_SECONDS)
                if not readable:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                connection.poll()
                tags = [notice.payload for notice in connection.notifies]
                connection.notifies.clear()
                if tags:
                    self._heard(tags)
        finally:
            connection.close()


def connect() -> Any:
    """A connection of its own, in no transaction: Django's belong to requests."""
    parameters = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    connection = psycopg2.connect(**{**parameters, **KEEPALIVE})
    connection.autocommit = True
    return connection
