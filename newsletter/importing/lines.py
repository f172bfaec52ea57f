"""From one row of a file to what it says of a person, or to why it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime
from email_validator import EmailNotValidError, validate_email

from backsite.lib.text import sendable

from ..addresses import tidy
from ..models.signup import network_hash
from .columns import STATES, plain

LONGEST_NAME: Final = 80
# What nearly all addresses look like: those need no closer look at what stands before the @.
_USUAL: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
# A cell that begins like this was made harmless for spreadsheets by whoever wrote the file.
_GUARDED: Final = re.compile(r"'(?=[=+\-@\t\r])")


@dataclass
class Line:
    """A row that can be taken. `stands`: subscribed, pending or left; `suppress`: why the
    address must not be mailed, if so."""

    number: int
    email: str
    first_name: str = ""
    stands: str = "subscribed"
    suppress: str = ""
    asked_at: datetime | None = None
    confirmed_at: datetime | None = None
    left_at: datetime | None = None
    left_why: str = ""
    page: str = ""
    form: str = ""
    wording: str = ""
    network: str = ""
    letters: str = ""

    @property
    def key(self) -> str:
        return self.email.lower()


class Refused(Exception):
    """Why a row cannot be taken, in words for whoever has the file."""


def line_of(number: int, cells: list[str] | None, mapping: dict[str, int]) -> Line:
    """Raises Refused."""
    if cells is None:
        raise Refused("the line breaks the rules of CSV, or one of its cells is too long")

    def cell(field: str) -> str:
        place = mapping.get(field, -1)
        typed = cells[place] if 0 <= place < len(cells) else ""
        if not typed.isprintable():
            typed = sendable(typed)
        typed = typed.strip()
        return _GUARDED.sub("", typed, count=1) if typed.startswith("'") else typed

    line = Line(number, address(cell("email")))
    line.first_name = _first_name(cell("first_name"), cell("name"))
    line.asked_at, line.confirmed_at = moment(cell("asked_at")), moment(cell("confirmed_at"))
    line.left_at = moment(cell("left_at"))
    line.left_why = cell("left_why")[:500]
    line.page, line.form = cell("page")[:500], cell("form")[:40]
    line.wording, line.letters = cell("wording")[:5_000], cell("letters")[:500]
    line.network = cell("network_hash")[:64] or network_hash(cell("network"))
    _place(line, _state(cell), bounced=bool(cell("bounced_at")), suppressed=cell("suppressed"))
    return line


def address(typed: str) -> str:
    """As sign-ups take it. Raises Refused."""
    if not typed:
        raise Refused("there is no address in this line")
    local, at, domain = typed.rpartition("@")
    if at and len(local) <= 64 and _USUAL.fullmatch(local):
        known = _domain(domain)
        if known and len(local) + len(known) < 254:
            return f"{local}@{known}"
    try:
        return tidy(typed)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None


@lru_cache(maxsize=50_000)
def _domain(domain: str) -> str:
    """The domain in small letters, if mail can be sent there; empty where it needs a closer
    look. A list has few domains and many people."""
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return found.normalized.rpartition("@")[2]


def moment(typed: str) -> datetime | None:
    """A date as programs write it (ISO 8601, with or without a time; UTC where none is said).
    Others are not guessed: 03/04 is two days."""
    if not typed or not typed[:4].isdigit():
        return None
    try:
        found = parse_datetime(typed.replace(" UTC", "+00:00"))
        day = None if found else parse_date(typed[:10])
    except ValueError:
        return None
    if found is None and isinstance(day, date):
        found = datetime.combine(day, time())
    if found is None or not 1990 <= found.year <= 9000:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _first_name(first: str, whole: str) -> str:
    name = first or (whole if "@" not in whole else "")
    return " ".join(name.split())[:LONGEST_NAME]


def _state(cell: Callable[[str], str]) -> str:
    """Where the former program says that the person stands. Raises Refused for a word that
    nobody knows: guessing might mail somebody who has left."""
    said = plain(cell("state"))
    if said and said not in STATES:
        raise Refused(f"“{cell('state')[:40]}” is no state that is known here")
    state = STATES.get(said, "subscribed")
    wants, no_mail = plain(cell("wants_mail")), plain(cell("no_mail"))
    if state == "subscribed" and (
        STATES.get(wants, "subscribed") == "left" or STATES.get(no_mail, "left") == "subscribed"
    ):
        state = "left"
    return state


def _place(line: Line, state: str, *, bounced: bool, suppressed: str) -> None:
    if state == "bounced" or bounced:
        line.suppress = "hard"
    elif state == "complained":
        line.suppress = "complaint"
    elif state == "never":
        line.suppress = "import"
    if suppressed:
        line.suppress = suppressed if suppressed in ("hard", "soft", "complaint") else "import"
    if state in ("complained", "never") or (line.left_at and state == "subscribed"):
        state = "left"
    line.stands = "subscribed" if state == "bounced" else state
