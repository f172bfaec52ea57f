"""`manage.py import_wordpress FILE`: articles, authors, topics and comments from WordPress."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError

from backsite.wordpress.export import ExportError
from backsite.wordpress.importer import import_export
from backsite.wordpress.reader import read
from backsite.wordpress.report import Report

SECONDS_BETWEEN_LINES = 1
GOES_ON = "What was imported before stays; run the same command again and it goes on from there."


class Command(BaseCommand):
    help = (
        "Imports a WordPress export (WXR 1.0 to 1.2; in WordPress: Tools, Export). Run it as "
        "often as you like: what is here already is left alone. Sends no mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the .xml file of the export")
        parser.add_argument(
            "--media",
            metavar="FOLDER",
            type=Path,
            help="a copy of wp-content/uploads: pictures that are in it are taken in",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be imported, write nothing"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print the report as one JSON object on standard output and nothing else",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.quiet = bool(options["json"])
        self.told_at = monotonic()
        try:
            self._say(f"Reading {options['file']} …")
            export = read(options["file"])
            self._say(f"{export.count} items from {export.head.origin}.")
            report = import_export(
                export,
                dry_run=options["dry_run"],
                progress=self._progress,
                media=options["media"],
            )
        except ExportError as error:
            raise CommandError(str(error)) from None
        except (OperationalError, InterfaceError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise CommandError(f"The database was lost ({reason}). {GOES_ON}") from None
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {GOES_ON}", returncode=130) from None
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._show(report, dry_run=options["dry_run"])

    def _progress(self, done: int, total: int) -> None:
        if monotonic() - self.told_at < SECONDS_BETWEEN_LINES:
            return
        self.told_at = monotonic()
        self._say(f"  {done} articles and pages of {total} items read")

    def _show(self, report: Report, *, dry_run: bool) -> None:
        for line in report.lines():
            self.stdout.write(line)
        new = ", ".join(f"{what} {number}" for what, number in report.written.items() if number)
        if dry_run:
            self.stdout.write(f"A dry run: nothing was written. To add: {new or 'nothing'}.")
        else:
            self.stdout.write(f"Added: {new}." if new else "Nothing was new; nothing was changed.")

    def _say(self, line: str) -> None:
        if not self.quiet:
            self.stdout.write(line)
