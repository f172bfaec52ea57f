"""`manage.py render`: what readers get, made anew from what people wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model

from articles.models import Article
from comments import rendering
from comments.models import Comment
from newsletter.models import Book, Lesson

# Rows locked at a time: whoever saves or comments waits for no more than these.
BATCH: Final = 20


@dataclass(frozen=True)
class Kind:
    """Rows that keep their HTML: which fields are made, and from what."""

    name: str
    model: type[Model]
    made: tuple[str, ...]
    make: Callable[[Any], None]


def _make_comment(comment: Comment) -> None:
    by_staff = comment.staff_id is not None
    comment.html = rendering.render(comment.text, comment.format, addresses=by_staff)


KINDS: Final = (
    Kind("articles and pages", Article, ("html", "search_text", "headings_text"), Article.render),
    Kind("comments", Comment, ("html",), _make_comment),
    Kind("books", Book, ("html",), Book.render),
    Kind("letters of courses", Lesson, ("html",), Lesson.render),
)


def renew(kind: Kind) -> Iterator[tuple[int, int]]:
    """(rows looked at, rows changed) after each batch. A batch is a transaction: killed in the
    middle, what was done stays, and begun again it finds nothing more to do there."""
    rows = kind.model._default_manager.order_by("pk")
    seen = changed = last = 0
    while True:
        with transaction.atomic():
            batch = list(rows.filter(pk__gt=last).select_for_update(no_key=True)[:BATCH])
            for row in batch:
                before = {name: getattr(row, name) for name in kind.made}
                kind.make(row)
                made = {name: getattr(row, name) for name in kind.made}
                if made != before:
                    rows.filter(pk=row.pk).update(**made)
                    changed += 1
        if not batch:
            return
        last, seen = batch[-1].pk, seen + len(batch)
        yield seen, changed


class Command(BaseCommand):
    help = (
        "Makes the HTML of articles, comments, books and letters of courses anew from what was "
        "written, after SITE_LANGUAGE changed or a release that renders otherwise. Letters "
        "that have gone out stay as they went."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for kind in KINDS:
            seen = changed = 0
            for seen, changed in renew(kind):
                if self.stdout.isatty():
                    self.stdout.write(f"\r{kind.name}: {seen}, {changed} changed", ending="")
                    self.stdout.flush()
            start = "\r" if self.stdout.isatty() else ""
            self.stdout.write(f"{start}{kind.name}: {seen}, {changed} changed.")
