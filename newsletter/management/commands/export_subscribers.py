"""`manage.py export_subscribers FILE`: everybody, with their consent, as CSV."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.exporting import lines


class Command(BaseCommand):
    help = (
        "Writes everybody on the list, with state, letters and the proof of consent, and every "
        "address that gets no mail, as a CSV file that import_subscribers takes in again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        count = 0
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                for line in lines():
                    file.write(line)
                    count += 1
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        self.stdout.write(f"{count - 1:,} lines in {path}.")
