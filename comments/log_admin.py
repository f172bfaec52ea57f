"""The moderation log in the desk: one page to read. There is no way to write on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime

from . import log
from .alert_admin import WrittenBySite
from .models import SettingChange

if TYPE_CHECKING:
    LogModelAdmin = admin.ModelAdmin[SettingChange]
else:
    LogModelAdmin = admin.ModelAdmin

THE_SITE = "-"


@admin.register(SettingChange)
class LogAdmin(WrittenBySite, LogModelAdmin):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind, who = request.GET.get("kind", ""), request.GET.get("who", "").replace("\x00", "")
        before = _moment(request.GET.get("before", ""))
        actor = "" if who == THE_SITE else (who or None)
        found = log.entries(kind=kind, actor=actor, before=before)
        more = found[log.A_PAGE :]
        shown = found[: log.A_PAGE]
        context = {
            **self.admin_site.each_context(request),
            "title": "Moderation log",
            "opts": SettingChange._meta,
            "entries": shown,
            "kinds": log.KINDS,
            "actors": log.actors(),
            "kind": kind,
            "who": who,
            "older": log.address(kind=kind, who=who, before=shown[-1].at.isoformat())
            if more
            else "",
            "newest": log.address(kind=kind, who=who) if before else "",
        }
        return TemplateResponse(request, "admin/comments/log.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(log.address())


def _moment(typed: str) -> datetime | None:
    try:
        found = parse_datetime(typed.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None
