from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from backsite.lib.records import Imported
from backsite.lib.web import address_of

from .found import Findable

# Topics with something to read in them or, at any depth, below them. What is asked of each is
# its newest article: one look into the index `article_latest_of_topic`, 5 µs. To EXISTS the
# planner answers by reading the table, 0.7 s for 100,000 articles, on every page.
USED: Final = """
WITH RECURSIVE used AS (
    SELECT id, parent_id FROM articles_topic topic WHERE (
        SELECT article.id FROM articles_article article
        WHERE article.topic_id = topic.id AND state = 'published' AND kind = 'article'
        ORDER BY published_at DESC, article.id DESC LIMIT 1
    ) IS NOT NULL OR (
        SELECT article.id FROM articles_article_further_topics link
        JOIN articles_article article ON article.id = link.article_id
        WHERE link.topic_id = topic.id AND state = 'published' AND kind = 'article' LIMIT 1
    ) IS NOT NULL
    UNION SELECT above.id, above.parent_id FROM articles_topic above
    JOIN used ON used.parent_id = above.id
)"""


class TopicQuerySet(models.QuerySet["Topic"]):
    def top(self) -> TopicQuerySet:
        """Those of the site's navigation, in their chosen order."""
        return self.filter(parent=None)

    def in_use(self) -> TopicQuerySet:
        """With something to read in them: an empty page helps nobody."""
        used = RawSQL(f"{USED} SELECT id FROM used", ())  # noqa: S608, S611  # ours
        return self.filter(pk__in=used)

    def below(self, topic: Topic) -> set[int]:
        """Keys of the topic and of all that stand under it, at any depth, in one query."""
        return below(topic, dict(self.model._default_manager.values_list("pk", "parent_id")))


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
        return address_of("articles:topic", self.slug)

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


def below(topic: Topic, parents: Mapping[int, int | None]) -> set[int]:
    """Keys of the topic and of all under it, where `parents` says what each stands under."""
    return {pk for pk in parents if topic.pk in _upwards(pk, parents)}


def _upwards(pk: int, parents: Mapping[int, int | None]) -> set[int]:
    seen: set[int] = set()
    above: int | None = pk
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return seen


class Tag(Imported, Findable):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("articles:tag", self.slug)
