"""What the form of an article remembers while somebody writes: the words that were not
saved yet, and who has it open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils import timezone

from .article import Article

# A form says that it is open every 20 seconds (static/admin/articles/form.js): one that
# has missed three is closed, or its computer asleep.
STILL_OPEN: Final = timedelta(seconds=65)
# What belongs to one page or one press of a button, not to what was written.
NOT_WORDS: Final = ("csrfmiddlewaretoken", "over")
BUTTONS: Final = "_"


class UnsavedQuerySet(models.QuerySet["Unsaved"]):
    def of(self, user: Any) -> Self:
        return self.filter(user_id=user.pk).order_by("-at")

    def keep(self, user: Any, *, key: str, article: Article | None, sent: QueryDict) -> Unsaved:
        """Keeps what a form holds, in the place of what it held before."""
        words = QueryDict(mutable=True)
        for name, values in sent.lists():
            if name not in NOT_WORDS and not name.startswith(BUTTONS):
                words.setlist(name, values)
        defaults = {"article": article, "fields": words.urlencode(), "at": timezone.now()}
        return self.update_or_create(user_id=user.pk, key=key, defaults=defaults)[0]


class Unsaved(models.Model):
    """A form as it stood some seconds ago, written by the form itself. No revision: it is
    gone when the form is saved or its words are thrown away.

    `key` names one filling of a form: a person may begin two new articles at once.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", editable=False
    )
    key = models.CharField(max_length=60, editable=False)
    article = models.ForeignKey(
        Article, null=True, on_delete=models.CASCADE, related_name="unsaved", editable=False
    )
    fields = models.TextField(editable=False)
    at = models.DateTimeField(editable=False)

    objects = UnsavedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="unsaved_once"),
        ]

    def __str__(self) -> str:
        return f"Unsaved: {self.title}"

    @property
    def sent(self) -> QueryDict:
        return QueryDict(self.fields)

    @property
    def title(self) -> str:
        return self.sent.get("title") or "no title yet"


class OpenedQuerySet(models.QuerySet["Opened"]):
    def others(self, article: Article, user: Any) -> Self:
        """Colleagues who have the form of this article open now."""
        fresh = timezone.now() - STILL_OPEN
        rows = self.filter(article=article, seen_at__gte=fresh).exclude(user_id=user.pk)
        return rows.select_related("user").order_by("seen_at")

    def see(self, article: Article, user: Any) -> None:
        defaults = {"seen_at": timezone.now()}
        self.update_or_create(article=article, user_id=user.pk, defaults=defaults)


class Opened(models.Model):
    """Somebody has the form of an article open, or had at `seen_at`."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    objects = OpenedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="opened_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} has “{self.article}” open"

    @property
    def name(self) -> str:
        return self.user.get_full_name() or self.user.get_username()
