"""The comments of an article in schema.org's words: `comment` of the article, answers
inside what they answer, as Google's documentation asks for threads. Names only.

The page's subject is the article, not a question or a forum post: QAPage and
DiscussionForumPosting would say of it what it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Any, Final

from django.utils.html import strip_tags

from articles import linked_data
from articles.models import Article
from backsite.lib.web import site_link

from .models import Comment

Node = dict[str, Any]

# Search engines read the beginning of a discussion; a thousand comments are no second page.
MOST: Final = 100
# So deep a nesting is readable for them; further answers stand beside the last level.
DEEPEST: Final = 20


def of_thread(article: Article, comments: Iterable[Comment]) -> list[Node]:
    """The article's node with its published comments; nothing where nobody has written."""
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
    return [linked_data.identity(article) | {"commentCount": len(public), "comment": top}]


def _comment(row: Comment, address: str) -> Node:
    profile = getattr(row.staff, "author_profile", None) if row.staff else None
    author = linked_data.person(profile) if profile else {"@type": "Person", "name": row.name}
    return {
        "@type": "Comment",
        "@id": f"{address}#{row.anchor}",
        "url": f"{address}#{row.anchor}",
        "text": _plain(row.html),
        "datePublished": row.created_at.isoformat(),
        "author": author,
    }


def _plain(html: str) -> str:
    spaced = re.sub(r"<(?:br|/p|/li|/blockquote)\b", r" \g<0>", html)
    return " ".join(unescape(strip_tags(spaced)).split())
