"""What came back by mail: from the mailbox, acted on; or from files, only printed."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletter.bounces import read
from newsletter.bounces.answers import compare

GOES_ON = "What was read stays done; run it again and it goes on from there."


class Command(BaseCommand):
    help = (
        "Reads the mailbox that BOUNCES_URL names: bounces and complaints are acted on, each "
        "mail is kept and only then removed there. With --json it reads files instead (one "
        "mail or an mbox each), prints one JSON object a line for each recipient (file, "
        "recipient, kind, status, reason), and touches no data; with --answers it prints how "
        "many of them it reads right."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", nargs="+", metavar="FILE", help="read these mail files, print, change nothing"
        )
        parser.add_argument(
            "--answers",
            metavar="FILE",
            help="a JSON file beside mail files that says what is in each: print right and wrong",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["answers"]:
            self._compare(Path(options["answers"]))
        elif options["json"]:
            self._print(options["json"])
        else:
            self._read_mailbox()

    def _print(self, names: list[str]) -> None:
        unread = []
        for name in names:
            try:
                raw = Path(name).read_bytes()
            except OSError as error:
                unread.append(f"{name}: {error.strerror or error}")
                continue
            for report in read(raw):
                self.stdout.write(json.dumps({"file": name, **report.as_dict()}))
        sys.stdout.flush()
        if unread:
            raise CommandError("Not read: " + "; ".join(unread))

    def _compare(self, answers: Path) -> None:
        try:
            score = compare(answers)
        except (OSError, ValueError) as error:
            raise CommandError(f"Not compared: {error}") from None
        for name, figure, said in score.rows():
            self.stdout.write(f"{name:<26}{figure:>12}  {said}")

    def _read_mailbox(self) -> None:
        from django.db import InterfaceError, OperationalError

        from newsletter.mailbox.arrivals import Taken
        from newsletter.mailbox.boxes import BoxAwayError
        from newsletter.mailbox.looking import Look

        if settings.BOUNCES is None:
            raise CommandError(
                "No mailbox is set. Set BOUNCES_URL=imaps://user:password@host/INBOX, or name "
                "files to read after --json."
            )
        self.counts: dict[str, int] = {}

        def told(taken: Taken) -> None:
            for kind in _kinds(taken):
                self.counts[kind] = self.counts.get(kind, 0) + 1
            people = ", ".join(event.recipient for event in taken.events) or taken.mail.sender
            self.stdout.write(f"  {people or 'nobody'}: {taken.summary}")

        self.stdout.write(f"Reading the mailbox of {settings.BOUNCES} …")
        more = True
        try:
            while more:
                look = Look(settings.BOUNCES)
                look.take_in(told)  # each mail is committed by itself
                look.finish()
                more = look.may_be_more and look.service.outage is None
        except BoxAwayError as error:
            raise CommandError(f"{error} {GOES_ON}") from None
        except (OperationalError, InterfaceError) as error:
            reason = str(error).strip().partition("\n")[0] or "no reason given"
            raise CommandError(f"The database was lost ({reason}). {GOES_ON}") from None
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {GOES_ON}", returncode=130) from None
        self._table()
        if outage := look.service.outage:
            raise CommandError(f"{outage.reason} {GOES_ON}")

    def _table(self) -> None:
        if not self.counts:
            self.stdout.write("Nothing lay there.")
        for kind, count in sorted(self.counts.items()):
            self.stdout.write(f"{kind:<16}{count:>6}")


def _kinds(taken: Any) -> list[str]:
    if taken.known:
        return ["read before"]
    return [event.kind for event in taken.events] or ["not understood"]
