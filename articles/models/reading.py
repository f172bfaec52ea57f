"""How often articles were read: a number a day, and nothing about anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.cache import cache
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from .article import Article
from .topic import Topic

DAYS: Final = 30
# A list of what is read most means something once a few articles have some readers.
LEAST_READS: Final = 10
LEAST_ARTICLES: Final = 3
MOST_LISTED: Final = 5
# Adding up a month of a large site takes 0.2 s (300,000 rows): each process does it now and
# then, not at each look at the home page.
KEPT_SECONDS: Final = 600


class ReadCountQuerySet(models.QuerySet["ReadCount"]):
    def lately(self) -> ReadCountQuerySet:
        return self.filter(day__gt=timezone.localdate() - timedelta(days=DAYS))

    def add(self, article_pk: int) -> None:
        """One more today. Readers at the same moment are each counted (the database adds)."""
        today = timezone.localdate()
        if self.filter(article_id=article_pk, day=today).update(number=F("number") + 1):
            return
        self.bulk_create(
            [ReadCount(article_id=article_pk, day=today, number=0)], ignore_conflicts=True
        )
        self.filter(article_id=article_pk, day=today).update(number=F("number") + 1)


class ReadCount(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="read_counts")
    day = models.DateField()
    number = models.PositiveIntegerField(default=0)

    objects = ReadCountQuerySet.as_manager()

    class Meta:
        verbose_name = "number of readers"
        verbose_name_plural = "readership"
        constraints = [
            models.UniqueConstraint(fields=["article", "day"], name="read_count_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["day"], include=["article", "number"], name="read_count_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} on {self.day}: {self.number}"


def most_read(topic: Topic | None = None) -> list[Article]:
    """Of the last 30 days, the most read first; empty while there is too little to tell.

    What is withdrawn meanwhile is left out at once.
    """
    key = f"most-read-{topic.pk if topic else 'all'}"
    leading: list[int] | None = cache.get(key)
    if leading is None:
        leading = _leading(topic)
        cache.set(key, leading, KEPT_SECONDS)
    if len(leading) < LEAST_ARTICLES:
        return []
    shown = Article.objects.articles().published().only("title", "slug", "kind")
    found = shown.in_bulk(leading)
    return [found[pk] for pk in leading if pk in found]


def _leading(topic: Topic | None) -> list[int]:
    counts = ReadCount.objects.lately().filter(article__state=Article.State.PUBLISHED)
    if topic is not None:
        # As deep as a tree of topics is shown in one query.
        counts = counts.filter(
            Q(article__topic=topic)
            | Q(article__topic__parent=topic)
            | Q(article__topic__parent__parent=topic)
        )
    rows = counts.values("article").annotate(reads=Sum("number")).filter(reads__gte=LEAST_READS)
    return list(rows.order_by("-reads", "-article").values_list("article", flat=True)[:MOST_LISTED])
