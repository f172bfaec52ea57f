"""The comments of an article in schema.org's words: `comment` of the article, answers
inside what they answer, as Google's documentation asks for threads. Names only.

The page's subject is the article, not a question or a forum post: QAPage and
DiscussionForumPosting would say of it what it is not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple

from django.utils.safestring import SafeString

from articles import linked_data
from articles.models import Article, Author
from backsite.lib.web import site_link

from .shown import Shown, address_of

# What `rendering.render` made is well formed, so that no parser need look at it again: a
# page has a hundred comments, and Django's takes as long for them as all else together.
_TAG: Final = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_BREAK: Final = re.compile(r"(?=<(?:br|/p|/li|/blockquote)\b)")

# Search engines read the beginning of a discussion; a thousand comments are no second page.
MOST: Final = 100
# So deep a nesting is readable for them; further answers stand beside the last level.
DEEPEST: Final = 20


def of_thread(article: Article, comments: Iterable[Shown], count: int | None = None) -> SafeString:
    """The article's node with its published comments; nothing where nobody has written.
    `count` is how many there are, where these are not all."""
    public = [row for row in comments if row.is_public and not row.pingback][:MOST]
    if not public:
        return SafeString("")
    parents = {row.pk: row.parent_id for row in public}
    depths: dict[int, int] = {}
    below: dict[int | None, list[Shown]] = defaultdict(list)
    for row in public:
        parent = row.parent_id if row.parent_id in parents else None
        while parent is not None and depths.get(parent, 0) >= DEEPEST:
            parent = parents[parent]
        depths[row.pk] = depths.get(parent, 0) + 1 if parent is not None else 0
        below[parent].append(row)
    address = site_link(article.get_absolute_url())
    people: dict[int, str] = {}

    def person(author: Author) -> str:
        if author.pk not in people:
            people[author.pk] = linked_data.written(linked_data.person(author))
        return people[author.pk]

    def node(row: Shown) -> str:
        who = person(row.profile) if row.profile is not None else ""
        own = Written(row.pk, row.name, row.html, row.created_at, who)
        return _with_comments(
            _comment(own, address), [node(answer) for answer in below.get(row.pk, ())]
        )

    whole = linked_data.identity(article)
    whole["commentCount"] = len(public) if count is None else count
    own = linked_data.written(whole)
    return linked_data.block(_with_comments(own, [node(row) for row in below[None]]))


def _with_comments(node: str, comments: list[str]) -> str:
    return f'{node[:-1]}, "comment": [{", ".join(comments)}]}}' if comments else node


class Written(NamedTuple):
    """All that is said of a comment, but its place; `person` is the node of its writer, where it
    is one of the team."""

    pk: int
    name: str
    html: str
    created_at: datetime
    person: str


@lru_cache(maxsize=2_000)  # all but the newest were on the page when it was made last
def _comment(row: Written, address: str) -> str:
    node: linked_data.Node = {
        "@type": "Comment",
        "@id": f"{address}#comment-{row.pk}",
        "url": site_link(address_of("comments:comment")(row.pk)),
        "text": _plain(row.html),
        "datePublished": row.created_at.isoformat(),
    }
    who = row.person or linked_data.written({"@type": "Person", "name": row.name})
    return f'{linked_data.written(node)[:-1]}, "author": {who}}}'


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _BREAK.sub(" ", html))).split())
