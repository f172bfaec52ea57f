"""The words of an article at one time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from backsite.lib.records import Actor, actor_fields

from .article import Article
from .author import Author
from .picture import Picture
from .revising import PICTURES, SWITCHES, TEXTS
from .topic import Tag, Topic

SHOWN: Final = re.compile(r'data-picture="(\d{1,18})"')


class RevisionQuerySet(models.QuerySet["Revision"]):
    def listed(self) -> RevisionQuerySet:
        """Newest first, without the words."""
        return self.order_by("-number").defer("words")

    @transaction.atomic
    def keep_first_of(self, articles: Iterable[Article], *, by: Actor, why: str) -> None:
        """The first revision of many new articles at once (imports, demonstration). Those
        that have one already are left alone."""
        pks = [article.pk for article in articles if not article.revision]
        rows = Article.objects.filter(pk__in=pks, revision=0).select_related(
            "topic", "picture", "share_picture"
        )
        fresh = list(
            rows.prefetch_related("tags", "further_topics", "references", "bylines__author")
        )
        self.bulk_create(
            Revision(article=row, number=1, words=row.words(), why=why, **actor_fields(by))
            for row in fresh
        )
        Article.objects.filter(pk__in=[row.pk for row in fresh]).update(revision=1)
        for article in articles:
            article.revision = article.revision or 1


class Revision(models.Model):
    """Written by `article.revise()`, never changed after. `words` is `article.words()`."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(editable=False)
    words = models.JSONField(encoder=DjangoJSONEncoder, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    actor = models.CharField(max_length=150, blank=True, editable=False)
    why = models.TextField(blank=True, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
        ]

    def __str__(self) -> str:
        return f"Revision {self.number} of “{self.article}”"

    @property
    def who(self) -> str:
        return self.actor or "the site"


def as_fields(
    revision: Revision, others: models.QuerySet[Article]
) -> tuple[dict[str, Any], list[str]]:
    """(fields for `article.revise()`, what is lost, in sentences). `others` are the other
    articles: one of them may have taken the address since."""
    words: dict[str, Any] = revision.words
    lost: list[str] = []
    plain = (*TEXTS, *SWITCHES, "kind")
    fields: dict[str, Any] = {name: words[name] for name in plain if name in words}
    slug = fields.get("slug")
    if slug and others.filter(slug=slug).exists():
        # A page may not have every address, so the kind stays with the address.
        del fields["slug"]
        fields.pop("kind", None)
        lost.append(f"The address “{slug}” belongs to another article now; this one keeps its own.")
    for name, rows in (("topic", Topic.objects.all()), *_pictures()):
        if name in words:
            found = _found(rows, [words[name]] if words[name] else [], lost)
            fields[name] = found[0] if found else None
    for name, listed in LISTED.items():
        fields[name] = _found(listed.all(), words.get(name, []), lost)
    fields["references"] = words["references"]
    lost += _pictures_gone(words["body"])
    return fields, lost


LISTED: Final[dict[str, models.Manager[Any]]] = {
    "further_topics": Topic.objects,
    "tags": Tag.objects,
    "authors": Author.objects,
}


def _pictures() -> list[tuple[str, models.QuerySet[Any]]]:
    return [(name, Picture.objects.present()) for name in PICTURES]


def _found(
    rows: models.QuerySet[Any], kept: list[dict[str, Any]], lost: list[str]
) -> list[models.Model]:
    found = rows.in_bulk([row["id"] for row in kept])
    for row in kept:
        if row["id"] not in found:
            kind = str(rows.model._meta.verbose_name)
            lost.append(f"The {kind} “{row['name']}” does not exist any more.")
    return [found[row["id"]] for row in kept if row["id"] in found]


def _pictures_gone(body: str) -> list[str]:
    """Pictures in the text that somebody has removed since."""
    shown = {int(number) for number in SHOWN.findall(body)}
    present = Picture.objects.present().in_bulk(shown) if shown else {}
    return [
        f"Picture {number} in the text was removed since: readers see nothing in its place."
        for number in sorted(shown - present.keys())
    ]
