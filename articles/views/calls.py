"""Counting calls to action: one more today, without a cookie or an address.

The page sends these by itself (static/js/calls.js), so only browsers with JavaScript count.
Another site's page cannot send them (OriginGuard); a program that pretends to be a browser
can, and the numbers are no more than an aid.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from articles.models import Call

NOT_KEPT = {"Cache-Control": "no-store"}


@require_POST
def shown(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Call.objects.in_use(), pk=pk).count(shown=1)
    return HttpResponse(status=204, headers=NOT_KEPT)


@require_POST
def followed(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Call.objects.in_use(), pk=pk).count(followed=1)
    return HttpResponse(status=204, headers=NOT_KEPT)
