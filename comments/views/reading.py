"""What readers say, page by page, and where a comment stands. The same for everyone."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from articles import whole
from articles.models import Article
from backsite.lib.pagecache import cacheable, shows

from ..models import Comment, Order
from ..narrowing import is_key
from ..pages import NoSuchPage, page_of, place_of


@cacheable("lists")
@require_safe
def threads(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """A further page of a discussion, or the discussion from its other end."""
    article = whole.named(slug)
    if article is None:
        raise Http404("No article is published at this address.")
    shows(request, f"article:{article.pk}")
    *orders, last = which.split("/")
    number = int(last) if last.isdigit() else 1
    word = orders[0] if orders else ("" if last.isdigit() else last)
    try:
        page = page_of(article, number=number, order=Order(word) if word else None)
    except NoSuchPage:
        raise Http404("This discussion has fewer pages.") from None
    usual = page.address(number)
    if usual.partition("#")[0] != request.path:
        return redirect(usual)
    return render(request, "comments/threads.html", {"article": article, "thread_page": page})


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """From the number in an address like `#comment-123`, which no browser sends to us. With
    JavaScript the page follows it by itself."""
    number = request.GET.get("number", "").strip().rpartition("-")[2]
    if not is_key(number):
        raise Http404("This is not the number of a comment.")
    return redirect("comments:comment", pk=int(number))


@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """The address of a comment that lasts: leads to the page that it is on today."""
    known = Comment.objects.select_related("article").defer("article__body", "article__html")
    found = get_object_or_404(known, pk=pk, article__state=Article.State.PUBLISHED)
    place = place_of(found)
    if place is None:
        raise Http404("This comment is not published.")
    return redirect(place)
