"""Signed links: each opens one kind of page, for one subscriber."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core import signing

CONFIRM: Final = "newsletter.confirm"
LEAVE: Final = "newsletter.leave"
BOOK: Final = "newsletter.book"
# Leaving works for ever, and who was given the book keeps it: also after a later round.
LASTING: Final = frozenset({LEAVE, BOOK})

# A month's holiday is no reason to ask again; a yes to a question of last year is no
# consent. Leaving and the book have no date: a letter may lie for years.
LONGEST: Final = {CONFIRM: timedelta(days=35)}


class BadLink(Exception):
    """The link is not ours, or somebody changed it."""


class OutdatedLink(Exception):
    """The link was ours, and its time is over."""


def make(purpose: str, pk: int, round_: int) -> str:
    """A word for an address of ours. A word for one purpose is worthless for another."""
    return signing.dumps([pk, round_], salt=purpose)


def read(purpose: str, token: str) -> tuple[int, int]:
    """(subscriber's pk, round). Raises BadLink or OutdatedLink."""
    try:
        pk, round_ = signing.loads(token, salt=purpose, max_age=LONGEST.get(purpose))
        return int(pk), int(round_)
    except signing.SignatureExpired as error:
        raise OutdatedLink from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink from error
