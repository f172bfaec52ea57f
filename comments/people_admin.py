"""Readers and saved replies in the staff's desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backsite.lib.ages import ago
from backsite.lib.by_hand import MadeBySite

from . import reader_page
from .models import Reader, SavedReply
from .narrowing import is_key


class StandingFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("blocked", "blocked"),
            ("trusted", "trusted"),
            ("confirmed", "address confirmed"),
            ("muted", "wants no mails"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        known = {key for key, _ in self.lookup_choices}
        return queryset.filter(**{f"{value}_at__isnull": False}) if value in known else queryset


@admin.register(Reader)
class ReaderAdmin(MadeBySite, admin.ModelAdmin[Reader]):
    list_display = ("email", "standing", "seen")
    list_filter = (StandingFilter,)
    search_fields = ("email",)
    ordering = ("-first_seen_at", "-pk")
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        reader = Reader.objects.filter(pk=int(object_id)).first() if is_key(object_id) else None
        if reader is None:
            messages.warning(request, f"There is no reader with the number “{object_id}”.")
            return HttpResponseRedirect(reverse("admin:comments_reader_changelist"))
        return reader_page.page(self.admin_site, request, reader.email)

    @admin.display(description="standing")
    def standing(self, reader: Reader) -> SafeString:
        marks = [
            ("spam", "blocked", reader.blocked_at),
            ("published", "trusted", reader.trusted_at),
            ("done", "confirmed", reader.confirmed_at),
            ("held", "wants no mails", reader.muted_at),
        ]
        said = SafeString()
        for kind, words, at in marks:
            if at:
                said += format_html('<span class="badge {}">{}</span> ', kind, words)
        return said or format_html('<span class="quiet">{}</span>', "nothing special")

    @admin.display(description="first seen", ordering="first_seen_at")
    def seen(self, reader: Reader) -> str:
        return ago(reader.first_seen_at)


@admin.register(SavedReply)
class SavedReplyAdmin(admin.ModelAdmin[SavedReply]):
    list_display = ("title", "opening", "position")
    list_editable = ("position",)
    search_fields = ("title", "text")

    @admin.display(description="text")
    def opening(self, reply: SavedReply) -> str:
        words = " ".join(reply.text.split())
        return words if len(words) <= 120 else f"{words[:120].rpartition(' ')[0]} …"
