"""A key of our own to sign letters with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.models.issue import sending_domain
from newsletter.sending.dkim import Signer, new_key


class Command(BaseCommand):
    help = (
        "Makes the key that letters are signed with (DKIM) and says what to write into the DNS. "
        "Says the same again for a key that is there; never replaces one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.DKIM_SELECTOR or "letters"
        parser.add_argument("--selector", default=default, help="its name in the DNS")

    def handle(self, *, selector: str, **options: Any) -> None:
        path, domain = Path(settings.DKIM_KEY), sending_domain()
        try:
            # Only for us to read, from its first byte; never over one that is in use.
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            self.stdout.write(f"The key in {path} stays as it is.")
        except OSError as error:
            raise CommandError(f"The key cannot be kept in {path}: {error.strerror}.") from error
        else:
            with os.fdopen(file, "wb") as opened:
                opened.write(new_key())
            self.stdout.write(f"A new key is in {path}. Keep a copy beside your backups.")
        record = Signer.from_file(path, domain=domain, selector=selector).record
        self.stdout.write(
            f"\n1. In the DNS of {domain}, a record of the type TXT:\n\n"
            f"   {selector}._domainkey.{domain}\n   {record}\n\n"
            f"2. When it can be seen there, set DKIM_SELECTOR={selector} and start the site anew."
        )
