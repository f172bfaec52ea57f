"""The piles on the staff's desk: which comments lie on each, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Exists, OuterRef

from .models import AnswerDraft, Claim, Comment, CommentVote
from .models.queries import CommentQuerySet

# A tab says “1,000+” from here on: to count a hundred thousand takes longer than to look.
COUNTED: Final = 1_000


@dataclass(frozen=True)
class Pile:
    """`work`: its comments wait for somebody, the most urgent first; otherwise the pile is
    for looking something up, the newest first. `always`: its tab is shown when it is empty.
    """

    key: str
    label: str
    pick: Callable[[CommentQuerySet, Any], CommentQuerySet]
    nothing: str
    work: bool = False
    always: bool = True

    @property
    def ordering(self) -> list[str]:
        return ["-urgency", "waits_since", "pk"] if self.work else ["-created_at", "-pk"]

    @property
    def query(self) -> str:
        """The part of an address that opens this pile."""
        return urlencode({"pile": self.key})


WAITING: Final = Pile(
    "waiting",
    "Waiting",
    lambda rows, _: rows.waiting(),
    "Nothing waits for you.",
    work=True,
)
PILES: Final = (
    WAITING,
    Pile(
        "danger",
        "Danger",
        lambda rows, _: rows.waiting().filter(danger=True),
        "Nothing that waits has words of danger.",
        work=True,
        always=False,
    ),
    Pile(
        "reported",
        "Reported",
        lambda rows, _: rows.waiting().filter(open_reports__gt=0),
        "No reader has reported anything.",
        work=True,
        always=False,
    ),
    Pile(
        "held",
        "To decide",
        lambda rows, _: rows.held().waiting(),
        "Nothing to decide on.",
        work=True,
    ),
    Pile(
        "unanswered",
        "Unanswered",
        lambda rows, _: rows.awaiting_answer().waiting(),
        "Every reader has an answer.",
        work=True,
    ),
    Pile(
        "doubted",
        "Perhaps not spam",
        lambda rows, _: rows.doubted(),
        "No spam looks like a reader’s words.",
        work=True,
        always=False,
    ),
    Pile(
        "unchecked",
        "Check failed",
        lambda rows, _: rows.waiting().filter(
            Exists(CommentVote.objects.filter(comment=OuterRef("pk"), unknown=True))
        ),
        "Every check has answered.",
        work=True,
        always=False,
    ),
    Pile(
        "mine",
        "Mine",
        lambda rows, user: rows.filter(
            # Their numbers first: an “or” over two tables would read every comment.
            pk__in=Claim.objects.living()
            .filter(by=user.pk)
            .values("comment")
            .union(AnswerDraft.objects.of(user).values("comment"))
        ),
        "You have taken nothing, and no draft of yours is left.",
        always=False,
    ),
    Pile("spam", "Spam", lambda rows, _: rows.spam(), "No spam."),
    Pile("trash", "Trash", lambda rows, _: rows.trashed(), "The trash is empty."),
    Pile("all", "All", lambda rows, _: rows, "No comments yet."),
)
_by_key: Final = {pile.key: pile for pile in PILES}


def pile_called(key: str | None) -> Pile:
    """The pile of that name; what waits where there is no such pile."""
    return _by_key.get(key or "", WAITING)


def counted(user: Any) -> dict[str, int]:
    """How many lie on each pile, up to one more than `COUNTED`; one query for all."""
    parts: list[str] = []
    values: list[Any] = []
    for pile in PILES:
        rows = pile.pick(Comment.objects.order_by(), user).values("pk")[: COUNTED + 1]
        sql, params = rows.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS pile_{pile.key})")  # noqa: S608  # Django's
        values += params
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        found = cursor.fetchone()
    return dict(zip(_by_key, found, strict=True))


def in_words(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
