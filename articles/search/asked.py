"""One query and what the tables say to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ..models import Article
from ..models.article import ArticleQuerySet
from ..models.vocabulary import completions
from .sql import (
    BEGIN,
    BEST_HEADS,
    END,
    HEADS,
    MARKED,
    MOST_HEADS,
    MOST_NEWEST,
    NEWEST_HEADS,
    PHRASES,
    PREFIX,
    QUERY,
    RANKED,
    READ_FOR_A_PHRASE,
    TEXTS,
)
from .words import Query

# Each costs the index another list of articles.
COMPLETIONS: Final = 4

TOO_COMMON: Final = (
    "These words are in nearly every text, or are no words. Add one that says what it is about."
)
ONLY_LEFT_OUT: Final = "These are only words to leave out. Add at least one to look for."


@dataclass(frozen=True)
class Hit:
    article: Article
    title: SafeString
    excerpt: SafeString


def typed_query(query: Query) -> tuple[str, list[str]]:
    return QUERY, [query.words]


def longer_query(rest: str, last: str) -> tuple[str, list[str]]:
    """The last word or one that begins with it. Longer ones are taken from the vocabulary:
    the index knows stems only, where “runni” begins nothing."""
    longer = completions(last, COMPLETIONS)
    ways = [QUERY] * (1 + len(longer))
    words = [last, *longer]
    if not longer:
        ways.append(PREFIX)
        words.append(f"{last}:*")
    either = " || ".join(ways)
    return f"({QUERY} && ({either}))", [rest, *words]


class Asked:
    """One query and what the tables say to it. `complete`: nothing was left unranked."""

    def __init__(self, cursor: Any, sql: str, words: list[str]) -> None:
        self._cursor = cursor
        asked = f"SELECT q::text, querytree(q) FROM (SELECT {sql} AS q) AS query"  # noqa: S608  # ours
        cursor.execute(asked, words)
        self._query, tree = cursor.fetchone()
        self._needles = _needles(tree)
        self.complete = True
        # PostgreSQL's words: no word is left; nothing that an index could find.
        self.trouble = TOO_COMMON if not self._query else ONLY_LEFT_OUT if tree == "T" else ""
        # A phrase is its words, as far as the index can say.
        self._loose = re.sub(r"<(?:-|\d+)>", "&", tree) if "<" in self._query else ""

    def best(self) -> list[int]:
        """Keys of articles, the best first, at most RANKED + BEST_HEADS or so."""
        if self.trouble:
            return []
        ranks, seen = self._ranks(NEWEST_HEADS, MOST_NEWEST)
        if seen < BEST_HEADS:
            sql, most = (PHRASES, READ_FOR_A_PHRASE) if self._loose else (TEXTS, RANKED)
            more, seen = self._ranks(sql, most)
            ranks |= more
            self.complete = seen <= most
            if not self.complete:
                ranks |= self._ranks(HEADS, MOST_HEADS)[0]
        else:
            self.complete = False
        return sorted(ranks, key=lambda key: (*ranks[key], key), reverse=True)

    def _ranks(self, sql: str, most: int) -> tuple[dict[int, tuple[float, Any]], int]:
        """({key: (rank, when published)}, how many the index gave, at most `most` + 1)."""
        asked = {"query": self._query, "loose": self._loose, "most": most + 1, "best": BEST_HEADS}
        self._cursor.execute(sql, asked)
        rows = self._cursor.fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}, rows[0][3] if rows else 0

    def shown(self, keys: list[int]) -> list[Hit]:
        """With the words marked, in the titles and in what the texts say around them."""
        asked = {"query": self._query, "keys": keys, "needles": self._needles}
        self._cursor.execute(MARKED, asked)
        marked = {row[0]: row[1:] for row in self._cursor.fetchall()}
        articles: ArticleQuerySet = Article.objects.published().listed()
        known = articles.in_bulk([key for key in keys if key in marked])
        return [_hit(known[key], *marked[key]) for key in keys if key in known]


def _needles(tree: str) -> list[str]:
    """How words with the stems of a query begin in a text, the longest first: a stem is the
    beginning of its words, but for the i that stands for a y."""
    stems = re.findall(r"'((?:[^']|'')+)'", tree)
    plain = {stem.replace("''", "'").removesuffix("i") for stem in stems}
    return [f" {stem}" for stem in sorted(plain, key=lambda stem: (-len(stem), stem))]


def _hit(article: Article, title: str, part: str, before: bool, after: bool) -> Hit:
    """A part of the text without any of the words says less than the standfirst."""
    if BEGIN not in part and article.standfirst:
        return Hit(article, _safe(title), _safe(article.standfirst))
    if before:
        part = "… " + part.partition(" ")[2]
    if after:
        part = part.rpartition(" ")[0] + " …"
    return Hit(article, _safe(title), _safe(part))


def _safe(marked: str) -> SafeString:
    """Everything is escaped but our own marks; one whose other half was cut off is dropped."""
    pairs = re.sub(f"{BEGIN}([^{BEGIN}{END}]*){END}", r"<mark>\1</mark>", str(escape(marked)))
    html = pairs.replace(BEGIN, "").replace(END, "")
    return mark_safe(html)  # noqa: S308  # escaped above
