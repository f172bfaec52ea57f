"""Which articles the list shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article
from articles.models.article import ArticleQuerySet

# Advice that nobody has looked at for so long may be true no more.
A_YEAR: Final = timedelta(days=365)
Choices = list[tuple[str, str]]


class Mine(admin.SimpleListFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Article]) -> Choices:
        return [("mine", "Mine"), ("unsaved", "With my unsaved changes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Mine: I am one of its authors, or have saved it at least once."""
        user = request.user.pk
        if self.value() == "unsaved":
            return queryset.filter(pk__in=Article.objects.filter(unsaved__user=user).values("pk"))
        if self.value() != "mine":
            return queryset
        written = Article.objects.filter(authors__user=user).values("pk")
        saved = Article.objects.filter(revisions__by=user).values("pk")
        return queryset.filter(Q(pk__in=written) | Q(pk__in=saved))


class Due(admin.SimpleListFilter):
    title = "what is due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Article]) -> Choices:
        return [
            ("coming", "Will be published"),
            ("ending", "Will be withdrawn"),
            ("late", "Late or failed"),
            ("old", "Not touched for a year"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = cast("ArticleQuerySet", queryset)
        match self.value():
            case "coming":
                return rows.scheduled()
            case "ending":
                return rows.published().exclude(withdraw_at=None)
            case "late":
                late = Q(due_at__lt=timezone.now()) | Q(gave_up_at__isnull=False)
                return queryset.filter(late)
            case "old":
                return rows.untouched_since(timezone.now() - A_YEAR)
        return queryset
