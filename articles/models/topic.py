from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from backsite.lib.records import Imported

from .found import Findable

# How deep a tree is shown in one query; a deeper one is shown too, at a query a level.
LEVELS: Final = 3


class TopicQuerySet(models.QuerySet["Topic"]):
    def top(self) -> TopicQuerySet:
        """Those of the site's navigation, in their chosen order."""
        return self.filter(parent=None)

    def in_use(self) -> TopicQuerySet:
        """With something to read in them: an empty page helps nobody."""
        return self.filter(_filled(LEVELS))

    def below(self, topic: Topic) -> set[int]:
        """Keys of the topic and of all that stand under it, at any depth, in one query."""
        parents = dict(self.model._default_manager.values_list("pk", "parent_id"))
        return {pk for pk in parents if topic.pk in _upwards(pk, parents)}


def _filled(levels: int) -> models.Q:
    """Topics with something published in them or in those that stand under them. Each part
    stops at the first article it finds, however many there are."""
    articles = apps.get_model("articles", "Article")._default_manager.filter(state="published")
    here = OuterRef("pk")
    found = Q(Exists(articles.filter(topic=here))) | Q(Exists(articles.filter(further_topics=here)))
    if levels > 1:
        children = Topic.objects.filter(parent=here)
        found |= Q(Exists(children.filter(_filled(levels - 1))))
    return found


class Topic(Imported, Findable):
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
        constraints = [
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")),
                name="topic_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:topic", args=[self.slug])

    @property
    def opening(self) -> str:
        """The first sentence of the introduction."""
        return re.split(r"(?<=[.!?])\s", self.introduction.strip(), maxsplit=1)[0]

    @property
    def above(self) -> list[Topic]:
        """The topics that it stands under, the highest first. A loop, which the form
        refuses, ends where it began."""
        found: list[Topic] = []
        topic = self.parent
        while topic is not None and topic != self and topic not in found:
            found.insert(0, topic)
            topic = topic.parent
        return found

    @property
    def path(self) -> list[Topic]:
        """For the line that says where a page stands."""
        return [*self.above, self]


def _upwards(pk: int, parents: Mapping[int, int | None]) -> set[int]:
    seen: set[int] = set()
    above: int | None = pk
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return seen


class Tag(Imported):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:tag", args=[self.slug])
