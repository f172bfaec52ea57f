"""Old addresses: asked only where nothing else answers, and answered in one hop."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve, reverse

from articles.models import Article, Author, OldAddress, Tag, Topic
from articles.models.address import NUMBER, Target, normal
from backsite.lib.web import is_staff_page

# Browsers keep a 301 for ever unless told otherwise; a later article may take the address.
DAY_SECONDS: Final = 86_400

# What WordPress and its plugins hang onto the address of a page.
FEED_TAIL: Final = r"feed(?:/(?:rss2?|atom|rdf))?"
TAIL: Final = re.compile(rf"/(?:amp|print|embed|trackback|{FEED_TAIL}|page/\d+|comment-page-\d+)/$")
A_FEED: Final = re.compile(rf"/{FEED_TAIL}/$")
DATED: Final = re.compile(r"^/\d{4}(?:/\d{2}){1,2}/([^/]+)/$")
DATE: Final = re.compile(r"^/\d{4}(?:/\d{2}){0,2}/$")
AT_THE_TOP: Final = re.compile(r"^/([^/]+)/$")
UNDER: Final = re.compile(r"^/(category|tag|author)/(?:[^/]+/)*([^/]+)/$")
FIXED: Final[dict[str, str]] = {
    **dict.fromkeys("/ /index.php/ /index.html/ /index.htm/ /home/".split(), "articles:home"),
    **dict.fromkeys("/rss/ /atom/ /rss.xml/ /feed.xml/ /atom.xml/".split(), "articles:feed"),
    **dict.fromkeys("/sitemap_index.xml/ /wp-sitemap.xml/".split(), "sitemap_index"),
}
LIVE: Final[dict[str, type[Target]]] = {
    "articles:article": Article,
    "articles:page": Article,
    "articles:topic": Topic,
    "articles:tag": Tag,
    "articles:author": Author,
}

View = Callable[[HttpRequest], HttpResponse]


def redirect_for(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that found nothing; None where nothing is known either."""
    if request.method not in ("GET", "HEAD") or is_staff_page(request):
        return None
    query = request.META.get("QUERY_STRING", "")
    target = present_address(f"{quote(request.path)}?{query}")
    if not target or target == request.path:
        return None
    keeps = query and not NUMBER.search(query)
    return _to(f"{target}?{query}" if keeps else target)


def answers_old_numbers(view: View) -> View:
    """WordPress's `/?p=12` comes to the home page, which would otherwise answer anything."""

    @wraps(view)
    def home(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if not NUMBER.search(query):
            return view(request)
        if target := present_address(f"/?{query}"):
            return _to(target)
        raise Http404("No article has this number.")

    return home


def present_address(address: str) -> str:
    """Where an old address leads readers now; empty where nowhere."""
    path = normal(address)
    short = path
    while tail := TAIL.search(short):
        short = short[: tail.start()] + "/"
    if not path:
        return ""
    rows = {
        row.path: row for row in OldAddress.objects.with_targets().filter(path__in={path, short})
    }
    row = rows.get(path) or rows.get(short)
    found = row.leads_to if row else _by_rule(short)
    if found and A_FEED.search(path) and (feed := _feed_at(found)):
        return feed
    return found


def _by_rule(path: str) -> str:
    """For what no row says: the addresses that WordPress and others give such things."""
    if path in FIXED:
        return reverse(FIXED[path])
    if DATE.match(path):
        return reverse("articles:archive")
    if under := UNDER.match(path):
        return _filed_under(under[1], under[2])
    if dated := DATED.match(path) or AT_THE_TOP.match(path):
        return _article(dated[1])
    return _live(path)


def _filed_under(kind: str, slug: str) -> str:
    models: dict[str, tuple[type[Topic | Tag | Author], ...]] = {
        "category": (Topic, Tag),
        "tag": (Tag,),
        "author": (Author,),
    }
    for model in models[kind]:
        if row := model._default_manager.filter(slug=slug).first():
            return str(row.get_absolute_url())
    former = {"category": "topic", "tag": "tag", "author": "author"}[kind]
    return _formerly(reverse(f"articles:{former}", args=[slug])) if _is_slug(slug) else ""


def _article(slug: str) -> str:
    row = Article.objects.published().filter(slug=slug).first()
    if row:
        return row.get_absolute_url()
    return _formerly(reverse("articles:article", args=[slug])) if _is_slug(slug) else ""


def _formerly(path: str) -> str:
    row = OldAddress.objects.with_targets().filter(path=path.lower()).first()
    return row.leads_to if row else ""


def thing_at(path: str) -> Target | None:
    """What readers get at a path of ours now."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    model = LIVE.get(match.view_name)
    if model is None:
        return None
    rows: QuerySet[Any] = model._default_manager.filter(**match.kwargs)
    if model is Article:
        is_page = match.view_name == "articles:page"
        kind = Article.Kind.PAGE if is_page else Article.Kind.ARTICLE
        rows = rows.filter(state=Article.State.PUBLISHED, kind=kind)
    found: Target | None = rows.first()
    return found


def was_withdrawn(path: str) -> bool:
    """Readers once had an article or a page at this address, and it was taken from them."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if LIVE.get(match.view_name) is not Article:
        return False
    is_page = match.view_name == "articles:page"
    rows = Article.objects.pages() if is_page else Article.objects.articles()
    return rows.taken_away().filter(**match.kwargs).exists()


def _live(path: str) -> str:
    """The address itself, where something answers there (a tail was cut off it)."""
    if path == reverse("articles:archive"):
        return path
    return path if thing_at(path) else ""


def _feed_at(path: str) -> str:
    """The feed of a page that has one."""
    if path == reverse("articles:home"):
        return reverse("articles:feed")
    match = resolve(path)
    if match.view_name in ("articles:topic", "articles:tag", "articles:author"):
        return reverse(f"{match.view_name}_feed", kwargs=match.kwargs)
    return ""


def _is_slug(word: str) -> bool:
    return re.fullmatch(r"[-\w]+", word, re.ASCII) is not None


def _to(address: str) -> HttpResponse:
    answer = HttpResponsePermanentRedirect(address)
    answer.headers["Cache-Control"] = f"max-age={DAY_SECONDS}"
    return answer
