"""What stands first among the results for some words."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from articles.models import PromotedResult


@admin.register(PromotedResult)
class PromotedResultAdmin(admin.ModelAdmin[PromotedResult]):
    list_display = ("words", "article", "shown", "position", "search")
    list_select_related = ("article",)
    search_fields = ("words", "article__title")
    autocomplete_fields = ("article",)
    fields = ("words", "article", "position")

    @admin.display(description="readers see it", boolean=True)
    def shown(self, row: PromotedResult) -> bool:
        return row.article.is_public

    @admin.display(description="in the search")
    def search(self, row: PromotedResult) -> SafeString:
        address = f"{reverse('articles:search')}?{urlencode({'q': row.words})}"
        return format_html('<a href="{}">See the results</a>', address)
