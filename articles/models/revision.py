"""The words of an article at one time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from backsite.lib.records import Actor, actor_fields

from .article import Article
from .author import Author
from .revising import LISTS, TEXTS
from .topic import Tag, Topic


class RevisionQuerySet(models.QuerySet["Revision"]):
    def listed(self) -> RevisionQuerySet:
        """Newest first, without the words."""
        return self.order_by("-number").defer("words")

    @transaction.atomic
    def keep_first_of(self, articles: Iterable[Article], *, by: Actor, why: str) -> None:
        """The first revision of many new articles at once (imports, demonstration). Those
        that have one already are left alone."""
        pks = [article.pk for article in articles if not article.revision]
        rows = Article.objects.filter(pk__in=pks, revision=0).select_related("topic")
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
    words, lost = revision.words, []
    fields: dict[str, Any] = {name: words[name] for name in TEXTS if name in words}
    slug = fields.get("slug")
    if slug and others.filter(slug=slug).exists():
        del fields["slug"]
        lost.append(f"The address “{slug}” belongs to another article now; this one keeps its own.")
    topics = _found(Topic, [words["topic"]] if words["topic"] else [], lost)
    fields["topic"] = topics[0] if topics else None
    kinds: dict[str, type[models.Model]] = {"further_topics": Topic, "tags": Tag}
    for name in LISTS:
        fields[name] = _found(kinds[name], words.get(name, []), lost)
    fields["authors"] = _found(Author, words["authors"], lost)
    fields["references"] = words["references"]
    return fields, lost


def _found(
    model: type[models.Model], named: list[dict[str, Any]], lost: list[str]
) -> list[models.Model]:
    rows = model._default_manager.in_bulk([row["id"] for row in named])
    for row in named:
        if row["id"] not in rows:
            kind = str(model._meta.verbose_name)
            lost.append(f"The {kind} “{row['name']}” does not exist any more.")
    return [rows[row["id"]] for row in named if row["id"] in rows]
