"""Pages behind a signed link: for one person, and nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .links import BadLink, OutdatedLink
from .models import Subscriber

PersonalView: TypeAlias = Callable[[HttpRequest, Subscriber], HttpResponse]
View: TypeAlias = Callable[[HttpRequest, str], HttpResponse]


def personal(purpose: str, *, page: str) -> Callable[[PersonalView], View]:
    """Opens the link for the view, and answers a bad one with a friendly page.

    `page` names the page in a sign-up box shown there: its own address is a secret.
    Nothing of it is stored, indexed, or told to other sites. The referrer policy is
    `same-origin`, because with `no-referrer` browsers name no origin in the POST.
    """

    def decorate(view: PersonalView) -> View:
        @wraps(view)
        def open_link(request: HttpRequest, token: str) -> HttpResponse:
            try:
                response = view(request, Subscriber.of_link(purpose, token))
            except OutdatedLink:
                response = _over(request, page, status=410)
            except BadLink:
                response = _over(request, page, status=404)
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return open_link

    return decorate


def _over(request: HttpRequest, page: str, *, status: int) -> HttpResponse:
    context = {"box_page": page, "is_damaged": status == 404}
    return render(request, "newsletter/link_over.html", context, status=status)
