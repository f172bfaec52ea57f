"""What an answer can be made of: saved replies, and the site's own articles on the subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.urls import NoReverseMatch, reverse

from articles.models import Article
from articles.models.call import BOOK, Call
from articles.models.vocabulary import known, words_of
from backsite.lib.web import site_link

from .models import Comment, SavedReply
from .narrowing import is_key

# As many as can be taken in beside an answer.
SUGGESTED: Final = 4
# A question's most telling words: those that the fewest articles have.
TELLING: Final = 8
# A word that more of the site's articles have than this tells nothing about one of them.
COMMON: Final = 400
# Of a long letter the beginning says what it is about.
READ: Final = 3_000
# At least so much in common: an article that shares one word by chance is no help.
LEAST_RANK: Final = 0.05

BY_HEADS: Final = """
SELECT id, ts_rank(head_vector, query, 1) AS rank
FROM articles_article, to_tsquery('english', %(query)s) AS query
WHERE state = 'published' AND kind = 'article' AND id <> %(own)s AND head_vector @@ query
ORDER BY rank DESC, id DESC LIMIT %(most)s"""
# In a long text one word stands by chance: those that have the most of them, two at least.
BY_TEXTS: Final = f"""
WITH found AS MATERIALIZED (
    SELECT id, search_vector FROM articles_article
    WHERE state = 'published' AND kind = 'article' AND id <> %(own)s
        AND search_vector @@ to_tsquery('english', %(query)s)
    LIMIT {COMMON}
), counted AS (
    SELECT id, ts_rank(search_vector, to_tsquery('english', %(query)s), 1) AS rank, (
        SELECT count(DISTINCT query) FROM (
            SELECT plainto_tsquery('english', word) AS query FROM unnest(%(words)s) AS word
        ) AS asked WHERE search_vector @@ query
    ) AS shared FROM found
)
SELECT id FROM counted WHERE shared > 1
ORDER BY shared DESC, rank DESC, id DESC LIMIT %(most)s"""  # noqa: S608  # a number of ours


@dataclass(frozen=True)
class Part:
    """One thing that can be put into the answer. `value` is what its button sends."""

    value: str
    title: str
    text: str
    address: str = ""


def saved_replies(comment: Comment) -> list[Part]:
    return [
        Part(f"reply-{reply.pk}", reply.title, filled(reply.text, comment))
        for reply in SavedReply.objects.all()
    ]


def filled(text: str, comment: Comment) -> str:
    """With the place-holders filled in; whatever else stands in braces stays."""
    values = {
        "name": comment.name.split()[0] if comment.name.split() else comment.name,
        "article": comment.article.title,
        "link": site_link(comment.article.get_absolute_url()),
    }
    if "{book}" in text:
        values["book"] = _book_address()
    return re.sub(r"\{(name|article|link|book)\}", lambda found: values[found[1]], text)


def _book_address() -> str:
    """Where a reader gets the free book: where the site's own call to action with the key
    “book” leads to; until it leads elsewhere, to the page that gives it for joining the
    newsletter."""
    call = Call.objects.in_use().filter(key=BOOK).first()
    if call is not None and call.address:
        return call.address if "://" in call.address else site_link(call.address)
    try:
        return site_link(reverse("newsletter:sign_up"))
    except NoReverseMatch:
        return site_link("/")


def suggestions_for(comment: Comment) -> list[Part]:
    """The site's own articles on what was asked, the closest first; never the one it
    stands under. Those that say in their titles that they are about it come before those
    that write of it."""
    words = _telling(f"{comment.text[:READ]}")
    if not words:
        return []
    query = " | ".join(f"'{word}'" for word in words)
    asked: dict[str, Any] = {
        "query": query,
        "words": words,
        "own": comment.article_id,
        "most": SUGGESTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_HEADS, asked)
        keys = [key for key, rank in cursor.fetchall() if rank >= LEAST_RANK]
        if len(keys) < SUGGESTED:
            cursor.execute(BY_TEXTS, asked)
            keys += [key for (key,) in cursor.fetchall() if key not in keys]
    keys = keys[:SUGGESTED]
    rows = Article.objects.only("title", "slug", "kind", "published_at").in_bulk(keys)
    return [_of_article(rows[key]) for key in keys if key in rows]


def _telling(text: str) -> list[str]:
    words = [word for word in words_of(text) if len(word) > 3]
    use = known(words)
    telling = [word for word in dict.fromkeys(words) if 0 < use.get(word, 0) <= COMMON]
    return sorted(telling, key=lambda word: use[word])[:TELLING]


def _of_article(article: Article) -> Part:
    link = site_link(article.get_absolute_url())
    return Part(f"article-{article.pk}", article.title, f"{article.title}: {link}", link)


def with_insertion(text: str, value: str, comment: Comment) -> str:
    """The answer with what a button asked for at its end; as it was for what is not there."""
    kind, _, key = value.partition("-")
    if not is_key(key):
        return text
    added = ""
    if kind == "reply":
        reply = SavedReply.objects.filter(pk=int(key)).first()
        added = filled(reply.text, comment) if reply else ""
    elif kind == "article":
        article = Article.objects.articles().published().filter(pk=int(key)).first()
        added = _of_article(article).text if article else ""
    return f"{text.rstrip()}\n\n{added}".strip() if added else text
