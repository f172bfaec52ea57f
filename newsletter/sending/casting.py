"""From an issue and a reader to the bytes that leave: headers as the standards ask."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from articles.models import Site
from backsite.lib.web import site_link

from .. import links, returns
from ..measuring.marking import mark_of
from .dkim import Signer
from .mould import PLAIN_HEADER, Mould, clean, encoded_words, places_in

if TYPE_CHECKING:
    from ..models import Issue

# Gmail's Feedback-ID ends with a name of the sender, 5 to 15 letters, the same for ever.
SENDER_ID_LETTERS: Final = 12
_ORDINARY: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}").fullmatch


class Reader(NamedTuple):
    """What a letter needs to know of its reader."""

    pk: int
    email: str
    first_name: str
    round: int


class Cast:
    """The mould of one issue, and what is the same for all its letters."""

    def __init__(
        self, issue: Issue, subject: str, signer: Signer | None, variant: str = ""
    ) -> None:
        self._sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        self._measured, self._variant = issue.measured, variant
        self.subject, self.text, self.html = subject, issue.text, issue.html
        self.headers = headers(issue, subject)
        # Where readers need a link of their own to read it on the site: the rest of that. Its
        # words are frozen; who may read it can change while it goes out.
        theirs = "read_link" in places_in(issue.html) | places_in(issue.text)
        self._read = reverse("newsletter:letter", args=[issue.pk]) if theirs else ""
        self._mould = Mould(
            self.headers,
            [("text/plain", issue.text), ("text/html", issue.html)],
            boundary=f"=_{secrets.token_hex(12)}",
            signer=signer,
        )

    def fill(self, row: int, to: str, reader: Reader) -> bytes:
        """The letter for one reader; `to` is their address as the envelope takes it."""
        return self._mould.fill(self._values(row, to, reader))

    def _values(self, row: int, to: str, reader: Reader) -> dict[str, str]:
        """What stands in the places of one reader's letter."""
        values = {
            "address": to,
            "first_name": reader.first_name,
            "row": str(row),
            "date": _date(timezone.now().replace(microsecond=0)),
            **reader_links(reader.pk, reader.round),
        }
        if self._read:
            token = links.make(links.READ, reader.pk, reader.round)
            values["read_link"] = site_link(f"{self._read}{token}/")
        if self._measured != "off":
            values["mark"] = mark_of(row, self._variant, self._measured)
        return values

    def sender(self, row: int) -> str:
        """The envelope's: what comes back says which row it belongs to."""
        return returns.return_path(returns.LETTER, row) or self._sender


def headers(issue: Issue, subject: str) -> list[tuple[str, str]]:
    """All of one issue's letters, with places for what differs."""
    site, letter = Site.current(), issue.letter
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    leave = "<[[leave_link]]>"
    if settings.RETURN_ADDRESS:
        leave += ",\r\n<mailto:[[leave_mail]]>"
    list_id = f"<{letter.key}.letters.{settings.SITE_HOST}>"
    return [
        ("From", formataddr((clean(site.name) or name, address))),
        ("To", "[[address]]"),
        ("Subject", subject),
        ("Date", "[[date]]"),
        ("Message-ID", issue.message_id("[[row]]")),
        # RFC 2919; the name before it is for people.
        ("List-Id", f"{_phrase(letter.name)}\r\n{list_id}"),
        # RFC 2369 and RFC 8058: leave with one press, or by mail.
        ("List-Unsubscribe", leave),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", f"{issue.pk}:{letter.key}:newsletter:{sender_id(issue.mail_domain)}"),
        *_list_archive(issue),
        # No standard, but it hushes out-of-office notices.
        ("Precedence", "bulk"),
    ]


def _list_archive(issue: Issue) -> list[tuple[str, str]]:
    """RFC 2369, 3.6: where everybody can read what was sent, if they can."""
    if issue.archive != issue.Archive.OPEN:
        return []
    return [("List-Archive", f"<{site_link(reverse('newsletter:letters'))}>")]


def reader_links(pk: int, round_: int) -> dict[str, str]:
    """The reader's own addresses, as places in a letter name them."""
    leave = links.make(links.LEAVE, pk, round_)
    preferences = links.make(links.PREFERENCES, pk, round_)
    return {
        "leave_link": site_link(f"{_before('leave')}{leave}/"),
        "preferences_link": site_link(f"{_before('preferences')}{preferences}/"),
        "leave_mail": returns.return_path(returns.LEAVING, pk),
    }


def wire_address(email: str) -> str:
    """As the envelope takes it: a domain in other letters is written in ASCII. Raises
    ValueError for one that cannot be."""
    if _ORDINARY(email):
        return email
    local, _, domain = email.strip().rpartition("@")
    try:
        found = f"{local.encode('ascii').decode()}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError("The address has letters that our mail server cannot carry.") from error
    if not found.isprintable() or any(letter in found for letter in " <>,;"):
        raise ValueError("This is no address that mail can be sent to.")
    return found


def sender_id(domain: str) -> str:
    return hashlib.sha256(domain.encode()).hexdigest()[:SENDER_ID_LETTERS]


def our_signer(domain: str) -> Signer | None:
    """None where a provider or the mail server signs."""
    if not settings.DKIM_SELECTOR or settings.EMAIL_BACKEND.startswith("anymail."):
        return None
    path = Path(settings.DKIM_KEY)
    return Signer.from_file(path, domain=domain, selector=settings.DKIM_SELECTOR)


def _phrase(name: str) -> str:
    """Words before an address in angle brackets."""
    text = clean(name)
    if not PLAIN_HEADER(text):
        return encoded_words(text)
    quoted = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{quoted}"'


@lru_cache(maxsize=4)
def _date(moment: datetime) -> str:
    return format_datetime(moment)


@lru_cache
def _before(name: str) -> str:
    """The address of such a page without its token."""
    return reverse(f"newsletter:{name}", args=["-"]).removesuffix("-/")
