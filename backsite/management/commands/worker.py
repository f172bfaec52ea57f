"""The background process: starts what is asked for at once, and finds what was left behind."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django_tasks_db.management.commands.db_worker import Worker

from backsite.lib.web import OUTAGE, drop_broken_connections
from backsite.lib.work import sweep

log = logging.getLogger("backsite.worker")

# How soon a new task is seen; a reader waiting for a confirmation mail does not notice it.
POLL_SECONDS: Final = 1.0
# How long after a lost hint the work is found all the same.
SWEEP_SECONDS: Final = 5.0
# Finished hints say nothing that the tables do not say; they are cleared away.
PRUNE_SECONDS: Final = 3_600.0
OUTAGE_PAUSE_SECONDS: Final = 2.0


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
            self._run_queue()
            sweep()
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._loop()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        """Ends after the work in hand; what else is due stays in the tables."""
        self.stopping.set()

    def _loop(self) -> None:
        swept = pruned = -PRUNE_SECONDS
        away = False
        while not self.stopping.is_set():
            close_old_connections()
            try:
                self._run_queue()
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    sweep()
                    swept = time.monotonic()
                if time.monotonic() - pruned >= PRUNE_SECONDS:
                    self._prune()
                    pruned = time.monotonic()
            except OUTAGE as error:
                if not away:
                    log.warning("The database is away, waiting for it: %s", str(error).strip())
                away = True
                drop_broken_connections()
                self.stopping.wait(OUTAGE_PAUSE_SECONDS)
                continue
            if away:
                log.info("The database is back.")
                away = False
            self.stopping.wait(POLL_SECONDS)

    def _run_queue(self) -> None:
        """What the queue holds now. With another engine (Redis) its own worker does this."""
        if "django_tasks_db" not in settings.TASKS["default"]["BACKEND"]:
            return
        Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=f"backsite-{time.time_ns()}",
            excluded_queue_names=[],
        ).run()

    def _prune(self) -> None:
        if "django_tasks_db" in settings.TASKS["default"]["BACKEND"]:
            call_command("prune_db_task_results", min_age_days=1, verbosity=0)
