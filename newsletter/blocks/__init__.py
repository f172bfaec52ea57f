"""What an issue can hold besides its own words: `<aside data-block="KIND:CHOICE">`.

The choice is "new" (since the letter's last issue) or the key of one thing. Each kind has a
provider. This room has the one for articles; whatever belongs to a room that this one must
not know is put in by the roof when the site starts (backsite/apps.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from articles.models import Topic

NEW: Final = "new"
# On a card with a reader's words: `KIND:KEY:WORDS`, by which the site asks for it again.
CARD: Final = "data-card"


@dataclass(frozen=True)
class Card:
    """One thing as a letter shows it; all words are plain text. `asked`: what a reader wrote,
    where the thing is an answer to it; `mark` (`KEY:WORDS`) is then another for other words of
    theirs. `changed_at`: when it last became another."""

    title: str
    address: str
    words: str
    more: str
    picture: str = ""
    asked: str = ""
    asked_by: str = ""
    by: str = ""
    mark: str = ""
    changed_at: datetime | None = None


class Provider(Protocol):
    """`all_new` and `one` say in a few words what the two choices are, for the editor."""

    all_new: str
    one: str

    def new(self, since: datetime, *, topic: Topic | None, but: Collection[str]) -> list[Card]:
        """What readers can see that was not there at that moment, the newest first; without
        those keys, and of that topic only where there is one."""

    def named(self, keys: Collection[str]) -> dict[str, Card]:
        """Those of them that readers can see now, by their keys."""

    def choices(self) -> list[tuple[str, str]]:
        """(key, title) of what is offered to pick, the newest first."""


PROVIDERS: Final[dict[str, Provider]] = {}


def add(kind: str, provider: Provider) -> None:
    PROVIDERS[kind] = provider


def choices() -> list[dict[str, str]]:
    """What the editor of an issue offers: everything new of a kind, then each by itself."""
    found = [
        {"key": f"{kind}:{NEW}", "title": provider.all_new} for kind, provider in PROVIDERS.items()
    ]
    for kind, provider in PROVIDERS.items():
        found += [
            {"key": f"{kind}:{key}", "title": f"{provider.one}: {title}"}
            for key, title in provider.choices()
        ]
    return found
