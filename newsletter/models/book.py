from __future__ import annotations

from django.db import models
from django.utils import timezone

from articles.rendering import render_body


class BookQuerySet(models.QuerySet["Book"]):
    def current(self) -> Book | None:
        """The book that new subscribers get."""
        return self.filter(offered=True).order_by("-pk").first()


class Book(models.Model):
    """The free book: handed over by a signed link once a subscriber has confirmed."""

    title = models.CharField(max_length=160)
    standfirst = models.TextField(blank=True)
    edition = models.CharField(max_length=40, default="First edition")
    body = models.TextField()
    html = models.TextField(editable=False)
    offered = models.BooleanField(default=True, help_text="New subscribers get this one.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def render(self) -> None:
        """Makes what readers get from the body; the caller saves."""
        self.html, _ = render_body(self.body, [])
