"""What the classifier has learned, in tables that all processes share."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from backsite.lib.work import DueWork, due_index

from .comment import Comment


class Lesson(models.Model):
    """What was learned of one comment: exactly this is taken back when it is unlearned,
    whatever has become of its text and of the program since."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="lesson")
    spam = models.BooleanField()
    features = ArrayField(models.IntegerField())
    at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["spam", "-comment"], name="lesson_newest")]

    def __str__(self) -> str:
        return f"Comment {self.comment_id} is {'spam' if self.spam else 'welcome'}"


class FeatureCount(models.Model):
    """In how many comments of each kind a feature was seen. The row TOTAL counts the
    comments themselves; it is touched first by all who learn, so that they queue there and
    cannot lock each other out further on."""

    TOTAL: ClassVar[int] = -(2**31)

    feature = models.IntegerField(primary_key=True)
    spam = models.PositiveIntegerField(default=0)
    ham = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Feature {self.feature}: {self.spam} spam, {self.ham} welcome"


class Training(DueWork):
    """The lines drawn from the lessons, and the work of drawing them anew. One row.

    Decisions count at once without them; the lines only make them count better. Not more often
    than this: drawing them costs the worker seconds. `line` is for writers who name no website.
    """

    PAUSE: Final = timedelta(minutes=10)
    KEY: Final = 1

    line = models.BinaryField(null=True, editable=False)
    line_with_site = models.BinaryField(null=True, editable=False)
    lessons = models.PositiveIntegerField(default=0, editable=False)
    drawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "training of the spam filter"
        verbose_name_plural = "trainings of the spam filter"
        indexes = [due_index("training_due")]

    def __str__(self) -> str:
        return f"Line drawn from {self.lessons} decisions"

    @classmethod
    def ask(cls, *, at_once: bool = False) -> None:
        """Has the line drawn anew soon. Never waits for a drawing that is under way."""
        due_at = timezone.now() + (timedelta() if at_once else cls.PAUSE)
        resting = Training.objects.filter(pk=cls.KEY, due_at=None)
        if not resting.update(due_at=due_at, attempts=0, gave_up_at=None):
            first = Training(pk=cls.KEY, due_at=due_at)
            Training.objects.bulk_create([first], ignore_conflicts=True)

    @classmethod
    def complete(cls) -> None:
        """Has a line drawn that is lacking because a worker of an older program, which knows of
        one, was there when they were drawn last."""
        drawn = Training.objects.filter(line__isnull=False, line_with_site=None)
        drawn.filter(due_at=None, gave_up_at=None).update(due_at=timezone.now(), attempts=0)

    def perform(self) -> None:
        from ..filter.classifier.lessons import draw_lines  # it reads these tables

        lines, self.lessons = draw_lines()
        self.line = lines.without_site.to_bytes() if lines else None
        self.line_with_site = lines.with_site.to_bytes() if lines else None
        self.drawn_at = timezone.now()
        self.save(update_fields=["line", "line_with_site", "lessons", "drawn_at"])
