"""What readers look for. The page is the same for everyone who asks the same."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.search import search


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Takes any query and any number of a page: a page that is not there is the nearest."""
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1
    found = search(request.GET.get("q", ""), page)
    return render(request, "articles/search.html", {"found": found})
