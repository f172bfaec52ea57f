"""`manage.py load_demo`: something to look at on a site that has nothing yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backsite.demo.loader import load, load_privacy_page


class Command(BaseCommand):
    help = (
        "Fills an empty site with demonstration content: articles with real references, "
        "invented authors and readers, a free book. Does nothing where there is an article "
        "already. Sends no mail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--privacy-page",
            action="store_true",
            help="only the privacy page that every form links to, as a text to start from",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = options["verbosity"] == 0
        if options["privacy_page"]:
            load_privacy_page()
            return
        try:
            loaded = load(lambda line: None if quiet else self.stdout.write(f"  {line}"))
        except OSError as error:
            raise CommandError(
                f"The demonstration pictures could not be stored in {settings.MEDIA_ROOT} "
                f"({error.strerror or error}). Nothing was loaded. Make that folder writable "
                "and try again."
            ) from None
        if quiet:
            return
        if loaded:
            self.stdout.write(self.style.SUCCESS("The demonstration content is in place."))
        else:
            self.stdout.write("There are articles already: nothing was loaded or changed.")
