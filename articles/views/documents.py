"""Published articles for others' programs: read-only, the same for everyone, in pages that
nothing published or withdrawn meanwhile can shift.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final, TypeAlias

from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from articles import documents, whole
from articles.feeds import Row
from articles.models import Article, Author, Tag, Topic
from articles.models.article import ArticleQuerySet
from articles.models.frame import Frame
from backsite.lib.pagecache import cacheable, shows
from backsite.lib.pagecache.requests import SAYS_NOTHING

PAGE_LENGTH: Final = 50
FEED: Final = "application/feed+json"
# RFC 9457, as programs read what went wrong.
PROBLEM: Final = "application/problem+json"
# More digits than a key has.
LONGEST_KEY: Final = 18

View: TypeAlias = Callable[..., HttpResponse]
Keys: TypeAlias = QuerySet[Article, tuple[int, datetime | None]]


class BadRequestError(Exception):
    """In words for whoever wrote the program that asked."""


def for_programs(*parameters: str) -> Callable[[View], View]:
    """Says in JSON what is wrong with a request, and lets scripts of any site read the answer:
    it holds what is public anyway, and no cookie makes a difference to it, so that nothing is
    given away that the other site's server could not fetch itself."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _check(request, parameters)
                response = view(request, *args, **kwargs)
            except BadRequestError as error:
                response = _problem(400, "Bad Request", str(error))
            except Http404 as error:
                response = _problem(404, "Not Found", str(error))
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["X-Robots-Tag"] = "noindex"  # its page is what should be found
            return response

        return answered

    return decorate


@cacheable("articles")
@require_safe
@for_programs("after")
def articles(request: HttpRequest) -> HttpResponse:
    return _page(request, None, _keys(_shown(request)))


@cacheable("articles")
@require_safe
@for_programs("after")
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = _row(Topic.objects.all(), slug)
    below = Topic.objects.below(found)
    return _page(request, found, _shown(request).keys_filed_under(below))


@cacheable("articles")
@require_safe
@for_programs("after")
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    found = _row(Tag.objects.all(), slug)
    return _page(request, found, _keys(_shown(request).filter(tags=found)))


@cacheable("articles")
@require_safe
@for_programs("after")
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = _row(Author.objects.all(), slug)
    return _page(request, found, _keys(_shown(request).filter(authors=found)))


@cacheable()
@require_safe
@for_programs()
def article(request: HttpRequest, pk: int) -> HttpResponse:
    nothing = Http404("No article is published under this number.")
    if pk >= 10**LONGEST_KEY:
        raise nothing
    try:
        found = whole.of(pk)
    except Article.DoesNotExist:
        raise nothing from None
    if found.is_page or not found.is_public:
        raise nothing
    shows(request, f"article:{pk}")
    return _json(documents.of_article(found), "application/json")


def _shown(request: HttpRequest) -> ArticleQuerySet:
    """Published articles, or those of them that come after the one that was asked for."""
    public = Article.objects.articles().published()
    given = request.GET.get("after")
    if given is None:
        return public
    # What was withdrawn since keeps its place; a draft's number tells nobody that it is there.
    once = Article.objects.articles().seen_by_readers().exclude(published_at=None)
    wrong = BadRequestError(
        "“after” is the number of an article of this site, as “next_url” gives it. "
        "Leave it out to begin with the newest."
    )
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_KEY):
        raise wrong
    last = once.filter(pk=given).only("published_at").first()
    if last is None:
        raise wrong
    moment = last.published_at
    return public.filter(published_at__lte=moment).exclude(published_at=moment, pk__gte=last.pk)


def _keys(rows: ArticleQuerySet) -> Keys:
    return rows.newest_first().values_list("pk", "published_at")


def _page(request: HttpRequest, row: Row | None, rows: Keys) -> HttpResponse:
    keys = [key for key, _ in rows[: PAGE_LENGTH + 1]]
    found = whole.listed(keys[:PAGE_LENGTH])
    prefetch_related_objects(found, "tags")
    here = documents.list_of(row)
    if after := request.GET.get("after"):
        here = f"{here}?after={after}"
    more = len(keys) > PAGE_LENGTH
    return _json(documents.of_list(Frame.read().site, row, found, more=more, here=here), FEED)


def _row(rows: QuerySet[Any], slug: str) -> Any:
    return get_object_or_404(rows, slug=slug)


def _check(request: HttpRequest, parameters: tuple[str, ...]) -> None:
    given = {name for name in request.GET if not SAYS_NOTHING.fullmatch(name)}
    if unknown := sorted(given - set(parameters)):
        known = f"It knows {' and '.join(f'“{name}”' for name in parameters) or 'none'}."
        named = ", ".join(f"“{name[:40]}”" for name in unknown[:5])
        raise BadRequestError(f"This address knows no parameter {named}. {known}")
    for name in parameters:
        if len(request.GET.getlist(name)) > 1:
            raise BadRequestError(f"“{name}” is given more than once.")


def _json(document: dict[str, Any], kind: str) -> HttpResponse:
    return JsonResponse(document, content_type=kind, json_dumps_params={"ensure_ascii": False})


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    response = _json(document, PROBLEM)
    response.status_code = status
    return response
