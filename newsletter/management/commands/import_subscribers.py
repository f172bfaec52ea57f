"""`manage.py import_subscribers FILE`: a list from MailPoet, Mailchimp, Ghost and others."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from backsite.lib import work
from newsletter.importing.columns import FIELDS
from newsletter.importing.reading import FileError
from newsletter.importing.report import as_csv, in_words
from newsletter.models import ListImport

BAR: Final = 30
GOES_ON: Final = (
    "What was taken in stays. Run the same command again and it goes on from there; the worker "
    "does so by itself."
)
# How many refused lines are shown; all of them go into the file of --refused.
SHOWN: Final = 20


class Command(BaseCommand):
    help = (
        "Imports subscribers from a CSV file of MailPoet, Mailchimp, Ghost, listmonk, Buttondown "
        "or Substack, of this site's own export, or with columns that you name. Sends no mail. "
        "Who is on the list already, has left it, or must not be mailed stays as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="look through the file, write no subscriber"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help=f"where a column is called otherwise; FIELD is one of {', '.join(FIELDS)}",
        )
        parser.add_argument(
            "--refused",
            metavar="FILE",
            type=Path,
            help="write each line not taken to this CSV file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._begin(options)
            self._follow(run)
            self._show(run, options["refused"])
        except FileError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        except (OperationalError, InterfaceError) as error:
            reason = str(error).strip().partition("\n")[0] or "no reason given"
            raise CommandError(f"The database was lost ({reason}). {GOES_ON}") from None
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. {GOES_ON}", returncode=130) from None

    def _begin(self, options: dict[str, Any]) -> ListImport:
        path: Path = options["file"]
        data = path.read_bytes()
        run = None if options["dry_run"] else ListImport.begun(path.name, data)
        if run is not None:
            self.stdout.write(f"Going on with the import of {run.began_at:%Y-%m-%d %H:%M}.")
            if not run.is_running:
                run.try_again()
            return run
        run = ListImport.receive(path.name, data)
        mapping = {**run.mapping, **_named(options["map"], run.header)}
        columns = ", ".join(f"{field} = {run.header[at]}" for field, at in mapping.items())
        self.stdout.write(f"{run.total:,} lines, {run.encoding}, written by {run.program}.")
        self.stdout.write(f"Columns: {columns or 'none is known'}.")
        (run.check_lines if options["dry_run"] else run.take_in)(mapping)
        return run

    def _follow(self, run: ListImport) -> None:
        """Does the work here, or watches the worker do it."""
        begun, at_first = monotonic(), run.done
        while True:
            claimed = work.claim(ListImport, run.pk)
            if claimed is not None:
                claimed.attempt()
            run.refresh_from_db()
            self._bar(run, monotonic() - begun, at_first)
            if run.gave_up_at:
                raise CommandError(f"{run.last_error} {GOES_ON}")
            if not run.is_running:
                return
            if claimed is None:
                sleep(0.2)

    def _bar(self, run: ListImport, seconds: float, at_first: int) -> None:
        full = BAR * run.done // (run.total or 1)
        speed = (run.done - at_first) / seconds if seconds else 0
        line = f"[{'█' * full}{'·' * (BAR - full)}] {run.done:,} of {run.total:,}, {speed:,.0f}/s"
        if sys.stdout.isatty():
            self.stdout.write(f"\r{line}", ending="" if run.is_running else "\n")
            self.stdout.flush()
        else:
            self.stdout.write(line)

    def _show(self, run: ListImport, refused: Path | None) -> None:
        for number, words in in_words(run.counts, is_real=run.is_real):
            self.stdout.write(f"{number:>9,}  {words}")
        if not run.total:
            self.stdout.write("The file holds no lines.")
        rows = run.refusals.values_list("line", "email", "why")
        for number, email, why in rows[:SHOWN]:
            self.stdout.write(f"  line {number}: {email or 'no address'}: {why}")
        if refused is not None:
            with refused.open("w", encoding="utf-8", newline="") as file:
                file.writelines(as_csv([("line", "address", "why"), *rows]))
            self.stdout.write(f"All lines that were not taken stand in {refused}.")
        elif rows.count() > SHOWN:
            self.stdout.write(f"  … and {rows.count() - SHOWN:,} more; --refused FILE writes all.")
        if not run.is_real:
            self.stdout.write("A dry run: nothing was written.")


def _named(typed: list[str], header: list[str]) -> dict[str, int]:
    """Columns by the names that the operator gave. Raises FileError."""
    mapping = {}
    for pair in typed:
        field, _, column = pair.partition("=")
        if field not in FIELDS:
            raise FileError(f"--map {pair}: {field} is none of {', '.join(FIELDS)}.")
        if column not in header:
            raise FileError(f"--map {pair}: the file has no column {column}: {', '.join(header)}.")
        mapping[field] = header.index(column)
    return mapping
