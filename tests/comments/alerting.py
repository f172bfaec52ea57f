"""The worker's rounds over the comments, with the clock put back instead of waited for."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from backsite.lib import work
from backsite.lib.mail.models import Message
from comments.models import AlertChoice, AlertRound, Comment

YEAR = timedelta(days=365)


def aged(comment: Comment, **age: float) -> Comment:
    written = timezone.now() - timedelta(**age)
    Comment.objects.filter(pk=comment.pk).update(created_at=written)
    comment.created_at = written
    return comment


def go_round() -> list[Message]:
    """One round of the worker; the letters that it wrote."""
    AlertRound.begin()
    AlertRound.objects.update(due_at=timezone.now(), began_at=timezone.now() - YEAR)
    before = set(Message.objects.values_list("pk", flat=True))
    work.perform_due(AlertRound)
    work.perform_due(AlertChoice)
    return list(Message.objects.exclude(pk__in=before).order_by("pk"))


def let_pass(**time: float) -> None:
    """So much later: all that has happened lies further back."""
    passed = timedelta(**time)
    Comment.objects.update(created_at=F("created_at") - passed)
    AlertChoice.objects.update(
        last_letter_at=F("last_letter_at") - passed, due_at=F("due_at") - passed
    )
