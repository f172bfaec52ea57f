"""Signed links: each opens one kind of page, for one subscriber."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core import signing

CONFIRM: Final = "newsletter.confirm"
LEAVE: Final = "newsletter.leave"
BOOK: Final = "newsletter.book"
PREFERENCES: Final = "newsletter.preferences"
# This one names the request it answers, since who only wrote a comment is no subscriber.
DATA: Final = "newsletter.data"
READ: Final = "newsletter.read"
# These two name a change of address instead of a subscriber.
MOVE: Final = "newsletter.move"
STAY: Final = "newsletter.stay"
# Leaving works for ever, and who was given the book keeps it: also after a later round.
LASTING: Final = frozenset({LEAVE, BOOK})

# A month's holiday is no reason to ask again; a yes to a question of last year is no
# consent. Leaving has no date: a letter may lie for years. The link to a book opens it for
# half a year, so that one passed on does not go on for ever; its owner gets a new one by mail.
TO_CONFIRM: Final = timedelta(days=35)
# The page with everything, and the button that deletes it: letters are passed on with the
# links at their end, so this one is sent only when asked for, and soon worth nothing.
TO_SEE_ALL: Final = timedelta(days=1)
TO_READ: Final = timedelta(days=183)
LONGEST: Final = {CONFIRM: TO_CONFIRM, MOVE: TO_CONFIRM, BOOK: TO_READ, DATA: TO_SEE_ALL}


class BadLink(Exception):
    """The link is not ours, or somebody changed it."""


class OutdatedLink(Exception):
    """The link was ours, and its time is over."""


def make(purpose: str, pk: int, round_: int) -> str:
    """A word for an address of ours. A word for one purpose is worthless for another."""
    return signing.dumps([pk, round_], salt=purpose)


def read(purpose: str, token: str, *, however_old: bool = False) -> tuple[int, int]:
    """(the row's pk, round). Raises BadLink or OutdatedLink."""
    longest = None if however_old else LONGEST.get(purpose)
    try:
        pk, round_ = signing.loads(token, salt=purpose, max_age=longest)
        return int(pk), int(round_)
    except signing.SignatureExpired as error:
        raise OutdatedLink from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink from error


def is_over(purpose: str, token: str) -> bool:
    """Whether a good link has had its time."""
    try:
        read(purpose, token)
    except OutdatedLink:
        return True
    return False
