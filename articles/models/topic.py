from __future__ import annotations

import re

from django.db import models
from django.urls import reverse

from backsite.lib.records import Imported


class TopicQuerySet(models.QuerySet["Topic"]):
    def top(self) -> TopicQuerySet:
        """Those of the site's navigation, in their chosen order."""
        return self.filter(parent=None)

    def in_use(self) -> TopicQuerySet:
        """With something to read in them: an empty page helps nobody."""
        return self.filter(articles__state="published").distinct()


class Topic(Imported):
    """What an article is about: “Filed under”."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)
    introduction = models.TextField(
        blank=True, help_text="What a reader finds here: two to four sentences, plain text."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:topic", args=[self.slug])

    @property
    def opening(self) -> str:
        """The first sentence of the introduction."""
        return re.split(r"(?<=[.!?])\s", self.introduction.strip(), maxsplit=1)[0]


class Tag(Imported):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:tag", args=[self.slug])
