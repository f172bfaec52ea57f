"""The filter watching itself: what is looked at every hour, and what was seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import models
from django.utils import timezone

from backsite.lib import captcha
from backsite.lib.services.models import Service
from backsite.lib.work import DueWork, due_index

OFTEN: Final = timedelta(hours=1)
# The web server of a site that is just starting is given that long.
FIRST: Final = timedelta(minutes=2)
RESULTS_KEPT: Final = timedelta(days=90)
FORM: Final = "The comment form"
LEAP: Final = "The number of condemned comments"


class Watch(DueWork):
    """Something that is looked at again and again: each look says when the next is due."""

    class What(models.TextChoices):
        FORM = "form", "the comment form"
        AKISMET = "akismet", "Akismet's key and limits"
        CAPTCHA = "captcha", "reCAPTCHA's keys"
        LEAPS = "leaps", "sudden changes"

    what = models.CharField(max_length=8, choices=What, unique=True, editable=False)

    class Meta:
        verbose_name = "check"
        verbose_name_plural = "checks"
        indexes = [due_index("watch_due")]

    def __str__(self) -> str:
        return self.get_what_display()

    @classmethod
    def begin(cls) -> None:
        """Sees to it that each is looked at; safe to call at each start of a worker."""
        soon = timezone.now() + FIRST
        rows = [cls(what=what, due_at=soon) for what in cls.What.values]
        Watch.objects.bulk_create(rows, ignore_conflicts=True)
        Watch.objects.filter(due_at=None).update(due_at=soon, gave_up_at=None, attempts=0)

    def perform(self) -> datetime:
        began = monotonic()
        looks = {
            self.What.FORM: _look_at_form,
            self.What.AKISMET: _look_at_akismet,
            self.What.CAPTCHA: _look_at_captcha,
            self.What.LEAPS: _look_for_leaps,
        }
        fine, words, again = looks[self.What(self.what)]()
        took = round((monotonic() - began) * 1000)
        self.results.create(fine=fine, words=words[:1000], took_ms=took)
        self.results.filter(at__lt=timezone.now() - RESULTS_KEPT).delete()
        return again


class WatchResult(models.Model):
    """What one look has seen."""

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="results")
    at = models.DateTimeField(auto_now_add=True)
    fine = models.BooleanField()
    words = models.TextField()
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["watch", "-at"], name="watch_result_newest")]

    def __str__(self) -> str:
        return self.words


Seen = tuple[bool, str, datetime]


def _look_at_form() -> Seen:
    from ..filter import rehearsal  # it posts to our tables

    later = timezone.now() + OFTEN
    service = Service.named(FORM)
    if not settings.WATCH_FORM:
        service.answered()
        return True, "Switched off by WATCH_FORM=0", later
    try:
        words = rehearsal.look_at_form()
    except rehearsal.Fault as fault:
        return False, str(fault), service.failed(str(fault))
    service.answered()
    return True, words, later


def _look_at_akismet() -> Seen:
    """Whether it answers and knows our key; asked without any reader."""
    from .akismet import look_at_account

    later = timezone.now() + OFTEN
    if not settings.AKISMET_KEY:
        return True, "Off: no key is set", later
    problem = look_at_account()
    return not problem, problem or "Reachable, and the key is good", later


def _look_at_captcha() -> Seen:
    later = timezone.now() + OFTEN
    if not settings.RECAPTCHA_ON:
        return True, "Off: no keys are set", later
    try:
        captcha.look_at_keys()
    except captcha.Unreachable as error:
        return False, str(error), later
    return True, "Reachable, and the secret key is good", later


def _look_for_leaps() -> Seen:
    from ..filter.alarm import leaps  # it counts in our tables

    later = timezone.now() + OFTEN
    service, found = Service.named(LEAP), list(leaps())
    if not found:
        service.answered()
        return True, "No check condemns much more than it used to", later
    words = " ".join(found)
    service.failed(f"{words} Either a wave of spam came, or the check is wrong: look at some.")
    return False, words, later
