"""The staff's desk: Django's admin, whose first page says what waits."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse


class Desk(AdminSite):
    site_header = "Backsite"
    site_title = "Backsite"
    index_title = "What waits for you"
    index_template = "admin/desk.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from .waiting import what_waits  # models are not loaded when the site is made

        return super().index(request, {**(extra_context or {}), "waiting": what_waits()})
