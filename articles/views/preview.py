"""An article as readers would get it, before they do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from articles.models import Article, PreviewLink


@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """Needs no login, only the link; what is public by now is read at its own address."""
    found = PreviewLink.objects.open().filter(token=token).first()
    if found is None:
        return private(render(request, "articles/preview_over.html", status=404))
    article = Article.objects.complete().get(pk=found.article_id)
    if article.is_public:
        return private(HttpResponseRedirect(article.get_absolute_url()))
    article.render()
    return as_readers_would(request, article, until=found.expires_at)


def as_readers_would(request: HttpRequest, article: Article, **context: object) -> HttpResponse:
    """Its page with a bar that says what it is, and without what readers could send."""
    template = "articles/page.html" if article.is_page else "articles/detail.html"
    context = {"article": article, "preview": True, "noindex": True, **context}
    return private(render(request, template, context))


def private(response: HttpResponse) -> HttpResponse:
    """Kept by no search engine and no cache, and its address is told to no other site."""
    add_never_cache_headers(response)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
