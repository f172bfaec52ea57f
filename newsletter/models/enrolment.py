"""Where somebody stands in a course."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models, transaction
from django.db.models import Count
from django.utils import timezone

from backsite.lib import work
from backsite.lib.mail.models import Message
from backsite.lib.records import Actor
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails
from .consent import Evidence
from .course import Course, Lesson
from .handover import Handover
from .subscriber import Subscriber
from .suppression import Suppression

# How soon it is looked whether a letter that was written has left.
LOOK_AGAIN: Final = timedelta(minutes=10)
# A course that is off, an address that gets no mail: looked at once a day.
WAIT: Final = timedelta(days=1)


class EnrolmentQuerySet(DueQuerySet):
    def under_way(self) -> Self:
        return self.filter(finished_at=None, ended_at=None)

    def with_numbers(self) -> Self:
        """Each with `letters`: how many were written to them."""
        return self.annotate(letters=Count("sent"))

    def wake(self) -> int:
        """It is looked now what comes next, and not when a pause would have ended."""
        return self.under_way().update(due_at=timezone.now())

    def end(self, why: str) -> int:
        """Nothing more of these comes. What was sent stays on record."""
        now = timezone.now()
        return self.under_way().update(ended_at=now, ended_why=why, due_at=None)


class Enrolment(DueWork):
    """One person in one course: one row, so that it is never walked twice at once.

    Nothing says which letter is next but what has been sent: the next one is looked for when
    its time comes, counted from the moment in which the one before left.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    begun_at = models.DateTimeField("begun", default=timezone.now, editable=False)
    finished_at = models.DateTimeField("finished", null=True, editable=False)
    ended_at = models.DateTimeField("ended early", null=True, editable=False)
    ended_why = models.CharField("why", max_length=100, blank=True, editable=False)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = "person in a course"
        verbose_name_plural = "people in courses"
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "course"], name="enrolment_once"),
        ]
        indexes = [due_index("enrolment_due")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} in {self.course_id}"

    @classmethod
    def begin(cls, subscriber: Subscriber, course: Course, *, by: Actor = None) -> Enrolment:
        """Who comes back goes on where they stopped; who has finished it, has finished it."""
        row, is_new = cls.objects.get_or_create(subscriber=subscriber, course=course)
        if is_new or (row.finished_at is None and row.ended_at is not None):
            # What was written and taken back when they left was never read: it comes again.
            row.sent.filter(message__cancelled_at__isnull=False).delete()
            row.ended_at, row.ended_why, row.due_at = None, "", timezone.now()
            row.save(update_fields=["ended_at", "ended_why", "due_at"])
            subscriber.record("begin course", by=by, about=str(course))
            work.soon(row)
        return row

    @transaction.atomic
    def end(self, *, by: Actor = None, why: str, evidence: Evidence | None = None) -> None:
        """No more of this course; whatever else they get goes on. What waits is taken back."""
        if Enrolment.objects.filter(pk=self.pk).end(why):
            about = str(self.course)
            self.subscriber.record("end course", by=by, about=about, why=why, evidence=evidence)
            written = self.sent.values("message")
            Message.objects.filter(pk__in=written).cancel()

    def standing(self, letters: int) -> str:
        """For staff: where they are, in a few words."""
        if self.finished_at:
            return "finished"
        if self.ended_at:
            return f"ended: {self.ended_why}"
        return f"{letters} sent" if letters else "has just begun"

    def perform(self) -> datetime | None:
        """Writes the next letter, if its time has come; says when to look again."""
        now, person = timezone.now(), self.subscriber
        if not person.is_confirmed:
            self.ended_at, self.ended_why = now, "left"
            self.save(update_fields=["ended_at", "ended_why"])
            return None
        if person.is_paused:
            return person.paused_until
        if not self.course.active or Suppression.objects.holds(person.email):
            return now + WAIT
        last = self.sent.select_related("lesson", "message").order_by("-pk").first()
        if last is not None and not last.has_left:
            last.send_if_held()
            return now + LOOK_AGAIN
        return self._go_on_after(last, now)

    def _go_on_after(self, last: SentLesson | None, now: datetime) -> datetime | None:
        lesson = self._next_lesson(last)
        if lesson is None:
            self.finished_at = now
            self.save(update_fields=["finished_at"])
            return None
        since = self.begun_at if last is None else last.left_at or last.at
        # Who wants one letter a week at most gets no more of these either.
        due_at = since + max(lesson.wait, self._least_gap() if last else lesson.wait)
        if now < due_at:
            return due_at
        message = emails.send_lesson(self, lesson)
        self.sent.create(lesson=lesson, message=message, position=lesson.position)
        return now + LOOK_AGAIN

    def _least_gap(self) -> timedelta:
        return Subscriber.Frequency(self.subscriber.frequency).least_gap

    def _next_lesson(self, last: SentLesson | None) -> Lesson | None:
        """The first after the one they had that is meant for them, as the course is now.
        Where that one has been moved, its place of now counts."""
        place = -1 if last is None else last.lesson.position
        had = set(self.sent.values_list("lesson_id", flat=True))
        has_opened = self._has_opened()
        for lesson in self.course.lessons.after(place):
            meant = {
                Lesson.Condition.OPENED: has_opened,
                Lesson.Condition.UNOPENED: not has_opened,
            }
            if lesson.pk not in had and meant.get(Lesson.Condition(lesson.condition), True):
                return lesson
        return None

    def _has_opened(self) -> bool:
        books = Handover.objects.filter(subscriber=self.subscriber_id).opened()
        if self.course.book_id is not None:
            books = books.filter(book=self.course.book_id)
        return books.exists()


class SentLesson(models.Model):
    """That a letter of the course was written to them: once for each, whatever happens."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="sent")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="sent")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveSmallIntegerField(editable=False)
    at = models.DateTimeField("written", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "lesson sent"
        verbose_name_plural = "lessons sent"
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="lesson_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} to {self.enrolment_id}"

    @property
    def left_at(self) -> datetime | None:
        return (self.message.sent_at or self.message.kept_at) if self.message else None

    def send_if_held(self) -> None:
        """It met a suppression on its way, which has been lifted since."""
        if self.message is not None and self.message.state == Message.State.HELD:
            self.message.send_again()

    @property
    def has_left(self) -> bool:
        """Also one whose message has been cleared away. One that was given up has not: it
        stands on the desk, and what comes after it waits."""
        return self.message is None or self.left_at is not None
