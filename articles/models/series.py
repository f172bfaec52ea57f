"""Articles that belong together in an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from .article import Article


class Series(models.Model):
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.name


class SeriesPartQuerySet(models.QuerySet["SeriesPart"]):
    def beside(self, article: Any) -> SeriesPartQuerySet:
        """The published parts of the series that an article stands in, in their order."""
        rows = self.filter(
            series__parts__article=article, article__state=Article.State.PUBLISHED
        ).select_related("series", "article")
        shown = ("title", "slug", "kind")
        return rows.only(
            "position", "series__name", *(f"article__{name}" for name in shown)
        ).order_by("position", "pk")


class SeriesPart(models.Model):
    """An article stands in one series at most: “next” must have one meaning."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="parts")
    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="series_part")
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    objects = SeriesPartQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "part"

    def __str__(self) -> str:
        return self.article.title


@dataclass(frozen=True)
class Place:
    """Where an article stands among the published parts of its series."""

    name: str
    number: int
    parts: list[Article]

    @property
    def previous(self) -> Article | None:
        return self.parts[self.number - 2] if self.number > 1 else None

    @property
    def next(self) -> Article | None:
        return self.parts[self.number] if self.number < len(self.parts) else None


def place_in_series(article: Article) -> Place | None:
    """None where it stands in none, or alone. One query, where nobody has asked it before."""
    rows = article.parts.series if article.parts else list(SeriesPart.objects.beside(article))
    keys = [row.article_id for row in rows]
    if article.pk not in keys or len(rows) < 2:
        return None
    return Place(rows[0].series.name, keys.index(article.pk) + 1, [row.article for row in rows])
