"""The statements of the search, and how much each of them may read.

Measured with 100,000 articles of 6 kB: ranking by the whole vector costs 9 µs an article,
by the short one 0.7 µs; the index names all articles with a very common word in 8 ms.
"""

# ruff: noqa: S608  # put together from the constants below; words come as parameters

from __future__ import annotations

from typing import Final

from ..models.promoted import STEMS
from ..models.search import CONFIGURATION

# Where the newest articles give so many with the words in their short vector, the words are
# common and nothing else is asked.
MOST_NEWEST: Final = 1_000
# So many of them are looked at first: with fewer hits than this, not all need be.
PROBED: Final = 300
OFTEN: Final = 15
BEST_HEADS: Final = 60
RANKED: Final = 120
# What has the words in the short vector is ranked by it first, at most so many. Where they are
# more than `RANKED`, the texts need not be asked: they could not all be ranked.
MOST_HEADS: Final = 500
# A phrase is looked for in the texts themselves, in at most this many that have its words:
# each costs 40 µs.
READ_FOR_A_PHRASE: Final = 250
# Words that are expected together in so many of all articles are looked for in the newest: to
# read the lists of three such words takes the index 10 ms with 100,000 articles. With few
# articles it takes nothing, and all are looked at.
EVERYWHERE: Final = 0.1
WORTH_GUESSING: Final = 10_000
READ_FOR_THE_NEWEST: Final = 300
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
_IN_TEXT: Final = "search_vector @@ %(query)s::tsquery"
# A word to leave out may stand in the text, of which the short vector knows nothing.
_TRUE: Final = f"(%(plain)s OR {_IN_TEXT})"
TEXTS: Final = (
    _BY_INDEX
    + _FOUND.format(condition=_IN_TEXT)
    + f"SELECT id, {_RANK}, published_at, {_SEEN} FROM found"
)
PHRASES: Final = (
    _BY_INDEX
    + _FOUND.format(condition="search_vector @@ %(loose)s::tsquery")
    + f"SELECT id, {_RANK}, published_at, {_SEEN} FROM found "
    f"WHERE {_IN_TEXT}"
)
_BEST: Final = f"""
SELECT id, {_RANK}, published_at, {_SEEN} FROM (
    SELECT id, published_at, search_vector FROM found WHERE {_SEEN} > %(above)s AND {_TRUE}
    ORDER BY ts_rank(head_vector, %(query)s::tsquery) DESC, published_at DESC LIMIT %(best)s
) AS best"""
# Nothing is ranked, and no row given, where the index gave no more than `above`.
HEADS: Final = _BY_INDEX + _FOUND.format(condition="head_vector @@ %(query)s::tsquery") + _BEST
_NEWEST: Final = f"""{_IN_ORDER}
SELECT id, {_RANK}, published_at, count(*) OVER () FROM (
    SELECT id, published_at, search_vector FROM (
        SELECT id, published_at, search_vector, head_vector FROM articles_article
        WHERE state = 'published' AND kind = 'article'
        ORDER BY published_at DESC, id DESC LIMIT %(most)s
    ) AS newest WHERE {{condition}} LIMIT %(best)s
) AS best"""
NEWEST_HEADS: Final = _NEWEST.format(condition=f"head_vector @@ %(query)s::tsquery AND {_TRUE}")
NEWEST_TEXTS: Final = _NEWEST.format(condition=_IN_TEXT)
# Guessed from statistics, for nothing but the choice of a way.
EXPECTED: Final = f"EXPLAIN (FORMAT JSON) SELECT FROM articles_article WHERE {_IN_TEXT}"
ARTICLES: Final = "(SELECT reltuples FROM pg_class WHERE oid = 'articles_article'::regclass)"
# Looked up by the index of its constraint, in the statement that is asked first of all.
PROMOTED: Final = (
    "ARRAY(SELECT article_id FROM articles_promotedresult AS row "
    "JOIN articles_article AS article ON article.id = article_id "
    f"WHERE stems = {STEMS} AND stems <> '' AND article.state = 'published' "
    "ORDER BY row.position, row.id)"
)

_HEADLINE: Final = (
    f"ts_headline('{CONFIGURATION}', translate({{text}}, '{BEGIN}{END}', ''), %(query)s::tsquery, "
    f"'StartSel={BEGIN}, StopSel={END}, HighlightAll=true')"
)
_WINDOW: Final = f"substr(search_text, greatest(1, place - {BEFORE}), {WINDOW})"
# (what a result shows of its article; then title, a part of the text around the first of the
# words, whether text stands before that part, whether after it), the words between BEGIN and
# END. Only this part is parsed for words: the whole text of ten articles costs 7 ms.
MARKED: Final = (
    "SELECT id, title, slug, kind, standfirst, published_at, "
    "(SELECT name FROM articles_topic AS topic WHERE topic.id = topic_id), "
    "ARRAY(SELECT author.name FROM articles_byline AS byline "
    "JOIN articles_author AS author ON author.id = byline.author_id "
    "WHERE byline.article_id = articles_article.id ORDER BY byline.position, byline.id), "
    + _HEADLINE.format(text="title")
    + ", "
    + _HEADLINE.format(text=_WINDOW)
    + f", place > {BEFORE} + 1, length(search_text) > greatest(1, place - {BEFORE}) + {WINDOW} "
    "FROM articles_article, LATERAL (SELECT lower(search_text) AS small OFFSET 0) AS lowered, "
    "LATERAL (SELECT coalesce((SELECT nullif(strpos(small, needle), 0) "
    "FROM unnest(%(needles)s::text[]) WITH ORDINALITY AS given (needle, turn) "
    "WHERE strpos(small, needle) > 0 ORDER BY turn LIMIT 1), 1) AS place OFFSET 0) AS first "
    "WHERE id = ANY(%(keys)s) AND state = 'published'"
)
