"""What stands first among the results for some words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from articles.models import PromotedResult
from articles.models.promoted import ONCE


@admin.register(PromotedResult)
class PromotedResultAdmin(admin.ModelAdmin[PromotedResult]):
    list_display = ("words", "article", "shown", "position", "search")
    list_select_related = ("article",)
    search_fields = ("words", "article__title")
    autocomplete_fields = ("article",)
    fields = ("words", "article", "position")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Two windows that add the same at once are told as one after the other would be: what
        the other has added is there to be seen now, and the form keeps what was typed."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            cause: Any = error.__cause__
            if cause.diag.constraint_name != ONCE:
                raise
            return super().changeform_view(request, *args, **kwargs)

    @admin.display(description="readers see it", boolean=True)
    def shown(self, row: PromotedResult) -> bool:
        return row.article.is_public

    @admin.display(description="in the search")
    def search(self, row: PromotedResult) -> SafeString:
        address = f"{reverse('articles:search')}?{urlencode({'q': row.words})}"
        return format_html('<a href="{}">See the results</a>', address)
