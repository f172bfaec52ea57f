"""`manage.py purge_nginx`: runs beside nginx and drops what has changed from its page cache."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backsite.lib.pagecache.front import Purger


class Command(BaseCommand):
    help = (
        "Runs on nginx’s machine, as nginx’s user, for as long as nginx keeps pages "
        "(deploy/nginx): what has changed is asked for anew at the next request."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="as in proxy_cache_path")

    def handle(self, *, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}: start nginx first, which makes it.")
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise CommandError(f"{folder} may not be changed: run this as the user of nginx.")
        if not settings.SHARED_CACHE_SECONDS:
            self.stderr.write(
                "SHARED_CACHE_SECONDS is 0 here: where it is 0 for the web server too, nginx "
                "is told to keep nothing, and there is nothing to do for this command."
            )
        purger = Purger(folder)

        def stop(signum: int, frame: FrameType | None) -> None:
            purger.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write(f"Telling nginx what changes, in {folder}.")
        self.stdout.flush()
        purger.run()
