"""One query and what the tables say to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from backsite.lib.text import Said

from ..models import Article
from ..models.vocabulary import completions
from .sql import (
    ARTICLES,
    BEGIN,
    BEST_HEADS,
    END,
    EVERYWHERE,
    EXPECTED,
    HEADS,
    MARKED,
    MOST_HEADS,
    MOST_NEWEST,
    NEWEST_HEADS,
    NEWEST_TEXTS,
    OFTEN,
    PHRASES,
    PREFIX,
    PROBED,
    PROMOTED,
    QUERY,
    RANKED,
    READ_FOR_A_PHRASE,
    READ_FOR_THE_NEWEST,
    TEXTS,
    WORTH_GUESSING,
)
from .words import Query

# Each costs the index another list of articles.
COMPLETIONS: Final = 4

# key: (rank, when published)
Ranks = dict[int, tuple[float, Any]]

TOO_COMMON: Final = _(
    "These words are in nearly every text, or are no words. Add one that says what it is about."
)
ONLY_LEFT_OUT: Final = _("These are only words to leave out. Add at least one to look for.")


@dataclass(frozen=True)
class Hit:
    """`article` has what a result shows of it, and nothing more."""

    article: Article
    promoted: bool
    topic: str | None
    authors: list[str]
    title: SafeString
    excerpt: SafeString


def typed_query(query: Query) -> tuple[str, list[str], str]:
    return QUERY, [query.words], "" if query.operators else query.words


def longer_query(rest: str, last: str) -> tuple[str, list[str], str]:
    """The last word or one that begins with it. Longer ones are taken from the vocabulary:
    the index knows stems only, where “runni” begins nothing."""
    longer = completions(last, COMPLETIONS)
    ways = [QUERY] * (1 + len(longer))
    words = [last, *longer]
    if not longer:
        ways.append(PREFIX)
        words.append(f"{last}:*")
    either = " || ".join(ways)
    return f"({QUERY} && ({either}))", [rest, *words], f"{rest} {last}"


class Asked:
    """One query and what the tables say to it. `complete`: nothing was left unranked;
    `promoted`: what staff want to be first for `just` these words."""

    def __init__(self, cursor: Any, sql: str, words: list[str], just: str = "") -> None:
        self._cursor = cursor
        wanted = f"q::text, querytree(q), {ARTICLES}, {PROMOTED}"
        asked = f"SELECT {wanted} FROM (SELECT {sql} AS q) AS query"  # noqa: S608  # ours
        cursor.execute(asked, [just, *words])
        self._query, tree, self._articles, self.promoted = cursor.fetchone()
        self._needles = _needles(tree)
        self.complete = True
        # PostgreSQL's words: no word is left; nothing that an index could find.
        self.trouble: Said = TOO_COMMON if not self._query else ONLY_LEFT_OUT if tree == "T" else ""
        # A phrase is its words, as far as the index can say.
        self._loose = re.sub(r"<(?:-|\d+)>", "&", tree) if "<" in self._query else ""

    def best(self) -> list[int]:
        """Keys of articles, the promoted first, then the best, at most RANKED + BEST_HEADS or
        so. The newest are asked first, then heads, then texts: what is common is answered
        before it gets dear."""
        if self.trouble:
            return []
        ranks, seen = self._ranks(NEWEST_HEADS, PROBED)
        if seen >= OFTEN:
            ranks, seen = self._ranks(NEWEST_HEADS, MOST_NEWEST)
        self.complete = False
        if seen < BEST_HEADS:
            heads, many = self._ranks(HEADS, MOST_HEADS, above=RANKED)
            ranks |= heads
            if not many:
                ranks |= self._texts()
        others = ranks.keys() - set(self.promoted)
        ranked = sorted(others, key=lambda key: (*ranks[key], key), reverse=True)
        return [*self.promoted, *ranked]

    def _texts(self) -> Ranks:
        """Those with the words anywhere; where not all can be ranked, also the few that have
        them in their heads."""
        if self._everywhere():
            ranks, seen = self._ranks(NEWEST_TEXTS, READ_FOR_THE_NEWEST)
            if seen >= OFTEN:
                return ranks | self._ranks(HEADS, RANKED)[0]
        sql, most = (PHRASES, READ_FOR_A_PHRASE) if self._loose else (TEXTS, RANKED)
        ranks, seen = self._ranks(sql, most)
        self.complete = seen <= most
        return ranks if self.complete else ranks | self._ranks(HEADS, RANKED)[0]

    def _everywhere(self) -> bool:
        """Whether several words are expected together in a good part of all articles."""
        if "&" not in self._query or self._loose or self._articles < WORTH_GUESSING:
            return False
        self._cursor.execute(EXPECTED, {"query": self._query})
        expected = self._cursor.fetchone()[0][0]["Plan"]["Plan Rows"]
        return bool(expected >= EVERYWHERE * self._articles)

    def _ranks(self, sql: str, most: int, above: int = 0) -> tuple[Ranks, int]:
        """(what was ranked, how many the index gave, at most `most` + 1)."""
        asked = {"query": self._query, "loose": self._loose, "plain": "!" not in self._query}
        limits = {"most": most + 1, "best": BEST_HEADS, "above": above}
        self._cursor.execute(sql, asked | limits)
        rows = self._cursor.fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}, rows[0][3] if rows else 0

    def shown(self, keys: list[int]) -> list[Hit]:
        """With the words marked, in the titles and in what the texts say around them."""
        asked = {"query": self._query, "keys": keys, "needles": self._needles}
        self._cursor.execute(MARKED, asked)
        rows = {row[0]: Row(*row) for row in self._cursor.fetchall()}
        return [_hit(rows[key], key in self.promoted) for key in keys if key in rows]


def _needles(tree: str) -> list[str]:
    """How words with the stems of a query begin in a text, the longest first: a stem is the
    beginning of its words, but for the i that stands for a y."""
    stems = re.findall(r"'((?:[^']|'')+)'", tree)
    plain = {stem.replace("''", "'").removesuffix("i") for stem in stems}
    return [f" {stem}" for stem in sorted(plain, key=lambda stem: (-len(stem), stem))]


class Row(NamedTuple):
    """Of `MARKED`."""

    pk: int
    title: str
    slug: str
    kind: str
    standfirst: str
    published_at: datetime
    topic: str | None
    authors: list[str]
    marked: str
    part: str
    before: bool
    after: bool


def _hit(row: Row, promoted: bool) -> Hit:
    """A part of the text without any of the words says less than the standfirst."""
    names = ("pk", "title", "slug", "kind", "published_at")
    article = Article(**{name: getattr(row, name) for name in names})
    part = row.part
    if BEGIN not in part and row.standfirst:
        part = row.standfirst
    else:
        if row.before:
            part = "… " + part.partition(" ")[2]
        if row.after:
            part = part.rpartition(" ")[0] + " …"
    return Hit(article, promoted, row.topic, row.authors, _safe(row.marked), _safe(part))


def _safe(marked: str) -> SafeString:
    """Everything is escaped but our own marks; one whose other half was cut off is dropped."""
    pairs = re.sub(f"{BEGIN}([^{BEGIN}{END}]*){END}", r"<mark>\1</mark>", str(escape(marked)))
    html = pairs.replace(BEGIN, "").replace(END, "")
    return mark_safe(html)  # noqa: S308  # escaped above
