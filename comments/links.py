"""Signed links to pages of one person. A word for one purpose is worthless for another."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core import signing
from django.urls import reverse

# A comment, for its writer: the page after posting; changing it for a quarter of an hour.
HELD: Final = "comments.held"
# The same by mail: changing it whenever.
OWN: Final = "comments.own"
# A reader: that the address is theirs; and no mails about replies at all.
CONFIRM: Final = "comments.confirm"
MUTE_ALL: Final = "comments.mute-all"
# What a reader follows: no mails about that thread.
MUTE: Final = "comments.mute"

_PAGES: Final = {
    HELD: "comments:held",
    OWN: "comments:own",
    CONFIRM: "comments:confirm",
    MUTE_ALL: "comments:mute_all",
    MUTE: "comments:mute",
}
# A forgotten mail must not be a key for ever; the way out of mails works for ever.
LONGEST: Final = {OWN: timedelta(days=1), CONFIRM: timedelta(days=35)}


class BadLink(Exception):
    """Not ours, changed, or over; `outdated` tells which."""

    def __init__(self, *, outdated: bool = False) -> None:
        super().__init__()
        self.outdated = outdated


def path_to(purpose: str, pk: int) -> str:
    return reverse(_PAGES[purpose], args=[token(purpose, pk)])


def token(purpose: str, pk: int) -> str:
    return signing.dumps(pk, salt=purpose)


def read(purpose: str, token: str) -> int:
    """Raises BadLink."""
    try:
        return int(signing.loads(token, salt=purpose, max_age=LONGEST.get(purpose)))
    except signing.SignatureExpired:
        raise BadLink(outdated=True) from None
    except (signing.BadSignature, ValueError, TypeError):
        raise BadLink from None
