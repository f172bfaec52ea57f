"""Parts of the list, by simple rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat

from articles.models import Article, Topic

from .choice import Choice
from .consent import ConsentEvent
from .subscriber import Subscriber, SubscriberQuerySet

if TYPE_CHECKING:
    from .hit import HitQuerySet


class Segment(models.Model):
    """Whoever meets each of the rules that are filled in."""

    name = models.CharField(max_length=120, unique=True)
    joined_since = models.DateField(
        null=True, blank=True, help_text="Confirmed on that day or later."
    )
    joined_before = models.DateField(null=True, blank=True, help_text="Confirmed before that day.")
    came_from = models.CharField(
        max_length=200,
        blank=True,
        help_text="Signed up on a page whose address begins with this, e.g. /articles/sleep/.",
    )

    opened_since = models.DateField(
        null=True,
        blank=True,
        help_text="Opened one of our letters on that day or later. Of use only where it is "
        "counted by whom.",
    )
    clicked_since = models.DateField(
        "followed a link since",
        null=True,
        blank=True,
        help_text="Followed a link of a letter on that day or later; as above.",
    )
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Chose the letter of new articles in it, or signed up on an article in it.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(joined_since=None)
                | Q(joined_before=None)
                | Q(joined_since__lt=models.F("joined_before")),
                name="segment_dates_in_order",
                violation_error_message="“Joined since” must be earlier than “joined before”.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def of(self, people: SubscriberQuerySet) -> SubscriberQuerySet:
        """Those of these people who are in the segment."""
        from .hit import Hit  # it knows issues, which know segments

        if self.joined_since:
            people = people.filter(confirmed_at__date__gte=self.joined_since)
        if self.joined_before:
            people = people.filter(confirmed_at__date__lt=self.joined_before)
        if self.came_from:
            asked = Subscriber.objects.filter(events__source_page__startswith=self.came_from)
            people = people.filter(pk__in=asked.values("pk"))
        if self.opened_since:
            people = _who_did(people, Hit.objects.openings(), self.opened_since)
        if self.clicked_since:
            people = _who_did(people, Hit.objects.follows(), self.clicked_since)
        return _interested_in(self.topic, people) if self.topic else people


def _who_did(people: SubscriberQuerySet, hits: HitQuerySet, since: date) -> SubscriberQuerySet:
    theirs = hits.by_people().filter(delivery__subscriber=OuterRef("pk"), at__date__gte=since)
    return people.filter(Exists(theirs))


def _interested_in(topic: Topic, people: SubscriberQuerySet) -> SubscriberQuerySet:
    topics = Topic.objects.below(topic)
    chosen = Choice.objects.standing().filter(letter__topic__in=topics)
    articles = Article.objects.articles().filter(topic__in=topics)
    pages = articles.annotate(
        path=Concat(Value("/articles/"), "slug", Value("/"), output_field=CharField())
    )
    asked = ConsentEvent.objects.filter(source_page__in=pages.values("path"), verb="ask")
    return people.filter(
        Exists(chosen.filter(subscriber=OuterRef("pk")))
        | Exists(asked.filter(subscriber=OuterRef("pk")))
    )
