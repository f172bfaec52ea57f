"""How the site talks with its readers: for all articles, and otherwise for one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from articles.models import Article

from .recorded import Recorded

# An answer within a day is what a reader in pain may hope for, and a small team can keep.
ANSWER_HOURS: Final = 24
# Deeper answers stand flat under the last level, with the name they answer: on a phone
# a fifth indentation leaves no room to read.
DEEPEST: Final = 4
THREADS_A_PAGE: Final = 50
# As long as somebody may still ask where their words have gone.
KEPT_DAYS: Final = 30


class Moderation(models.TextChoices):
    HOLD_ALL = "hold_all", "hold every comment"
    HOLD_FIRST = "hold_first", "hold until a first comment from a confirmed address was published"
    PUBLISH = "publish", "publish all that pass the checks"


class Order(models.TextChoices):
    OLDEST = "oldest", "oldest first"
    NEWEST = "newest", "newest first"


class Discussion(Recorded):
    """What holds for every article that has no rule of its own. There is one row."""

    ONLY = 1

    open = models.BooleanField(
        "comments are open",
        default=True,
        db_default=True,
        help_text="Off: no article takes new comments. Those there are stay where they are.",
    )
    moderation = models.CharField(
        "new comments",
        max_length=12,
        choices=Moderation,
        default=Moderation.HOLD_FIRST,
        help_text="What the checks take for spam is never published, whatever you choose here.",
    )
    closed_after_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Comments close that many days after an article is published; empty: never.",
    )
    deepest = models.PositiveSmallIntegerField(
        "levels of answers",
        default=DEEPEST,
        validators=[MaxValueValidator(8)],
        help_text="Deeper answers are shown flat, with the name they answer.",
    )
    order = models.CharField(max_length=8, choices=Order, default=Order.OLDEST)
    threads_a_page = models.PositiveSmallIntegerField(
        default=THREADS_A_PAGE, validators=[MinValueValidator(5), MaxValueValidator(500)]
    )
    answer_hours = models.PositiveSmallIntegerField(
        "promised answer time in hours",
        default=ANSWER_HOURS,
        validators=[MinValueValidator(1)],
        help_text="What waits longer is shown as late, and the owner of the site is told.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="the site’s owner",
        limit_choices_to={"is_staff": True, "is_active": True},
        help_text="Is told of what passes twice the answer time, and gets the alerts when nobody "
        "else wants them. Empty: the first superuser with an e-mail address.",
    )
    kept_days = models.PositiveSmallIntegerField(
        "days that spam and trash are kept",
        default=KEPT_DAYS,
        db_default=KEPT_DAYS,
        validators=[MinValueValidator(7), MaxValueValidator(3650)],
        help_text="After that they are deleted, once a letter has listed each of them: see who "
        "wrote it, how it begins and why it was put away, and rescue what is no spam.",
    )
    safety_text = models.TextField(
        blank=True,
        help_text="Told at once to whoever writes words of danger: where to turn to now. Never "
        "what somebody may have. Empty: a general text that names emergency services.",
    )
    rules = models.TextField(
        blank=True, help_text="The rules of the house, shown beside the form. Simple Markdown."
    )

    class Meta:
        verbose_name = verbose_name_plural = "discussion settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="discussion_is_one_row"),
        ]

    def __str__(self) -> str:
        return "Discussion settings"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = self.ONLY
        super().save(*args, **kwargs)

    @property
    def answer_time(self) -> timedelta:
        return timedelta(hours=self.answer_hours)

    @classmethod
    def current(cls) -> Discussion:
        """The site's rules; the defaults where nobody has written any yet."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls()


class ArticleDiscussion(Recorded):
    """Where one article differs; empty means as the site does."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="discussion")
    moderation = models.CharField(
        "new comments",
        max_length=12,
        choices=Moderation,
        blank=True,
        help_text="Empty: as the site does.",
    )
    closed_after_days = models.PositiveIntegerField(
        "close after days",
        null=True,
        blank=True,
        help_text="So many days after it was published. Empty: as the site does.",
    )

    class Meta:
        verbose_name = "discussion of an article"
        verbose_name_plural = "discussions of articles"

    def __str__(self) -> str:
        return f"Discussion of “{self.article}”"
