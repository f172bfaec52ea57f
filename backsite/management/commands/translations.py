from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backsite import messages


class Command(BaseCommand):
    help = (
        "Brings the texts of templates and code into locale/*/LC_MESSAGES/django.po, where people "
        "translate them. --check changes nothing and fails where a text has no translation."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        lacking = 0
        for language in messages.languages(settings.BASE_DIR):
            if check:
                found = messages.missing(settings.BASE_DIR, language)
                lacking += len(found)
                for line in found:
                    self.stdout.write(f"{language}: {line}")
            else:
                waiting = messages.renew(settings.BASE_DIR, language)
                self.stdout.write(f"{language}: {waiting} texts wait for a translation.")
        if lacking:
            raise CommandError("Write them in, then run `python3 manage.py translations`.")
