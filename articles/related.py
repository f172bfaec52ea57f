"""What to read next: articles that share a topic, tags, telling words and what their texts are
about with one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.expressions import RawSQL

from backsite.lib.prepared import Given, Prepared, Question
from backsite.lib.remembered import remembered

from .models.article import Article
from .models.search import CONFIGURATION

MOST: Final = 4
# Compared are so many of the newest from the same topic, with a shared tag, and of all: the
# cost of a page does not grow with the site.
COMPARED: Final = 60
COMPARED_OF_ALL: Final = 30
# A shared tag says more than a shared topic; a telling word weighs as it is rare.
TOPIC_WEIGHT: Final = 1.5
TAG_WEIGHT: Final = 2.0
TITLE_WEIGHT: Final = 1.0
STANDFIRST_WEIGHT: Final = 0.4
# Of a text as like it as it is to itself. Alone it must be near that to be listed.
TEXT_WEIGHT: Final = 2.0
# What a text is about: the words that it has often and others seldom. As many are compared.
OFTEN_USED: Final = 60
TELLING: Final = 15
# Less in common than that is chance: no list is better than a wrong one.
LEAST: Final = 1.5

# A word in more than half of all articles tells nothing, one in this article alone joins
# nothing. How many there are, the most used word says.
LIKENESS: Final = f"""ts_rank(search_vector, (
    SELECT to_tsquery('{CONFIGURATION}', string_agg(word, ' | ')) FROM (
        SELECT own.word FROM unnest(%s::text[], %s::int[]) AS own (word, times)
        JOIN articles_word known ON known.word = own.word
        CROSS JOIN (SELECT max(articles)::float AS number FROM articles_word) AS everything
        WHERE known.articles > 1 AND known.articles * 2 <= number
        ORDER BY times * ln(number / known.articles) DESC, own.word LIMIT {TELLING}
    ) AS telling), 1)"""  # noqa: S608  # ours

WORD: Final = re.compile(r"[^\W\d_]{4,}")


def related_articles(article: Article) -> list[Article]:
    """At most four published ones, the closest first, in one query."""
    found = _CANDIDATES.ask(
        article=article.pk, topic=article.topic_id, **_often(article.search_text)
    )["all"]
    likeness = {row.pk: float(getattr(row, "likeness", 0) or 0) for row in found}
    itself = likeness.get(article.pk) or 1.0
    candidates = [row for row in found if row.pk != article.pk]
    if not candidates:
        return []
    own = _words(article.title, article.standfirst)
    texts = [_words(other.title, other.standfirst) for other in candidates]
    rarity = _rarity(texts)
    scored = []
    for other, words in zip(candidates, texts, strict=True):
        score = TAG_WEIGHT * getattr(other, "shared_tags", 0) + sum(
            min(own[word], words[word]) * rarity[word] for word in own.keys() & words.keys()
        )
        score += TEXT_WEIGHT * min(1.0, likeness[other.pk] / itself)
        if article.topic_id is not None and other.topic_id == article.topic_id:
            score += TOPIC_WEIGHT
        scored.append((score, other.published_at, other.pk, other))
    scored.sort(key=lambda row: row[:3], reverse=True)
    return [row[3] for row in scored[:MOST] if row[0] >= LEAST]


def _candidates() -> Mapping[str, Question]:
    """With the article itself among them, to see how like it is to itself."""
    article, tags = Given("article"), Article.tags.through.objects
    shown = Article.objects.articles().published().exclude(pk=article)
    newest = shown.newest_first().values("pk")
    own_tags = tags.filter(article=article).values("tag")
    tagged = shown.filter(pk__in=tags.filter(tag__in=own_tags).values("article"))
    keys = newest[:COMPARED_OF_ALL].union(
        newest.filter(topic=Given("topic"))[:COMPARED],
        tagged.newest_first().values("pk")[:COMPARED],
        Article.objects.filter(pk=article).values("pk"),
    )
    likeness = RawSQL(LIKENESS, (Given("words"), Given("times")))  # noqa: S611  # ours
    found = Article.objects.filter(pk__in=keys).annotate(
        likeness=likeness,
        shared_tags=Count("tags", filter=Q(tags__in=own_tags), distinct=True),
    )
    return {"all": found.only("title", "slug", "kind", "standfirst", "topic", "published_at")}


_CANDIDATES: Final = Prepared(_candidates)


@remembered(50)  # of what is read again and again; the texts stay in memory with it
def _often(text: str) -> dict[str, Any]:
    """The words of a text by which another may be found to be like it."""
    often = Counter(WORD.findall(text.lower())).most_common(OFTEN_USED)
    return {"words": [word for word, _ in often], "times": [number for _, number in often]}


@remembered(1_000)
def _words(title: str, standfirst: str) -> Mapping[str, float]:
    words = dict.fromkeys(WORD.findall(standfirst.lower()), STANDFIRST_WEIGHT)
    return words | dict.fromkeys(WORD.findall(title.lower()), TITLE_WEIGHT)


def _rarity(texts: list[Mapping[str, float]]) -> dict[str, float]:
    """0 for a word that all have, 1 for one that a single text has."""
    count = Counter(word for words in texts for word in words)
    return {word: 1 - math.log(n) / math.log(len(texts) + 1) for word, n in count.items()}
