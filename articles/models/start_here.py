from __future__ import annotations

from django.db import models

from .article import Article
from .topic import Topic


class StartHereQuerySet(models.QuerySet["StartHere"]):
    def of(self, topic: Topic) -> StartHereQuerySet:
        """What readers can read of it, in its order."""
        shown = Article.objects.articles().published()
        rows = self.filter(topic=topic, article__in=shown).select_related("article")
        return rows.only(
            "topic_id",
            "position",
            "article__title",
            "article__standfirst",
            "article__slug",
            "article__kind",
        )


class StartHere(models.Model):
    """An article that a topic's page puts first, at its place in a chosen order."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="starts")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    objects = StartHereQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "article to start with"
        verbose_name_plural = "start here"
        constraints = [
            models.UniqueConstraint(fields=["topic", "article"], name="start_here_once"),
        ]

    def __str__(self) -> str:
        return str(self.article)
