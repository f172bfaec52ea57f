"""The background process: starts what is asked for at once, and finds what was left behind."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from backsite.lib import task_engine
from backsite.lib.web import OUTAGE, drop_broken_connections
from backsite.lib.work import begin_rounds, sweep
from comments.models import Training, Watch

log = logging.getLogger("backsite.worker")

# How soon a new task is seen; a reader waiting for a confirmation mail does not notice it.
POLL_SECONDS: Final = 1.0
# How long after a lost hint the work is found all the same.
SWEEP_SECONDS: Final = 5.0
# Finished hints say nothing that the tables do not say; they are cleared away.
PRUNE_SECONDS: Final = 3_600.0
OUTAGE_PAUSE_SECONDS: Final = 2.0


def begin() -> None:
    """Makes the rows of what comes back again and again, where they are not there yet."""
    begin_rounds()
    Watch.begin()


def look_and_sweep() -> None:
    """Workers of an older program may go on for a while beside those of a newer one."""
    Training.complete()
    sweep()


class Command(BaseCommand):
    help = (
        "Sends mail, publishes what was scheduled, and does whatever else is due. "
        "Any number may run, on any number of machines; killing one loses nothing."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="make one round, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.stopping = threading.Event()
        if once:
            begin()
            task_engine.run_queue()
            look_and_sweep()
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._loop()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        """Ends after the work in hand; what else is due stays in the tables."""
        self.stopping.set()

    def _loop(self) -> None:
        self.swept = self.pruned = -PRUNE_SECONDS
        self.begun = False
        away = ""
        while not self.stopping.is_set():
            close_old_connections()
            try:
                self._work()
            except task_engine.EngineAway as error:
                # Without the queue the sweep still finds all work, a little later.
                away = away or self._say_away(error)
                sweep()
                self.stopping.wait(OUTAGE_PAUSE_SECONDS)
            except OUTAGE as error:
                away = away or self._say_away(error)
                drop_broken_connections()
                self.stopping.wait(OUTAGE_PAUSE_SECONDS)
            else:
                if away:
                    log.info("Back again.")
                away = ""
                self.stopping.wait(POLL_SECONDS)

    def _say_away(self, error: Exception) -> str:
        words = " ".join(str(error).split())
        log.warning("Waiting for what cannot be reached: %s", words)
        return words

    def _work(self) -> None:
        """What was asked for, what was left behind, and now and then the clearing away."""
        if not self.begun:
            begin()
            self.begun = True
        task_engine.run_queue()
        if time.monotonic() - self.swept >= SWEEP_SECONDS:
            look_and_sweep()
            self.swept = time.monotonic()
        if time.monotonic() - self.pruned >= PRUNE_SECONDS:
            task_engine.prune()
            self.pruned = time.monotonic()
