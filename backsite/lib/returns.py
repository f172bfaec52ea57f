"""Return addresses: each mail carries an envelope sender of its own (VERP), so that whatever
comes back says by itself which row it belongs to, however badly the rest of it is written.

RETURN_ADDRESS is a mailbox that takes tags (`bounces@example.org` gives
`bounces+i2s-…@example.org`) or a whole domain (`@bounces.example.org`).
"""

from __future__ import annotations

import base64
import re
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

# A mail of the outbox; the other letters are the rooms'.
MAIL: Final = "m"

# 60 bits: nobody guesses one by sending mails, and with a tag and a 13-digit number the
# local part stays below the 64 characters of RFC 5321 (4.5.3.1.1).
SIGNATURE_LETTERS: Final = 12
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
# Servers on the way may change capitals, so nothing rests on them.
_TOKEN: Final = re.compile(r"(?:^|\+)([a-z])([0-9a-z]{1,13})-([a-z2-7]{12})$")


class Returned(NamedTuple):
    """What an address of ours stands for: the kind of row, and its key."""

    kind: str
    pk: int


def return_path(kind: str, pk: int) -> str:
    """The envelope sender for one row; empty where no return address is set.

    `kind` is one letter, which says of which table `pk` is a key.
    """
    before, _, domain = settings.RETURN_ADDRESS.rpartition("@")
    if not domain:
        return ""
    number = _base36(pk)
    token = f"{kind}{number}-{_signature(kind, number)}"
    return f"{before}+{token}@{domain}" if before else f"{token}@{domain}"


def read_return_path(address: str) -> Returned | None:
    """What the address stands for; None for one that is not ours or not signed by us."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    before, _, ours = settings.RETURN_ADDRESS.lower().rpartition("@")
    found = _TOKEN.search(local)
    if found is None or not ours or domain != ours or local[: found.start()] != before:
        return None
    kind, number, signature = found.groups()
    if not constant_time_compare(signature, _signature(kind, number)):
        return None
    return Returned(kind, int(number, 36))


def _signature(kind: str, number: str) -> str:
    digest = salted_hmac("backsite.returns", f"{kind}:{number}", algorithm="sha256").digest()
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_LETTERS]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
