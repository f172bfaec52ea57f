"""Long discussions in pages of whole threads. Of the comments only those of the page are
read; which threads there are is decided by the database, over narrow rows.

A comment that readers do not see any more keeps its place while something published
stands below it: the thread then says that somebody's words were here, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.urls import reverse

from articles.models import Article

from .models import Comment, Order
from .opening import Rules
from .shown import COLUMNS, Shown, put_faces_on
from .thread import Node, build

# OFFSET 0: the few are looked up one by one. How many a recursion finds the planner cannot
# know, and guesses so many that it would rather read the whole table.
# `emptied`: not public, with something public below.
_EMPTIED: Final = """
    WITH RECURSIVE emptied AS (
        SELECT above.id, above.parent_id, above.created_at FROM comments_comment above
        WHERE above.article_id = %(article)s AND above.state <> 'approved' AND EXISTS (
            SELECT 1 FROM comments_comment one
            WHERE one.parent_id = above.id AND one.state = 'approved')
        UNION
        SELECT above.id, above.parent_id, above.created_at
        FROM emptied JOIN comments_comment above ON above.id = emptied.parent_id
        WHERE above.state <> 'approved'
    )"""
# Where a thread begins: `comment_threads` has the public ones in their order, of which a page
# reads no more than it must.
_ROOTS: Final = """comments_comment
    WHERE article_id = %(article)s AND state = 'approved' AND parent_id IS NULL"""
_EMPTIED_ROOTS: Final = "emptied WHERE parent_id IS NULL"
_PAGE: Final = f""", page AS (
        SELECT id FROM (
            (SELECT id, created_at FROM {_ROOTS} ORDER BY created_at {{way}}, id {{way}}
             LIMIT %(skip)s + %(size)s)
            UNION ALL
            SELECT id, created_at FROM {_EMPTIED_ROOTS}
        ) roots ORDER BY created_at {{way}}, id {{way}}
        LIMIT %(size)s OFFSET %(skip)s
    ), shown AS (
        SELECT id FROM page
        UNION
        SELECT one.id FROM shown JOIN comments_comment one ON one.parent_id = shown.id
        WHERE one.state = 'approved' OR one.id IN (SELECT id FROM emptied)
    ), counts AS (
        SELECT (SELECT count(*) FROM {_ROOTS})
            + (SELECT count(*) FROM {_EMPTIED_ROOTS}) AS threads,
            (SELECT count(*) FROM comments_comment
             WHERE article_id = %(article)s AND state = 'approved' AND NOT pingback) AS people
    )
    SELECT threads, people, found.* FROM counts LEFT JOIN (
        SELECT of_one.* FROM shown, LATERAL (
            SELECT {COLUMNS} FROM comments_comment one WHERE one.id = shown.id OFFSET 0
        ) AS of_one
    ) AS found ON true
    ORDER BY found.created_at, found.id"""  # noqa: S608  # ours
_PLACE: Final = f""", roots AS (
        SELECT id, created_at FROM {_ROOTS}
        UNION ALL
        SELECT id, created_at FROM {_EMPTIED_ROOTS}
    ), above AS (
        SELECT id, parent_id FROM comments_comment
        WHERE id = %(comment)s AND (state = 'approved' OR id IN (SELECT id FROM emptied))
        UNION
        SELECT up.id, up.parent_id FROM above JOIN comments_comment up ON up.id = above.parent_id
    )
    SELECT place FROM (
        SELECT id, row_number() OVER (ORDER BY created_at {{way}}, id {{way}}) AS place FROM roots
    ) placed JOIN above USING (id)"""  # noqa: S608  # ours
_WAYS: Final = {Order.OLDEST: "ASC", Order.NEWEST: "DESC"}


class NoSuchPage(Exception):
    """The discussion has fewer pages."""


@dataclass
class ThreadPage:
    """One page of an article's discussion. `people` counts the whole discussion."""

    article: Article
    rules: Rules
    order: Order
    number: int
    threads: int = 0
    people: int = 0
    comments: list[Shown] = field(default_factory=list)
    nodes: list[Node[Shown]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.rules.site.threads_a_page

    @property
    def last(self) -> int:
        return max(1, -(-self.threads // self.size))

    @property
    def is_usual(self) -> bool:
        """In the order that the site has chosen."""
        return self.order == self.rules.site.order

    @property
    def newest_first(self) -> bool:
        return self.order == Order.NEWEST

    @property
    def previous_address(self) -> str:
        return self.address(self.number - 1) if self.number > 1 else ""

    @property
    def next_address(self) -> str:
        return self.address(self.number + 1) if self.number < self.last else ""

    @property
    def threads_left(self) -> int:
        return max(0, self.threads - self.number * self.size)

    @property
    def other_address(self) -> str:
        """The discussion from its other end."""
        other = Order.OLDEST if self.newest_first else Order.NEWEST
        return _address(self.article, self.rules, other, 1)

    def address(self, number: int) -> str:
        return _address(self.article, self.rules, self.order, number)

    def read(self, own: Comment | None = None) -> None:
        """`own` is a comment that only its writer sees, at the place that it will have.

        Raises NoSuchPage.
        """
        rows = self._rows()
        if self.number > self.last:
            raise NoSuchPage
        if own is not None and not own.is_public:
            rows = [row for row in rows if row.pk != own.pk] + [Shown.of(own)]
            rows.sort(key=lambda row: (row.created_at, row.pk))
        self.comments = [row for row in rows if row.is_public]
        put_faces_on(self.comments)
        self.nodes = build(
            rows,
            deepest=self.rules.site.deepest,
            newest_first=self.newest_first,
            emptied={row.pk for row in rows if not row.is_public and row.own is None},
        )

    def _rows(self) -> list[Shown]:
        """What stands on this page, the oldest first."""
        skip = (self.number - 1) * self.size
        found: list[Shown] = []
        for threads, people, *columns in _rows(
            _PAGE, self.order, article=self.article.pk, size=self.size, skip=skip
        ):
            self.threads, self.people = threads, people
            if columns[0] is not None:
                found.append(Shown(*columns))
        return found


def page_of(
    article: Article,
    *,
    number: int = 1,
    order: Order | None = None,
    own: Comment | None = None,
    rules: Rules | None = None,
) -> ThreadPage:
    """A page of a discussion; without a number the first, or the one where `own` belongs."""
    rules = rules or Rules.of(article)
    page = ThreadPage(article, rules, order or Order(rules.site.order), number)
    if own is not None and own.parent_id:
        page.number = number_of(own.parent_id, page) or 1
    page.read(own)
    joins_the_end = own is not None and not own.parent_id and not page.newest_first
    if joins_the_end and page.number != page.last:
        page.number = page.last
        page.read(own)
    return page


def number_of(comment: int, page: ThreadPage) -> int | None:
    """The number of the page on which a comment's place is; None where it has none."""
    rows = list(_rows(_PLACE, page.order, article=page.article.pk, comment=comment))
    return (rows[0][0] - 1) // page.size + 1 if rows else None


def place_of(comment: Comment) -> str | None:
    """The address, with its anchor, at which readers find a comment (or its place) now."""
    page = ThreadPage(
        comment.article, rules := Rules.of(comment.article), Order(rules.site.order), 1
    )
    number = number_of(comment.pk, page)
    if number is None:
        return None
    return f"{page.address(number).partition('#')[0]}#{comment.anchor}"


def _address(article: Article, rules: Rules, order: Order, number: int) -> str:
    usual = order == rules.site.order
    if usual and number == 1:
        return f"{article.get_absolute_url()}#comments"
    words = [] if usual else [str(order)]
    if number > 1:
        words.append(str(number))
    return reverse("threads:page", args=[article.slug, "/".join(words)]) + "#comments"


def _rows(sql: str, order: Order, **values: Any) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute((_EMPTIED + sql).format(way=_WAYS[order]), values)
        yield from cursor.fetchall()
