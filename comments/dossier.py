"""All that staff need to see before they decide about one comment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from .models import Comment, CommentEvent, CommentVote, Origin, Reader
from .thread import Node, build

VERBS: Final = {
    "approve": "published it",
    "answer": "wrote this answer",
    "doubt": "said that it is perhaps no spam",
    "close": "said that it needs no answer",
    "edit": "corrected the text",
    "forget": "took out the words and the name, as its writer asked",
    "hold": "put it back to the comments to decide on",
    "rewrite": "changed the text",
    "reopen": "opened the question again",
    "promote": "put it into the article",
    "settle": "looked at the reports and left it",
    "spam": "marked it as spam",
    "trash": "moved it to the trash",
    "withdraw": "deleted it",
}

# (key, how far above (negative) or below). However long the discussion around it is, only
# its own thread is read; a ring of parents, which only a broken import could make, ends.
AROUND: Final = """
WITH RECURSIVE above (id, parent_id, depth) AS (
    SELECT id, parent_id, -1 FROM comments_comment WHERE id = %s
    UNION ALL
    SELECT one.id, one.parent_id, above.depth - 1
    FROM comments_comment one JOIN above ON one.id = above.parent_id
    WHERE one.id <> %s AND above.depth > -1000
), below (id, depth) AS (
    SELECT id, 1 FROM comments_comment WHERE parent_id = %s
    UNION ALL
    SELECT one.id, below.depth + 1
    FROM comments_comment one JOIN below ON one.parent_id = below.id
    WHERE one.id <> %s AND below.depth < 1000
)
SELECT id, depth FROM above UNION ALL SELECT id, depth FROM below"""


@dataclass(frozen=True)
class Dossier:
    comment: Comment
    above: list[Comment]
    below: list[Node[Comment]]
    votes: list[CommentVote]
    events: list[CommentEvent]
    origin: Origin | None = None
    reader: Reader | None = None
    others: dict[str, int] = field(default_factory=dict)

    @property
    def hidden_above(self) -> Comment | None:
        """The nearest one above that readers do not see."""
        return next((one for one in reversed(self.above) if not one.is_public), None)

    @property
    def asked_again(self) -> bool:
        """Whether its writer, who has an answer by staff above, writes under it again."""
        above = self.above[-1:]
        return bool(above and above[0].is_staff and self._same_writer(self.above[:-1]))

    @property
    def followed_by(self) -> list[Comment]:
        """What its writer wrote below, under an answer, and what waits."""
        below = [node.comment for node in self.below]
        staff = {row.pk for row in below if row.is_staff}
        mine = [row for row in below if row.parent_id in staff and row.urgency]
        return [row for row in mine if self._same_writer([row])]

    def _same_writer(self, rows: list[Comment]) -> bool:
        email = self.comment.email.lower()
        return bool(email) and any(row.email.lower() == email for row in rows)

    @property
    def others_count(self) -> int:
        return sum(self.others.values())

    @property
    def others_in_words(self) -> str:
        """e.g. “3 published, 1 spam”."""
        labels = dict(Comment.State.choices)
        return ", ".join(f"{count} {labels[state]}" for state, count in self.others.items())


def dossier_of(comment: Comment) -> Dossier:
    """Costs the same few queries however long the thread is."""
    above, below = _around(comment)
    rows = Comment.objects.in_bulk([*above, *below])
    same_writer = Comment.objects.written_by(comment.email).exclude(pk=comment.pk)
    replies = sorted((rows[pk] for pk in below), key=lambda row: (row.created_at, row.pk))
    return Dossier(
        comment=comment,
        above=[rows[pk] for pk in above],
        below=build(replies),
        votes=list(comment.votes.all()),
        events=list(comment.events.all()),
        origin=Origin.objects.filter(comment=comment).first(),
        reader=Reader.objects.at(comment.email).first(),
        others=same_writer.in_states() if comment.email else {},
    )


def _around(comment: Comment) -> tuple[list[int], list[int]]:
    """The keys of the comments above it, the first of the thread first, and of all below."""
    with connection.cursor() as cursor:
        cursor.execute(AROUND, [comment.parent_id, comment.pk, comment.pk, comment.pk])
        found = cursor.fetchall()
    above = sorted((depth, pk) for pk, depth in found if depth < 0)
    return [pk for _, pk in above], [pk for pk, depth in found if depth > 0]


def told(event: CommentEvent) -> str:
    """What an event says, without who and when."""
    if event.verb == "close" and event.why.startswith("answered"):
        return "answered it"
    return VERBS.get(event.verb, event.verb)


def because(event: CommentEvent) -> str:
    """Why, where somebody said so and `told` does not say it already."""
    if event.verb in ("edit", "rewrite", "withdraw", "answer"):
        return ""  # these keep the words before
    why = event.why
    return "" if why.startswith("answered by #") or why == "no answer needed" else why


def newest_event(comment: Comment) -> int:
    """Names the moment up to which staff have seen what became of a comment."""
    return comment.events.order_by("-pk").values_list("pk", flat=True).first() or 0


def later_events(comment: Comment, seen: int, expected: Iterable[str]) -> list[CommentEvent]:
    """What was decided since, other than what is asked for anyway."""
    return list(comment.events.filter(pk__gt=seen).exclude(verb__in=list(expected)))
