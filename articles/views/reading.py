"""The public pages. None of them knows who is looking."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from articles.models import Article, Author, StartHere, Tag, Topic
from articles.models.article import ArticleQuerySet

from .moved import answers_old_numbers

PAGE_LENGTH: Final = 12
HOME_LENGTH: Final = 8


@require_safe
@answers_old_numbers
def home(request: HttpRequest) -> HttpResponse:
    articles = Article.objects.articles().published().listed().newest_first()
    featured = list(articles.featured()[:1])
    latest = [article for article in articles[: HOME_LENGTH + 1] if article not in featured]
    context = {
        "featured": featured[0] if featured else None,
        "latest": latest[:HOME_LENGTH],
        "topics": Topic.objects.top().in_use(),
    }
    return render(request, "articles/home.html", context)


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    return _list_page(request, "articles/archive.html", Article.objects.all())


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """All that is filed under it or below it, with what to read first."""
    topics = Topic.objects.select_related("parent__parent", "share_picture")
    found = get_object_or_404(topics, slug=slug)
    articles = Article.objects.filed_under(Topic.objects.below(found))
    return _list_page(
        request,
        "articles/topic.html",
        articles,
        topic=found,
        children=Topic.objects.filter(parent=found).in_use(),
        starts=StartHere.objects.of(found),
    )


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    return _list_page(request, "articles/tag.html", Article.objects.filter(tags=found), tag=found)


@require_safe
def author(request: HttpRequest, slug: str) -> HttpResponse:
    authors = Author.objects.select_related("photo", "share_picture").prefetch_related("links")
    found = get_object_or_404(authors, slug=slug)
    return _list_page(
        request, "articles/author.html", Article.objects.filter(authors=found), author=found
    )


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.articles().published().complete(), slug=slug)
    return render(request, "articles/detail.html", {"article": found})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Article.objects.pages().published().complete(), slug=slug)
    return render(request, "articles/page.html", {"article": found})


def _list_page(
    request: HttpRequest, template: str, articles: ArticleQuerySet, **context: Any
) -> HttpResponse:
    """A list in pages; a page that does not exist is a 404, not another page's content."""
    paginator = Paginator(articles.articles().published().listed().newest_first(), PAGE_LENGTH)
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise Http404("The number of the page is no number.")
    if not 1 <= int(number) <= paginator.num_pages:
        raise Http404("There are not that many pages.")
    return render(request, template, {**context, "articles": paginator.page(int(number))})
