"""The staff's desk: Django's admin, whose first page says what waits."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path

from backsite.lib.web import OUTAGE, AnyView

from . import menu

# Models are not loaded when the site is made: what needs them is imported where it is used.


class Desk(AdminSite):
    site_header = "Backsite"
    site_title = "Backsite"
    index_title = "What waits for you"
    index_template = "admin/desk.html"
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from .waiting import what_waits

        piles = what_waits(request.user)
        context = {
            "waiting": [pile for pile in piles if pile.urgent],
            "figures": [pile for pile in piles if not pile.urgent],
        }
        return super().index(request, {**(extra_context or {}), **context})

    def get_urls(self) -> list[URLResolver | URLPattern]:
        from . import person_pages

        page = self.admin_view(person_pages.staff_page)
        return [path("one-person/", page, name="person"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        return menu.arranged(apps)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was sent when the login had ended is carried through it."""
        from . import resume

        sent = request.POST.get(resume.KEPT_FIELD, "")
        if not sent:
            return super().login(request, extra_context)
        kept = resume.Kept.of(QueryDict(sent))
        response = super().login(request, {**(extra_context or {}), "kept": kept})
        if response.status_code == 302 and self.has_permission(request):
            return resume.offer(request, kept, response["Location"])
        return response

    def admin_view(self, view: AnyView, cacheable: bool = False) -> AnyView:
        """Every page of the desk: what was typed outlives an ended login and an outage,
        and who may not do something is told so."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            from . import resume

            try:
                if request.method == "POST" and self._login_ended(request):
                    return resume.log_in_again(request)
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()  # here, where its queries may still fail
                return response
            except PermissionDenied as error:
                return resume.forbidden(request, str(error))
            except OUTAGE:
                return resume.database_away(request)

        return cast("AnyView", update_wrapper(guarded, inner))

    def _login_ended(self, request: HttpRequest) -> bool:
        leaving = request.resolver_match and request.resolver_match.url_name == "logout"
        return not leaving and not self.has_permission(request)
