"""The public pages. None of them knows who is looking."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeAlias

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from articles import whole
from articles.models import Article, Author, StartHere, Tag, Topic
from articles.models.article import ArticleQuerySet
from articles.models.frame import Frame
from backsite.lib.pagecache import cacheable, shows

from .moved import answers_old_numbers

PAGE_LENGTH: Final = 12
HOME_LENGTH: Final = 8

Keys: TypeAlias = QuerySet[Article, tuple[int, datetime | None]]


@cacheable("lists")
@require_safe
@answers_old_numbers
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/home.html", on_home())


def on_home() -> dict[str, Any]:
    """What the home page shows."""
    newest = Article.objects.articles().published().newest_first()
    some = newest[: HOME_LENGTH + 1].values_list("pk", flat=True)
    keys = some.union(newest.featured()[:1].values_list("pk", flat=True))
    found = whole.listed(list(keys))
    featured = next((article for article in found if article.featured), None)
    latest = [article for article in found if article != featured][:HOME_LENGTH]
    return {"featured": featured, "latest": latest}


@cacheable("lists")
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    return _list_page(request, "articles/archive.html", _keys(Article.objects.all()))


@cacheable("lists")
@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """All that is filed under it or below it, with what to read first."""
    topics = Topic.objects.select_related("parent__parent", "share_picture")
    found = get_object_or_404(topics, slug=slug)
    frame = Frame.read()
    return _list_page(
        request,
        "articles/topic.html",
        Article.objects.articles().published().keys_filed_under(frame.navigation.below(found)),
        topic=found,
        frame=frame,
        children=frame.navigation.under(found),
        starts=StartHere.objects.of(found),
    )


@cacheable("lists")
@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag.objects.select_related("share_picture"), slug=slug)
    return _list_page(
        request, "articles/tag.html", _keys(Article.objects.filter(tags=found)), tag=found
    )


@cacheable("lists")
@require_safe
def author(request: HttpRequest, slug: str) -> HttpResponse:
    authors = Author.objects.select_related("photo", "share_picture").prefetch_related("links")
    found = get_object_or_404(authors, slug=slug)
    return _list_page(
        request, "articles/author.html", _keys(Article.objects.filter(authors=found)), author=found
    )


@cacheable("lists")
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = whole.published(slug, Article.Kind.ARTICLE)
    if found is None:
        raise Http404("No article is published at this address.")
    shows(request, f"article:{found.pk}")
    return render(request, "articles/detail.html", {"article": found})


@cacheable("lists")
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    found = whole.published(slug, Article.Kind.PAGE)
    if found is None:
        raise Http404("No page is published at this address.")
    shows(request, f"article:{found.pk}")
    return render(request, "articles/page.html", {"article": found})


def _keys(articles: ArticleQuerySet) -> Keys:
    return articles.articles().published().newest_first().values_list("pk", "published_at")


def _list_page(request: HttpRequest, template: str, keys: Keys, **context: Any) -> HttpResponse:
    """A list in pages; a page that does not exist is a 404, not another page's content.

    Pages are counted and cut in the keys, which an index gives: to skip 60,000 whole rows
    takes half a second.
    """
    paginator = Paginator(keys, PAGE_LENGTH)
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise Http404("The number of the page is no number.")
    if not 1 <= int(number) <= paginator.num_pages:
        raise Http404("There are not that many pages.")
    page: Any = paginator.page(int(number))
    page.object_list = whole.listed([key for key, _ in page.object_list])
    return render(request, template, {**context, "articles": page})
