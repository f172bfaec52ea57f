"""Letters that come one after another: a course."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Count, Q

from articles.rendering import render_body

from .book import Book

LONGEST_WAIT: Final = 60  # days


class CourseQuerySet(models.QuerySet["Course"]):
    def running(self) -> Self:
        return self.filter(active=True)

    def begun_by_confirming(self) -> Self:
        return self.running().filter(begins_at_confirmation=True)

    def with_numbers(self) -> Self:
        """Each with `people`, `finished` and `ended`."""
        ended = Q(enrolments__ended_at__isnull=False)
        finished = Q(enrolments__finished_at__isnull=False)
        return self.annotate(
            people=Count("enrolments", distinct=True),
            finished=Count("enrolments", filter=finished, distinct=True),
            ended=Count("enrolments", filter=ended, distinct=True),
        )


class Course(models.Model):
    """Say seven letters in seven days. Each waits until the one before has left."""

    name = models.CharField(max_length=120, help_text="People read it at the head of each letter.")
    active = models.BooleanField(
        default=False,
        help_text="While it is off nobody begins it, and who is in it waits where they are.",
    )
    begins_at_confirmation = models.BooleanField(
        "begins when somebody confirms", default=True, help_text="Otherwise only staff begin it."
    )
    book = models.ForeignKey(
        Book,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The book that “opened the book” asks about.",
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class LessonQuerySet(models.QuerySet["Lesson"]):
    def in_use(self) -> Self:
        return self.filter(active=True)

    def with_numbers(self) -> Self:
        """Each with `people`: to how many it was sent."""
        return self.annotate(people=Count("sent"))

    def after(self, position: int) -> Self:
        """What comes next: nothing that stands before what somebody has had."""
        return self.in_use().filter(position__gt=position).order_by("position", "pk")


class Lesson(models.Model):
    """One letter of a course."""

    class Condition(models.TextChoices):
        ALWAYS = "always", "to everybody"
        OPENED = "opened", "only who has opened the book"
        UNOPENED = "unopened", "only who has not opened the book"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    position = models.PositiveSmallIntegerField("number", help_text="The order of the letters.")
    wait_days = models.PositiveSmallIntegerField(
        "days after the one before",
        default=1,
        validators=[MaxValueValidator(LONGEST_WAIT)],
        help_text="For the first: after the confirmation; 0 is at once.",
    )
    condition = models.CharField(max_length=10, choices=Condition, default=Condition.ALWAYS)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    html = models.TextField(editable=False)
    active = models.BooleanField("in use", default=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "position"],
                name="lesson_has_its_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.subject}"

    @property
    def wait(self) -> timedelta:
        return timedelta(days=self.wait_days)

    def render(self) -> None:
        """Makes what goes out from the body; the caller saves."""
        self.html, _ = render_body(self.body, [])
