"""From a flat list of comments to a thread that a template can write in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .models import Comment

# Deeper answers stand flat under the last level, with the name they answer: on a phone
# a fifth indentation leaves no room to read.
DEEPEST: Final = 4


@dataclass
class Node:
    """One comment at its place. A template writes `<ol>` where `opens` (else the `</li>` of
    the comment before), the comment's `<li>`, and an `</li></ol>` for each of `closes`.
    `in_reply_to` is whom a flattened comment answers.
    """

    comment: Comment
    depth: int
    opens: bool = False
    closes: range = range(0)
    in_reply_to: Comment | None = None


def build(comments: Iterable[Comment]) -> list[Node]:
    """Nodes in reading order: each comment is followed by its answers, oldest first.

    Answers to a comment that is not among `comments` move up to the top level, so that
    nobody's words vanish because somebody else's were removed.
    """
    rows = list(comments)
    known = {comment.pk: comment for comment in rows}
    children: dict[int | None, list[Comment]] = defaultdict(list)
    for comment in rows:
        children[comment.parent_id if comment.parent_id in known else None].append(comment)
    nodes = list(_walk(children, known))
    for number, node in enumerate(nodes):
        before = nodes[number - 1].depth if number else -1
        after = nodes[number + 1].depth if number + 1 < len(nodes) else -1
        node.opens = node.depth > before
        node.closes = range(max(0, node.depth - after))
    return nodes


def _walk(children: dict[int | None, list[Comment]], known: dict[int, Comment]) -> Iterator[Node]:
    """Depth first, without recursion: a thread of a thousand levels is no stack overflow."""
    waiting = [(comment, 0) for comment in reversed(children[None])]
    while waiting:
        comment, depth = waiting.pop()
        flat = depth > DEEPEST
        parent = known.get(comment.parent_id or 0)
        yield Node(comment, min(depth, DEEPEST), in_reply_to=parent if flat else None)
        waiting += [(child, depth + 1) for child in reversed(children[comment.pk])]
