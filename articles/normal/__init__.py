"""The one way to write down what an article may hold.

The editor keeps a text as a document with a schema (static/admin/editor/schema.js) and writes
HTML anew from it. So everything that comes in, from the editor, an import or a file, is brought
into the form that the editor writes: what stands there already comes out as it went in, and
nothing gets lost when somebody opens and saves it. Both files change together; a test sends
texts through both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..richtext import clean
from .flow import Flow
from .tree import Tree

__all__ = ["Normal", "normalise"]


@dataclass(frozen=True, slots=True)
class Normal:
    """`changes` counts what could not be kept as it was: "what was done", or "what was
    done<tab>to what"."""

    html: str
    changes: Counter[str] = field(default_factory=Counter)


def normalise(html: str) -> Normal:
    """Sanitised, and in the form that the editor writes: one block a line."""
    changes: Counter[str] = Counter()
    tree = Tree(clean(html))
    blocks = Flow(changes).of(tree.root, {})
    return Normal("\n".join(blocks), changes)
