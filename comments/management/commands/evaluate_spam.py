"""`manage.py evaluate_spam`: how well the spam filter's classifier does on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from comments.filter.classifier.trial import FileError, Result, Trained, read, result_of


class Command(BaseCommand):
    help = (
        "Trains the spam filter's classifier on CSV files, tries it on another and says how well "
        "it did. Columns text and label (1 = spam), and author and author_url if you have them. "
        "Everything happens in memory: no database, no network, and nothing that your site has "
        "learned is looked at or changed."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--train", metavar="FILE", type=Path, nargs="+", required=True, help="to learn from"
        )
        parser.add_argument(
            "--test", metavar="FILE", type=Path, required=True, help="to be tried on"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            test = read(options["test"])
            trained = Trained(row for path in options["train"] for row in read(path))
        except FileError as error:
            raise CommandError(str(error)) from None
        if trained.is_quiet:
            self.stderr.write("Too few rows of one kind to learn from: it stops nothing yet.")
        result = result_of((row.spam, trained.stops(row)) for row in test)
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json()))
        else:
            self.stdout.write("\n".join(_lines(result, len(test))))


def _lines(result: Result, rows: int) -> list[str]:
    return [
        f"{rows} comments tried; stopped above a probability of {result.threshold:.2f}.",
        f"right                     {_percent(result.accuracy)}",
        f"spam stopped              {_percent(result.spam_caught)}",
        f"welcome comments stopped  {_percent(result.ham_blocked)}",
        "Matthews' correlation     " + ("–" if result.mcc is None else f"{result.mcc:.3f}"),
    ]


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.1f} %"
