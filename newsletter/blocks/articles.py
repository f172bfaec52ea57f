"""Articles in a letter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext

from articles.models import Article, Topic

from . import Card

# More than that nobody reads in a letter; the site has them all.
MOST_NEW: Final = 10
MOST_CHOICES: Final = 60


class Articles:
    all_new = "All new articles since the last issue"
    one = "Article"

    def new(self, since: datetime, *, topic: Topic | None, but: Collection[str]) -> list[Card]:
        rows = Article.objects.published().articles().filter(published_at__gt=since)
        if topic is not None:
            topics = Topic.objects.below(topic)
            about = Q(topic__in=topics) | Q(further_topics__in=topics)
            rows = rows.filter(pk__in=Article.objects.filter(about).values("pk"))
        rows = rows.exclude(slug__in=but).listed().newest_first()
        return [_card(article) for article in rows[:MOST_NEW]]

    def named(self, keys: Collection[str]) -> dict[str, Card]:
        rows = Article.objects.published().filter(slug__in=keys).listed()
        return {article.slug: _card(article) for article in rows}

    def choices(self) -> list[tuple[str, str]]:
        rows = Article.objects.published().articles().newest_first()
        return list(rows.values_list("slug", "title")[:MOST_CHOICES])


def _card(article: Article) -> Card:
    picture = article.picture
    return Card(
        title=article.title,
        address=article.get_absolute_url(),
        words=article.standfirst,
        more=gettext("Read the article"),
        picture=picture.small_url if picture and picture.is_ready else "",
        changed_at=article.updated_at or article.published_at,
    )
