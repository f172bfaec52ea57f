"""The process that hands issues over to the mail server."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.sending.sender import Sender
from newsletter.sending.wire import WayOut


class Command(BaseCommand):
    help = (
        "Sends the issues that are to go out. Any number may run, on any number of machines; "
        "killing one loses nothing, and repeats at most the letter on each connection."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is to be sent")
        parser.add_argument(
            "--connections",
            type=int,
            default=settings.SEND_CONNECTIONS,
            metavar="NUMBER",
            help="to the mail server, at the same time",
        )

    def handle(self, *, once: bool, connections: int, **options: Any) -> None:
        if connections < 1:
            raise CommandError("--connections takes a number of at least 1.")
        if not settings.MAIL_LEAVES:
            raise CommandError("No mail leaves this site: EMAIL_URL is not set.")
        asyncio.run(self._run(Sender(WayOut.from_settings(), connections=connections, once=once)))

    async def _run(self, sender: Sender) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, sender.stop)
        await sender.run()
