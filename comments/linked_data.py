"""The comments of an article in schema.org's words: `comment` of the article, answers
inside what they answer, as Google's documentation asks for threads. Names only.

The page's subject is the article, not a question or a forum post: QAPage and
DiscussionForumPosting would say of it what it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from typing import Any, Final

from articles import linked_data
from articles.models import Article
from backsite.lib.web import site_link

from .shown import Shown

Node = dict[str, Any]

# What `rendering.render` made is well formed, so that no parser need look at it again: a
# page has a hundred comments, and Django's takes as long for them as all else together.
_TAG: Final = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_BREAK: Final = re.compile(r"(?=<(?:br|/p|/li|/blockquote)\b)")

# Search engines read the beginning of a discussion; a thousand comments are no second page.
MOST: Final = 100
# So deep a nesting is readable for them; further answers stand beside the last level.
DEEPEST: Final = 20


def of_thread(article: Article, comments: Iterable[Shown], count: int | None = None) -> list[Node]:
    """The article's node with its published comments; nothing where nobody has written.
    `count` is how many there are, where these are not all."""
    public = [row for row in comments if row.is_public and not row.pingback][:MOST]
    if not public:
        return []
    address = site_link(article.get_absolute_url())
    nodes = {row.pk: _comment(row, address) for row in public}
    parents = {row.pk: row.parent_id for row in public}
    depths: dict[int, int] = {}
    top: list[Node] = []
    for row in public:
        parent = row.parent_id if row.parent_id in nodes else None
        while parent is not None and depths.get(parent, 0) >= DEEPEST:
            parent = parents[parent]
        depths[row.pk] = depths.get(parent, 0) + 1 if parent is not None else 0
        (nodes[parent].setdefault("comment", []) if parent is not None else top).append(
            nodes[row.pk]
        )
    return [
        linked_data.identity(article)
        | {
            "commentCount": len(public) if count is None else count,
            "comment": top,
        }
    ]


def _comment(row: Shown, address: str) -> Node:
    author = (
        linked_data.person(row.profile)
        if row.profile is not None
        else {"@type": "Person", "name": row.name}
    )
    return {
        "@type": "Comment",
        "@id": f"{address}#{row.anchor}",
        "url": site_link(row.get_absolute_url()),
        "text": _plain(row.html),
        "datePublished": row.created_at.isoformat(),
        "author": author,
    }


@lru_cache(maxsize=2_000)  # all but the newest were on the page when it was made last
def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _BREAK.sub(" ", html))).split())
