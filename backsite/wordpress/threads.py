"""Who answers whom among the comments of one item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backsite.wordpress.export import Remark


@dataclass(slots=True)
class Placed:
    """A comment at its place: `parent` is an index into the same list, or None; `depth` 0 is
    a comment that answers nobody, -1 not measured yet."""

    remark: Remark
    parent: int | None
    depth: int = -1
    mended: str = ""


def place(remarks: Sequence[Remark]) -> list[Placed]:
    """A parent that is not there, or a circle of parents, makes a comment one that answers
    nobody: it is kept, and `mended` says why it moved."""
    first: dict[int, int] = {}
    for index, remark in enumerate(remarks):
        if remark.number:
            first.setdefault(remark.number, index)
    placed = []
    for index, remark in enumerate(remarks):
        parent = first.get(remark.parent) if remark.parent else None
        one = Placed(remark, parent)
        if remark.parent and parent is None:
            one.mended = "Answer to a comment that the file does not hold, kept without its parent"
        elif parent == index:
            one.parent, one.mended = None, "Comment that was its own parent, kept without one"
        placed.append(one)
    for one in placed:
        _measure(one, placed)
    return placed


def by_depth(placed: Sequence[Placed]) -> Iterator[list[int]]:
    """Indexes, parents always before those that answer them."""
    deepest = max((one.depth for one in placed), default=-1)
    for depth in range(deepest + 1):
        yield [index for index, one in enumerate(placed) if one.depth == depth]


def _measure(one: Placed, placed: Sequence[Placed]) -> None:
    """Sets the depth of it and of all above it; cuts the link that closes a circle."""
    path, walked = [one], {id(one)}
    while path[-1].depth < 0 and (above := path[-1].parent) is not None:
        if id(placed[above]) in walked:
            path[-1].parent, path[-1].mended = None, "Circle of answers cut open"
            break
        walked.add(id(placed[above]))
        path.append(placed[above])
    depth = max(path[-1].depth, 0)
    for below, member in enumerate(reversed(path)):
        member.depth = depth + below
