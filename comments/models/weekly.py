"""The weekly letter: what came in, what was answered, and who was missed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import models
from django.utils import timezone

from backsite.lib.mail.models import Message
from backsite.lib.work import Round, due_index

from .. import staff_emails
from ..figures import WEEK, between, in_hours
from .alert import Alert, owner_of_the_site
from .alerting import AlertChoice
from .comment import Comment
from .discussion import Discussion

# On Mondays, when the desk is opened for the week.
HOUR: Final = 7
MOST_NAMED: Final = 20


class WeeklyLetter(models.Model):
    """The letter about the week that began on this Monday. The unique day makes it one."""

    week = models.DateField("week from", unique=True)
    at = models.DateTimeField("written", auto_now_add=True)
    figures = models.JSONField()
    messages = models.ManyToManyField(Message, related_name="+")

    class Meta:
        ordering = ["-week"]

    def __str__(self) -> str:
        return f"Week from {self.week}"


class WeeklyRound(Round):
    EVERY = timedelta(minutes=5)

    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "weekly letter about comments"
        verbose_name_plural = "weekly letters about comments"
        indexes = [due_index("weekly_round_due")]

    def __str__(self) -> str:
        return "The weekly letter"

    def perform(self) -> None:
        """Late is better than never: after an outage the last week's letter still comes."""
        now = timezone.localtime()
        monday = now.date() - timedelta(days=now.weekday())
        if now < datetime.combine(monday, time(HOUR), now.tzinfo):
            monday -= timedelta(days=7)
        week = monday - timedelta(days=7)
        if timezone.localtime(self.began_at).date() >= monday:
            return  # there was no site yet in that week
        people = {row.user_id: row.user for row in AlertChoice.objects.who_get_alerts()}
        owner = owner_of_the_site()
        if owner is not None:
            people[owner.pk] = owner
        if not people or WeeklyLetter.objects.filter(week=week).exists():
            return
        context = of_week(week)
        kept = {name: value for name, value in context.items() if isinstance(value, int | str)}
        letter = WeeklyLetter.objects.create(week=week, figures=kept)
        letter.messages.set(
            staff_emails.weekly_letter(user, context, key=f"comment-week:{week}:{pk}")
            for pk, user in people.items()
        )


def of_week(week: date) -> dict[str, Any]:
    [period] = between(week, week + timedelta(days=7), WEEK)
    promised = Discussion.current()
    late = Comment.objects.unsettled().filter(
        waits_since__lte=timezone.now() - promised.answer_time
    )
    named = late.select_related("article").defer("article__body", "article__html")
    return {
        "first": week,
        "last": week + timedelta(days=6),
        "received": period.received,
        "answered": period.answered,
        "median": in_hours(period.median),
        "spam": period.spam,
        "mistakes": period.mistakes,
        "hours": promised.answer_hours,
        "missed_count": late.count(),
        "missed": list(named.order_by("waits_since", "pk")[:MOST_NAMED]),
        "failed": Alert.objects.failed().filter(comment__in=Comment.objects.unsettled()).count(),
    }
