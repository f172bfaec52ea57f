"""Counting that an article was read: no cookie, no address, only one more today."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from articles.models import Article, ReadCount


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """The page sends it by itself after some seconds of reading (static/js/reading.js)."""
    get_object_or_404(Article.objects.articles().published().only("pk"), pk=pk)
    ReadCount.objects.add(pk)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
