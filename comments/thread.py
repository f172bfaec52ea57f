"""From a flat list of comments to a thread that a template can write in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from .models.discussion import DEEPEST

if TYPE_CHECKING:
    from .models import Comment
    from .shown import Shown

# All that a thread needs to know of them is `pk` and `parent_id`.
Row = TypeVar("Row", "Comment", "Shown")


@dataclass
class Node(Generic[Row]):
    """One comment at its place. A template writes `<ol>` where `opens` (else the `</li>` of
    the comment before), the comment's `<li>`, and an `</li></ol>` for each of `closes`.
    `in_reply_to` is whom a flattened comment answers. Of an `emptied` one readers see
    that something was here: its words and its writer's name must not be shown.
    """

    comment: Row
    depth: int
    opens: bool = False
    closes: range = range(0)
    in_reply_to: Row | None = None
    emptied: bool = False


def build(
    comments: Iterable[Row],
    *,
    deepest: int = DEEPEST,
    newest_first: bool = False,
    emptied: Collection[int] = (),
) -> list[Node[Row]]:
    """Nodes in reading order: each comment is followed by its answers, oldest first, for a
    conversation is read downwards. `newest_first` is for the threads as a whole.

    Answers to a comment that is not among `comments` move up to the top level, so that
    nobody's words vanish because somebody else's were removed.
    """
    rows = list(comments)
    known = {comment.pk: comment for comment in rows}
    children: dict[int | None, list[Row]] = defaultdict(list)
    for comment in rows:
        children[comment.parent_id if comment.parent_id in known else None].append(comment)
    if newest_first:
        children[None].reverse()
    nodes = list(_walk(children, known, deepest))
    for number, node in enumerate(nodes):
        before = nodes[number - 1].depth if number else -1
        after = nodes[number + 1].depth if number + 1 < len(nodes) else -1
        node.opens = node.depth > before
        node.closes = range(max(0, node.depth - after))
        node.emptied = node.comment.pk in emptied
        if node.in_reply_to is not None and node.in_reply_to.pk in emptied:
            node.in_reply_to = None
    return nodes


def _walk(
    children: dict[int | None, list[Row]], known: dict[int, Row], deepest: int
) -> Iterator[Node[Row]]:
    """Depth first, without recursion: a thread of a thousand levels is no stack overflow."""
    waiting = [(comment, 0) for comment in reversed(children[None])]
    while waiting:
        comment, depth = waiting.pop()
        flat = depth > deepest
        parent = known.get(comment.parent_id or 0)
        yield Node(comment, min(depth, deepest), in_reply_to=parent if flat else None)
        waiting += [(child, depth + 1) for child in reversed(children[comment.pk])]
