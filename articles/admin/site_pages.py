"""Beside the form of the site's identity: how it would look, and its legal pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from articles import legal
from articles.models import Article, Site
from articles.models.frame import Frame
from articles.views.preview import private
from articles.views.reading import on_home


class ShowsTheSite(admin.ModelAdmin[Site]):
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("preview/", guarded(require_POST(self.preview)), name="articles_site_preview"),
            path(
                "legal-pages/", guarded(require_POST(self.begin)), name="articles_site_legal_pages"
            ),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {}), "lacking": legal.lacking()}
        return super().changeform_view(request, object_id, form_url, context)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The home page as it would be with what stands in the form. Nothing is saved; a file
        chosen in the form is not looked at."""
        site = Site.current()
        self._may_write(request)
        form = self.get_form(request, site, change=True)(request.POST, instance=site)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "It cannot be shown yet",
                "wrong": [
                    f"{form.fields[name].label}: {said}" if name in form.fields else said
                    for name, errors in form.errors.items()
                    for said in errors
                ],
            }
            page = TemplateResponse(request, "admin/articles/no_preview.html", context, status=422)
            return page.render()
        written = form.save(commit=False)
        frame = Frame(written, Frame.read().navigation)
        shown = {**on_home(), "frame": frame, "preview": True, "noindex": True}
        return private(render(request, "articles/home.html", shown))

    def begin(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request) or not request.user.has_perm(
            "articles.add_article"
        ):
            raise PermissionDenied
        made = legal.begin(by=request.user)
        if made:
            names = ", ".join(f"“{article.title}”" for article in made)
            said = f"{names}: written as drafts. Put in what only you know, then publish each."
            messages.success(request, said)
        else:
            messages.info(request, "The legal pages are there already; nothing was changed.")
        pages = f"{reverse('admin:articles_article_changelist')}?kind={Article.Kind.PAGE}"
        return HttpResponseRedirect(pages)

    def _may_write(self, request: HttpRequest) -> None:
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
