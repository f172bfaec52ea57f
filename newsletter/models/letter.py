"""What one can subscribe to."""

from __future__ import annotations

from typing import Final, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from articles.models import Site, Topic

# The letter that a site begins with, before staff have set up any.
FIRST: Final = "letter"


class LetterQuerySet(models.QuerySet["Letter"]):
    def offered(self) -> Self:
        """Those that people can choose now."""
        return self.filter(active=True)

    def defaults(self) -> Self:
        """What somebody gets who signs up and chooses nothing."""
        return self.offered().filter(is_default=True)

    def about(self, topic: Topic) -> Self:
        """The one that tells of new articles in that topic, if there is one."""
        return self.offered().filter(kind=Letter.Kind.TOPIC, topic=topic)


class Letter(models.Model):
    """A kind of letter that people choose or leave; its issues are written or put together."""

    class Kind(models.TextChoices):
        WRITTEN = "written", "letters that we write"
        TOPIC = "topic", "new articles in a topic"
        ANSWERS = "answers", "answers to readers' questions"

    key = models.SlugField(
        max_length=60, unique=True, help_text="How settings and files name it; it stays as it is."
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.WRITTEN)
    name = models.CharField(max_length=120, help_text="As people read it where they choose.")
    description = models.CharField(
        max_length=300,
        blank=True,
        help_text="One sentence: what is in it, and how often. It is kept as part of each consent.",
    )
    topic = models.OneToOneField(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="For “new articles in a topic” only.",
    )
    is_default = models.BooleanField(
        "part of every sign-up",
        default=False,
        help_text="Whoever signs up from now on gets it. Nobody who is on the list already "
        "is added to it: they did not ask for it.",
    )
    active = models.BooleanField(
        default=True, help_text="Otherwise nobody can choose it any more; who has it keeps it."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="topic", topic__isnull=False)
                | (~Q(kind="topic") & Q(topic__isnull=True)),
                name="letter_topic_for_topics_only",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.kind == self.Kind.TOPIC and self.topic is None:
            raise ValidationError({"topic": "Say which topic's new articles it tells of."})
        if self.kind != self.Kind.TOPIC and self.topic is not None:
            raise ValidationError({"topic": "Only a letter of new articles has a topic."})

    @property
    def words(self) -> str:
        """What a person consents to who chooses it."""
        return f"{self.name}\n{self.description}".strip()

    @classmethod
    def first(cls) -> Letter:
        """The letter of a site whose staff have set up none: made when somebody needs it."""
        site = Site.current()
        known = {
            "name": site.newsletter_title,
            "description": site.newsletter_pitch[:300],
            "is_default": True,
        }
        return cls.objects.get_or_create(key=FIRST, defaults=known)[0]

    @classmethod
    def of_sign_up(cls) -> list[Letter]:
        """What a confirmed sign-up brings: never nothing."""
        return list(cls.objects.defaults()) or [cls.first()]
