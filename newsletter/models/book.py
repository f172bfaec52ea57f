from __future__ import annotations

from django.db import models
from django.utils import timezone

from articles.rendering import headings_in, render_body


class BookQuerySet(models.QuerySet["Book"]):
    def current(self) -> Book | None:
        """The book that new subscribers get."""
        return self.filter(offered=True).order_by("-pk").first()


class Book(models.Model):
    """The free book: handed over by a signed link once a subscriber has confirmed."""

    title = models.CharField(max_length=160)
    standfirst = models.TextField(blank=True)
    edition = models.CharField(max_length=40, default="First edition")
    body = models.TextField(
        help_text="Plain HTML: h2 begins a chapter, h3 a part of one. Chapters make the contents."
    )
    html = models.TextField(editable=False)
    offered = models.BooleanField(
        default=True, help_text="Subscribers get this one; of several, the newest."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def render(self) -> None:
        """Makes what readers get from the body; the caller saves."""
        self.html, _ = render_body(self.body, [])

    @property
    def contents(self) -> list[tuple[str, str]]:
        """(id, title) of each chapter."""
        return headings_in(self.html)
