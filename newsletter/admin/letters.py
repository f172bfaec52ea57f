"""What people can choose from, for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from ..models import Letter

if TYPE_CHECKING:
    LetterModelAdmin = admin.ModelAdmin[Letter]
else:
    LetterModelAdmin = admin.ModelAdmin


@admin.register(Letter)
class LetterAdmin(LetterModelAdmin):
    list_display = ["name", "kind", "topic", "chosen_by", "is_default", "active", "position"]
    list_filter = ["kind", "active"]
    list_select_related = ["topic"]
    fields = [
        "name", "description", "kind", "topic", "is_default", "active", "position", "key",
    ]  # fmt: skip
    prepopulated_fields = {"key": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        standing = Q(choices__ended_at=None, choices__subscriber__state="confirmed")
        return super().get_queryset(request).annotate(people=Count("choices", filter=standing))

    @admin.display(description="chosen by", ordering="people")
    def chosen_by(self, letter: Any) -> int:
        return int(letter.people)

    def get_readonly_fields(self, request: HttpRequest, obj: Letter | None = None) -> list[str]:
        """Issues, imports and consents name a letter by its key, and mean what it is."""
        return [] if obj is None else ["key", "kind", "topic"]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Letter | None = None
    ) -> dict[str, Any]:
        return dict(self.prepopulated_fields) if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Letter | None = None) -> bool:
        """Once somebody has chosen it, it is part of their proof of consent."""
        if obj is not None and obj.choices.exists():
            return False
        return super().has_delete_permission(request, obj)
