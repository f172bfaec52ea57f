"""Pages behind a signed link: for one person, and nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, TypeAlias, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from .links import BadLink, OutdatedLink
from .models import Subscriber

Row = TypeVar("Row")
RowView: TypeAlias = Callable[Concatenate[HttpRequest, Row, ...], HttpResponseBase]
View: TypeAlias = Callable[Concatenate[HttpRequest, str, ...], HttpResponseBase]


def behind_link(find: Callable[[str], Row], *, page: str) -> Callable[[RowView[Row]], View]:
    """Opens the link for the view, and answers a bad one with a friendly page.

    `page` names the page in a sign-up box shown there: its own address is a secret.
    Nothing of it is stored, indexed, or told to other sites. The referrer policy is
    `same-origin`, because with `no-referrer` browsers name no origin in the POST.
    """

    def decorate(view: RowView[Row]) -> View:
        @wraps(view)
        def open_link(request: HttpRequest, token: str, **further: str) -> HttpResponseBase:
            response: HttpResponseBase
            try:
                response = view(request, find(token), **further)
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


def personal(
    purpose: str, *, page: str, however_old: bool = False
) -> Callable[[RowView[Subscriber]], View]:
    """`behind_link` for the links that name a subscriber."""
    return behind_link(
        lambda token: Subscriber.of_link(purpose, token, however_old=however_old), page=page
    )


def link_token(request: HttpRequest) -> str:
    """The one that this page was opened with."""
    return str(request.resolver_match.kwargs["token"]) if request.resolver_match else ""


def _over(request: HttpRequest, page: str, *, status: int) -> HttpResponse:
    context = {"box_page": page, "is_damaged": status == 404}
    return render(request, "newsletter/link_over.html", context, status=status)
