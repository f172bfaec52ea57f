from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from backsite.lib.postgres import Server
from backsite.runner import ground, steps
from backsite.runner.database import Watch
from backsite.runner.house import House, sender, web_server, worker


class Command(BaseCommand):
    help = "Sets up what is missing, then runs the site: database, web server and worker."
    requires_system_checks = ()  # `check` and the tests do; here seconds count

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="default: 8000")
        parser.add_argument("--host", default="127.0.0.1", help="default: this machine only")
        # Read before the settings are, by backsite.lib.entrance; here for --help.
        parser.add_argument("--data", metavar="FOLDER", help="everything the site keeps; var/")
        parser.add_argument("--no-demo", action="store_true", help="begin with an empty site")

    def handle(self, *, host: str, port: int, no_demo: bool, **options: Any) -> None:
        self.begin = time.monotonic()
        self.login: tuple[str, str] | None = None
        self.was_up = False
        os.chdir(settings.BASE_DIR)
        with ground.sole_use(settings.DATA_DIR, settings.SITE_URL), ExitStack() as stack:
            ground.check_port(host, port)
            self.stdout.write(f"Backsite, in {_short(settings.DATA_DIR)}")
            server = Server(settings.DATA_DIR) if settings.EMBEDDED_DATABASE else None
            try:
                with self.step("database") as say:
                    say.append("PostgreSQL" if server else "from DATABASE_URL")
                    if server:
                        stack.enter_context(server.in_use())
                    else:
                        connections["default"].ensure_connection()
                self.prepare(no_demo)
                self.serve(host, port, server)
            finally:
                self.show_login()
                self.close(stack)

    def prepare(self, no_demo: bool) -> None:
        with self.step("tables") as say:
            say.append(steps.migrate())
        with self.step("staff login") as say:
            self.login = steps.make_staff_login()
            say.append("made" if self.login else "there")
        if no_demo:
            steps.load_privacy_page()
        else:
            with self.step("demonstration") as say:
                say.append(steps.load_demo())
        with self.step("static files") as say:
            say.append(steps.collect_static())
        connections.close_all()

    def serve(self, host: str, port: int, server: Server | None) -> None:
        house = House([web_server(host, port, self.say), worker(self.say)], Watch(server, self.say))
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with
        here = everywhere.get(host, host)
        with house.open():
            self.was_up = True
            with self.step("web and worker") as say:
                house.wait_for_answer(here, port)
                say.append("running")
            if not house.stopping:
                self.show_addresses()
                if settings.MAIL_LEAVES:
                    house.add(sender(self.say))
            house.keep_going()
            self.say("Stopping.")

    def show_addresses(self) -> None:
        self.stdout.write("")
        self.stdout.write(f"  Site      {self.style.SUCCESS(settings.SITE_URL + '/')}")
        self.stdout.write(f"  For staff {self.style.SUCCESS(settings.SITE_URL + '/admin/')}")
        self.show_login()
        self.stdout.write("")
        taken = time.monotonic() - self.begin
        self.say(f"Ready in {taken:.1f} s. Ctrl-C stops everything.")

    def show_login(self) -> None:
        """Once. The password exists nowhere else: it is shown even if the start fails."""
        if self.login:
            name, password = self.login
            self.stdout.write(f"  Log in as {name} with the password {password}")
            self.stdout.write("            (shown this once; change it in the admin)")
            self.login = None

    def close(self, stack: ExitStack) -> None:
        stack.close()
        if self.was_up:
            self.say("Stopped; everything is saved.")

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """One line: what, how it went, how long it took."""
        begin = time.monotonic()
        self.stdout.write(f"  {name:<15}", ending="")
        self.stdout.flush()
        words: list[str] = []
        try:
            yield words
        except BaseException:
            self.stdout.write("")
            raise
        self.stdout.write(f"{' '.join(words):<24}{time.monotonic() - begin:5.1f} s")
        self.stdout.flush()

    def say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _port(word: str) -> int:
    if not word.isdecimal() or not 0 < int(word) < 65536:
        raise argparse.ArgumentTypeError(f"{word!r} is not a port; choose 1024 to 65535")
    return int(word)


def _short(folder: Path) -> str:
    """As a person would write it from where they are."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
