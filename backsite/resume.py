"""Nothing that staff typed is lost because a login ended, a page grew old or the database
went away: what was sent comes back on a page from which it can be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from backsite.lib.web import drop_broken_connections, from_elsewhere

KEPT_FIELD: Final = "kept"
# What a browser must not get back, and what belongs to the old page alone.
NEVER_KEPT: Final = ("password", "csrfmiddlewaretoken")
# From here on a value is shown as a text to read, not only carried along.
WORTH_SHOWING: Final = 20


@dataclass(frozen=True)
class Kept:
    """Fields of a form as they were sent: those with words in them, and the others."""

    words: list[tuple[str, str]]
    others: list[tuple[str, str]]
    files: int = 0

    @property
    def as_query(self) -> str:
        query = QueryDict(mutable=True)
        for name, value in [*self.words, *self.others]:
            query.appendlist(name, value)
        return query.urlencode()

    @classmethod
    def of(cls, sent: QueryDict, files: int = 0) -> Kept:
        fields = [
            (name, value)
            for name, values in sent.lists()
            if not any(word in name for word in NEVER_KEPT)
            for value in values
        ]
        words = [(name, value) for name, value in fields if _is_text(value)]
        return cls(words, [field for field in fields if field not in words], files)


def _is_text(value: str) -> bool:
    return "\n" in value or (len(value) > WORTH_SHOWING and " " in value)


def kept_of(request: HttpRequest) -> Kept:
    return Kept.of(request.POST, sum(len(files) for _, files in request.FILES.lists()))


def log_in_again(request: HttpRequest) -> HttpResponse:
    """The login ended before the button was pressed: the login form, and what was sent."""
    from django.contrib.admin.forms import AdminAuthenticationForm  # needs loaded models

    context = {
        **admin.site.each_context(request),
        "title": "Log in again",
        "form": AdminAuthenticationForm(request),
        "app_path": reverse("admin:login"),
        "username": request.user.get_username(),
        REDIRECT_FIELD_NAME: request.get_full_path(),
        "kept": kept_of(request),
    }
    return TemplateResponse(request, "admin/login.html", context, status=403)


def offer(request: HttpRequest, kept: Kept, address: str, *, status: int = 200) -> HttpResponse:
    """The page from which it can be sent again, with one press."""
    context = {**_context(request, "Please send it once more"), "kept": kept, "address": address}
    return TemplateResponse(request, "admin/resume.html", context, status=status)


def database_away(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database; the token in its form comes from the cookie."""
    drop_broken_connections()
    kept = kept_of(request) if request.method == "POST" else None
    context = {"kept": kept, "address": request.get_full_path()}
    body = render_to_string("admin/503.html", context, request=request)
    return HttpResponse(
        body, status=503, headers={"Retry-After": "10", "Cache-Control": "no-store"}
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that is older than the login; or another site's attempt, which gets nothing."""
    if from_elsewhere(request) or not request.path.startswith(reverse("admin:index")):
        return forbidden(request, "Another page asked for this in your name. Nothing was done.")
    if request.path == reverse("admin:login"):
        wanted = request.POST.get(REDIRECT_FIELD_NAME, "")
        query = QueryDict(mutable=True)
        query[REDIRECT_FIELD_NAME] = wanted or reverse("admin:index")
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    if not admin.site.has_permission(request):
        return log_in_again(request)
    return offer(request, kept_of(request), request.get_full_path(), status=403)


def forbidden(request: HttpRequest, why: str = "") -> HttpResponse:
    """With the words that were sent, to be taken along: a right may end while somebody writes."""
    sent = request.method == "POST" and not from_elsewhere(request)
    words = kept_of(request).words if sent else []
    context = {**_context(request, "You may not do this"), "why": why, "words": words}
    return TemplateResponse(request, "admin/403.html", context, status=403)


def _context(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title}
