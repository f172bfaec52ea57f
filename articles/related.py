"""What to read next: articles that share a topic, tags and telling words with one."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from django.db.models import Count, Q

from .models.article import Article

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
# Less in common than that is chance: no list is better than a wrong one.
LEAST: Final = 1.5

WORD: Final = re.compile(r"[^\W\d_]{4,}")


def related_articles(article: Article) -> list[Article]:
    """At most four published ones, the closest first, in one query."""
    tags = [tag.pk for tag in article.tags.all()]
    candidates = list(_candidates(article, tags))
    if not candidates:
        return []
    own, texts = _words(article), [_words(other) for other in candidates]
    rarity = _rarity(texts)
    scored = []
    for other, words in zip(candidates, texts, strict=True):
        score = TAG_WEIGHT * getattr(other, "shared_tags", 0) + sum(
            min(own[word], words[word]) * rarity[word] for word in own.keys() & words.keys()
        )
        if article.topic_id is not None and other.topic_id == article.topic_id:
            score += TOPIC_WEIGHT
        scored.append((score, other.published_at, other.pk, other))
    scored.sort(key=lambda row: row[:3], reverse=True)
    return [row[3] for row in scored[:MOST] if row[0] >= LEAST]


def _candidates(article: Article, tags: list[int]) -> list[Article]:
    shown = Article.objects.articles().published().exclude(pk=article.pk)
    newest = shown.newest_first().values("pk")
    keys = newest[:COMPARED_OF_ALL]
    if article.topic_id is not None:
        keys = keys.union(newest.filter(topic=article.topic_id)[:COMPARED])
    if tags:
        sharing = Article.tags.through.objects.filter(tag__in=tags).values("article")
        tagged = shown.filter(pk__in=sharing)
        keys = keys.union(tagged.newest_first().values("pk")[:COMPARED])
    found = Article.objects.filter(pk__in=keys).only(
        "title", "slug", "kind", "standfirst", "topic", "published_at"
    )
    shared = Count("tags", filter=Q(tags__in=tags), distinct=True)
    return list(found.annotate(shared_tags=shared) if tags else found)


def _words(article: Article) -> dict[str, float]:
    words = dict.fromkeys(WORD.findall(article.standfirst.lower()), STANDFIRST_WEIGHT)
    return words | dict.fromkeys(WORD.findall(article.title.lower()), TITLE_WEIGHT)


def _rarity(texts: list[dict[str, float]]) -> dict[str, float]:
    """0 for a word that all have, 1 for one that a single text has."""
    count = Counter(word for words in texts for word in words)
    return {word: 1 - math.log(n) / math.log(len(texts) + 1) for word, n in count.items()}
