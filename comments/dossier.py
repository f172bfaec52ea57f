"""All that staff need to see before they decide about one comment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .models import Comment, CommentEvent, CommentVote
from .thread import Node, build

VERBS: Final = {
    "approve": "published it",
    "answer": "wrote this answer",
    "close": "said that it needs no answer",
    "edit": "corrected the text",
    "hold": "put it back to the comments to decide on",
    "spam": "marked it as spam",
    "trash": "moved it to the trash",
}
# From here on one check alone says that a program wrote it.
HEAVY: Final = 5.0


@dataclass(frozen=True)
class Dossier:
    comment: Comment
    above: list[Comment]
    below: list[Node]
    votes: list[CommentVote]
    events: list[CommentEvent]
    others: dict[str, int] = field(default_factory=dict)

    @property
    def hidden_above(self) -> Comment | None:
        """The nearest one above that readers do not see."""
        return next((one for one in reversed(self.above) if not one.is_public), None)

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
        others=same_writer.in_states() if comment.email else {},
    )


def _around(comment: Comment) -> tuple[list[int], list[int]]:
    """The keys of the comments above it, the first of the thread first, and of all below."""
    pairs = Comment.objects.filter(article_id=comment.article_id).values_list("pk", "parent_id")
    parent_of = dict(pairs)
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in parent_of.items():
        children[parent].append(pk)
    above: list[int] = []
    one = comment.parent_id
    while one is not None and one not in (*above, comment.pk):
        above.insert(0, one)
        one = parent_of.get(one)
    below: list[int] = []
    waiting = list(children[comment.pk])
    while waiting:
        pk = waiting.pop()
        if pk not in above:
            below.append(pk)
            waiting += children.pop(pk, [])
    return above, below


def told(event: CommentEvent) -> str:
    """What an event says, without who and when."""
    if event.verb == "close" and event.why.startswith("answered"):
        return "answered it"
    return VERBS.get(event.verb, event.verb)


def weighed(vote: CommentVote) -> str:
    """What a vote speaks for, in words instead of a number."""
    if vote.weight >= HEAVY:
        return "almost certainly spam"
    if vote.weight > 0:
        return "a little like spam"
    return "like a person" if vote.weight < 0 else "no opinion"


def newest_event(comment: Comment) -> int:
    """Names the moment up to which staff have seen what became of a comment."""
    return comment.events.order_by("-pk").values_list("pk", flat=True).first() or 0


def later_events(comment: Comment, seen: int, expected: Iterable[str]) -> list[CommentEvent]:
    """What was decided since, other than what is asked for anyway."""
    return list(comment.events.filter(pk__gt=seen).exclude(verb__in=list(expected)))
