"""The piles on the staff's desk: which comments lie on each, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from .models import Comment
from .models.queries import CommentQuerySet


@dataclass(frozen=True)
class Pile:
    """`work`: its comments wait for somebody, the longest waiting first; otherwise the
    pile is for looking something up, the newest first."""

    key: str
    label: str
    pick: Callable[[CommentQuerySet], CommentQuerySet]
    nothing: str
    work: bool = False

    @property
    def ordering(self) -> list[str]:
        return ["created_at", "pk"] if self.work else ["-created_at", "-pk"]

    @property
    def query(self) -> str:
        """The part of an address that opens this pile."""
        return urlencode({"pile": self.key})


WAITING: Final = Pile(
    "waiting",
    "Waiting",
    lambda rows: rows.waiting(),
    "Nothing waits for you.",
    work=True,
)
PILES: Final = (
    WAITING,
    Pile("held", "To decide", lambda rows: rows.held(), "Nothing to decide on.", work=True),
    Pile(
        "unanswered",
        "Unanswered",
        lambda rows: rows.awaiting_answer(),
        "Every reader has an answer.",
        work=True,
    ),
    Pile("spam", "Spam", lambda rows: rows.spam(), "No spam."),
    Pile("trash", "Trash", lambda rows: rows.trashed(), "The trash is empty."),
    Pile("all", "All", lambda rows: rows, "No comments yet."),
)
_by_key: Final = {pile.key: pile for pile in PILES}


def pile_called(key: str | None) -> Pile:
    """The pile of that name; what waits where there is no such pile."""
    return _by_key.get(key or "", WAITING)


def next_on(pile: Pile, after: Comment) -> Comment | None:
    """The next one on a pile of work, from the beginning again after its last."""
    rows = pile.pick(Comment.objects.exclude(pk=after.pk)).oldest_first().defer("text", "html")
    return rows.later_than(after).first() or rows.first()
