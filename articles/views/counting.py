"""Counting that an article was read: no cookie, no address, only one more today.

Who wants to lift an article by sending many such requests is slowed down without being told
apart from anybody: only what a browser sends from a page of ours counts, and no more in a
minute than readers of a busy site send. More is answered in the same way and changes nothing.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from articles.models import Article, ReadCount
from backsite.lib.pace import Pace

# In a process. Twenty a minute are 850,000 readers of one article in a month.
PACE: Final = Pace(each=20, together=300)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """The page sends it by itself after some seconds of reading (static/js/reading.js)."""
    if _from_a_page(request) and PACE.allows(pk):
        get_object_or_404(Article.objects.articles().published().only("pk"), pk=pk)
        ReadCount.objects.add(pk)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _from_a_page(request: HttpRequest) -> bool:
    """Whether it says so; OriginGuard has looked at where that page is. Every browser does."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers
