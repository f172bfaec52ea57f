from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from backsite.lib.postgres import Server

# The whole suite runs in a process a core, each with a database of its own. A file of tests
# stays together: what it sets up for all its tests is set up once. conftest.py says in which
# order they go: the longest first, so that no process waits for the other's last one.
WHOLE_SUITE = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
STOP_PATIENCE = 10.0  # seconds for pytest to sum up when we are told to end


class Command(BaseCommand):
    """Everything after `test` goes to pytest as it stands."""

    help = "Runs the whole suite on a real PostgreSQL and in a real browser."
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        words = argv[2:]
        if words in (["--help"], ["-h"]):
            self.print_help(argv[0], argv[1])
            self.stdout.write("Every argument goes on to pytest; --prepare only sets up.")
        elif words != ["--prepare"]:  # manage.py has set up the environment already
            sys.exit(self.run_pytest(words))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pytest", nargs="*", help="which tests, and options for pytest")

    def handle(self, *words: str, **options: Any) -> None:
        """For call_command."""
        sys.exit(self.run_pytest(list(words)))

    def wait_for_another_run(self) -> None:
        """Two would make and drop the same test database. Held until this process ends."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        self.lock = os.open(settings.DATA_DIR / "test.lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.stdout.write(f"Another test run uses {settings.DATA_DIR}; waiting for it.")
            self.stdout.flush()
            fcntl.flock(self.lock, fcntl.LOCK_EX)

    def run_pytest(self, words: list[str]) -> int:
        """Its exit code. Nothing is printed after pytest's closing line."""
        self.wait_for_another_run()
        server = Server(settings.DATA_DIR)
        with server.in_use() if settings.EMBEDDED_DATABASE else nullcontext():
            command = [sys.executable, "-m", "pytest", *(words or WHOLE_SUITE)]
            environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backsite.settings"}
            # Ctrl-C in a terminal reaches pytest too, which then sums up; we wait for that.
            before = signal.signal(signal.SIGINT, lambda *_: None)
            with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as pytest:
                try:
                    return pytest.wait()
                except SystemExit:  # we were told to end
                    pytest.terminate()
                    try:
                        pytest.wait(STOP_PATIENCE)
                    except subprocess.TimeoutExpired:
                        pytest.kill()
                    raise
                finally:
                    signal.signal(signal.SIGINT, before)
