"""The statements of the search, and how much each of them may read.

Measured with 100,000 articles of 6 kB: ranking by the whole vector costs 9 µs an article,
by the short one 0.7 µs; the index names all articles with a very common word in 8 ms.
"""

# ruff: noqa: S608  # put together from the constants below; words come as parameters

from __future__ import annotations

from typing import Final

from ..models.search import CONFIGURATION

# Where the newest articles give so many with the words in their short vector, the words are
# common and nothing else is asked.
MOST_NEWEST: Final = 3_000
BEST_HEADS: Final = 200
RANKED: Final = 300
# What has the words in the short vector is ranked by it first, at most so many.
MOST_HEADS: Final = 3_000
# A phrase is looked for in the texts themselves, in at most this many that have its words.
READ_FOR_A_PHRASE: Final = 1_000
# Characters shown of a text, and how many of them before the first of the words.
WINDOW: Final = 300
BEFORE: Final = 90

# Private characters, which the texts cannot bring along: they are taken out of them.
BEGIN, END = "\ue000", "\ue001"

QUERY: Final = f"websearch_to_tsquery('{CONFIGURATION}', %s)"
PREFIX: Final = f"to_tsquery('{CONFIGURATION}', %s)"

# Rows may be found by the index alone: for a common word the planner would rather read the
# table until it has enough, which is quick or slow as the rows happen to lie.
LIMITS: Final = (
    "SET LOCAL statement_timeout = %s; SET LOCAL jit = off; "
    "SET LOCAL max_parallel_workers_per_gather = 0; "
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
)
_BY_INDEX: Final = "SET LOCAL enable_indexscan = off; "
_IN_ORDER: Final = "SET LOCAL enable_indexscan = on; "

# Each gives rows of (key, rank, when published, how many the index gave).
# The rank is divided by 1 + the logarithm of the length: a long text is not better for that.
_RANK: Final = "ts_rank(search_vector, %(query)s::tsquery, 1)"
_FOUND: Final = """
WITH found AS MATERIALIZED (
    SELECT id, published_at, search_vector, head_vector FROM articles_article
    WHERE state = 'published' AND {condition} LIMIT %(most)s
) """
_SEEN: Final = "(SELECT count(*) FROM found)"
TEXTS: Final = (
    _BY_INDEX
    + _FOUND.format(condition="search_vector @@ %(query)s::tsquery")
    + f"SELECT id, {_RANK}, published_at, {_SEEN} FROM found"
)
PHRASES: Final = (
    _BY_INDEX
    + _FOUND.format(condition="search_vector @@ %(loose)s::tsquery")
    + f"SELECT id, {_RANK}, published_at, {_SEEN} FROM found "
    "WHERE search_vector @@ %(query)s::tsquery"
)
_BEST: Final = f"""
SELECT id, {_RANK}, published_at, {_SEEN} FROM (
    SELECT id, published_at, search_vector FROM found
    ORDER BY ts_rank(head_vector, %(query)s::tsquery) DESC, published_at DESC LIMIT %(best)s
) AS best"""
HEADS: Final = _BY_INDEX + _FOUND.format(condition="head_vector @@ %(query)s::tsquery") + _BEST
NEWEST_HEADS: Final = f"""{_IN_ORDER}
SELECT id, {_RANK}, published_at, count(*) OVER () FROM (
    SELECT id, published_at, search_vector FROM (
        SELECT id, published_at, search_vector, head_vector FROM articles_article
        WHERE state = 'published' AND kind = 'article'
        ORDER BY published_at DESC, id DESC LIMIT %(most)s
    ) AS newest WHERE head_vector @@ %(query)s::tsquery LIMIT %(best)s
) AS best"""

_HEADLINE: Final = (
    f"ts_headline('{CONFIGURATION}', translate({{text}}, '{BEGIN}{END}', ''), %(query)s::tsquery, "
    f"'StartSel={BEGIN}, StopSel={END}, HighlightAll=true')"
)
_WINDOW: Final = f"substr(search_text, greatest(1, place - {BEFORE}), {WINDOW})"
# (key, title, a part of the text around the first of the words, whether text stands before
# that part, whether after it), the words between BEGIN and END. Only this part is parsed for
# words: the whole text of ten articles costs 7 ms.
MARKED: Final = (
    "SELECT id, "
    + _HEADLINE.format(text="title")
    + ", "
    + _HEADLINE.format(text=_WINDOW)
    + f", place > {BEFORE} + 1, length(search_text) > greatest(1, place - {BEFORE}) + {WINDOW} "
    "FROM articles_article, LATERAL (SELECT lower(search_text) AS small OFFSET 0) AS lowered, "
    "LATERAL (SELECT coalesce((SELECT nullif(strpos(small, needle), 0) "
    "FROM unnest(%(needles)s::text[]) WITH ORDINALITY AS given (needle, turn) "
    "WHERE strpos(small, needle) > 0 ORDER BY turn LIMIT 1), 1) AS place OFFSET 0) AS first "
    "WHERE id = ANY(%(keys)s)"
)
