"""A reader's words, and the articles that answer them.

How it stays quick with many articles: what a query finds is read from a GIN index, and at
most `RANKED` of it are ranked. Where there are more, those with the words in their title,
headings or names come first, then the best of the `RANKED` that the index gave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection, transaction
from django.db.utils import OperationalError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backsite.lib.text import Said

from .asked import Asked, Hit, longer_query, typed_query
from .spelling import better_words
from .sql import LIMITS
from .words import MOST_CHARACTERS, MOST_WORDS, Query

__all__ = ["MOST_CHARACTERS", "Found", "Hit", "Query", "search"]

PAGE_LENGTH: Final = 10
# The reader of a page that took longer is gone; the database has others to serve.
PATIENCE_MILLISECONDS: Final = 2_000
# With fewer results than this the words may have been mistyped.
FEW: Final = 3
TOOK_TOO_LONG: Final = _("This search took too long and was stopped. Try fewer or rarer words.")


@dataclass
class Found:
    """What the results page shows. `trouble` says why nothing was looked for."""

    query: Query
    page: int = 1
    hits: list[Hit] = field(default_factory=list)
    count: int = 0
    complete: bool = True
    instead: str = ""
    suggestion: str = ""
    trouble: Said = ""

    most_characters = MOST_CHARACTERS
    most_words = MOST_WORDS

    @property
    def typed(self) -> str:
        return self.query.typed

    @property
    def words(self) -> str:
        return self.query.words

    @property
    def shortened(self) -> bool:
        return self.query.shortened

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE_LENGTH))

    @property
    def start(self) -> int:
        return (self.page - 1) * PAGE_LENGTH + 1

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1

    @property
    def told(self) -> str:
        if not self.complete:
            many = gettext(
                "Many articles have these words. Here are {count} of them, first those that are "
                "most about them."
            )
            return many.format(count=intcomma(self.count))
        said = ngettext("{count} result", "{count} results", self.count)
        return said.format(count=intcomma(self.count))


def search(typed: str, page: int = 1) -> Found:
    """One page of results. Whatever was typed: nothing is raised but for an outage."""
    found = Found(Query.read(typed))
    if not found.words:
        return found
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LIMITS, [f"{PATIENCE_MILLISECONDS}ms"])
            _fill(found, page, cursor)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != "57014":  # query_canceled
            raise
        return Found(found.query, trouble=TOOK_TOO_LONG)
    return found


def _fill(found: Found, page: int, cursor: Any) -> None:
    asked = Asked(cursor, *typed_query(found.query))
    if asked.trouble:
        found.trouble = asked.trouble
        return
    keys = asked.best()
    if len(keys) < PAGE_LENGTH and found.query.unfinished:
        longer = Asked(cursor, *longer_query(*found.query.unfinished))
        more = longer.best()
        if len(more) > len(keys):
            asked, keys = longer, [*keys, *(key for key in more if key not in set(keys))]
    if len(keys) < FEW:
        corrected = _corrected(found.query)
        other = Asked(cursor, *typed_query(Query.read(corrected))) if corrected else None
        there = other.best() if other and not other.trouble else []
        if other and len(there) > len(keys):
            if keys:
                found.suggestion = corrected
            else:
                found.instead, asked, keys = corrected, other, there
    found.count, found.complete = len(keys), asked.complete
    found.page = min(max(page, 1), found.pages)
    found.hits = asked.shown(keys[found.start - 1 :][:PAGE_LENGTH])


def _corrected(query: Query) -> str:
    better = better_words(query.plain_words)
    return query.with_words(better) if better else ""
