"""The dates of an export, which are strings and sometimes nonsense."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

# WordPress writes this for "no date yet" (drafts).
NEVER: Final = "0000-00-00 00:00:00"
# The web's first page is of 1991, but people back-date what they wrote before; 9999 or 0001
# are no dates anybody meant.
EARLIEST: Final = 1900
LATEST: Final = 2100


def when(*candidates: str) -> tuple[datetime | None, str]:
    """(moment, nonsense): the first candidate that is a date, in UTC, and the first that
    claims to be one and is none. WordPress's local times are taken for UTC: an export does
    not say which zone they are in."""
    nonsense = ""
    for text in candidates:
        if not text or text == NEVER:
            continue
        moment = _parse(text)
        if moment is not None:
            return moment, nonsense
        # pubDate of a draft reads "Mon, 30 Nov -0001": that is NEVER, spelt differently.
        if "-0001" not in text:
            nonsense = nonsense or text
    return None, nonsense


def _parse(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if EARLIEST <= moment.year <= LATEST else None
