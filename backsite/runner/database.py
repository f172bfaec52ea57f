"""Whether the database is there while the site runs, and what `run` does about it.

The web server and the worker come back to a restarted database by themselves; here it
is only started again (our own) or reported (a server of somebody else).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import OperationalError, connection

from backsite.lib.postgres import PostgresError, Server

CONNECT_PATIENCE = 3  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two attempts to start it


class Watch:
    """`server` is None where DATABASE_URL names the database."""

    def __init__(self, server: Server | None, say: Callable[[str], None]) -> None:
        self.server, self.say = server, say
        self.every = 0.5 if server else 5.0  # seconds; a look at our own costs less
        self.due = 0.0
        self.pause = FIRST_PAUSE
        self.lost_since: float | None = None
        self.trouble = ""

    def look(self) -> None:
        now = time.monotonic()
        if now < self.due:
            return
        self.due = now + self.every
        if self._reachable():
            if self.lost_since is not None:
                self.say(f"The database is back after {now - self.lost_since:.1f} s.")
            self.lost_since, self.pause, self.trouble = None, FIRST_PAUSE, ""
            return
        if self.lost_since is None:
            self.lost_since = now
            then = "starting it again" if self.server else "waiting for it"
            self.say(f"The database does not answer; {then}. The site goes on meanwhile.")
        if self.server:
            self._revive(self.server)

    def _revive(self, server: Server) -> None:
        try:
            server.start()
        except PostgresError as error:
            if str(error) != self.trouble:
                self.trouble = str(error)
                self.say(f"{self.trouble} Trying again.")
            self.due = time.monotonic() + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        else:
            self.due = 0.0  # look at once, and say that it is back

    def _reachable(self) -> bool:
        if self.server:
            return self.server.running()
        try:
            parameters = connection.get_connection_params()
            parameters["connect_timeout"] = CONNECT_PATIENCE
            with connection.wrap_database_errors:
                connection.get_new_connection(parameters).close()
        except OperationalError:
            return False
        return True
