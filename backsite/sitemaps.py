"""The sitemap (sitemaps.org 0.9, with Google's pictures): one index, one file for each
few hundred of each kind. Drafts and what staff keep out of search engines are not in it.

A part of the articles or letters is a stretch of keys: what is published or withdrawn changes
its own part and no other, and none need be counted to find where a part begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final
from xml.sax.saxutils import escape

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, Max, Model, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import conditional_page, require_safe

from articles.meta import full
from articles.models import Article, Author, Picture, Tag, Topic
from articles.models.found import indexable
from articles.views.reading import PAGE_LENGTH
from backsite.lib.pagecache import cacheable
from backsite.lib.web import site_link
from newsletter.models import Issue
from newsletter.views.archive import TAG as LETTERS

# The format allows 50,000 addresses and 50 MB a file; the texts of so many articles are read for
# their pictures in one go.
LENGTH: Final = 500
LAST: Final = 1_000_000_000  # whoever asks for a later part means no part of ours
# Google reads no more pictures of one page than that.
MOST_PICTURES: Final = 1_000
PICTURE: Final = re.compile(r'data-picture="([0-9]{1,18})"')
SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGES: Final = "http://www.google.com/schemas/sitemap-image/1.1"


@dataclass(frozen=True)
class Entry:
    path: str
    changed: datetime | None = None
    pictures: tuple[str, ...] = ()


Rows = QuerySet[Any]


def _articles() -> Rows:
    return indexable(Article.objects.articles().published())


def _pages() -> Rows:
    return indexable(Article.objects.pages().published())


def _topics() -> Rows:
    rows = indexable(Topic.objects.in_use())
    return rows.annotate(changed=_last("topic")).order_by("pk")


def _authors() -> Rows:
    rows = indexable(Author.objects.all())
    return rows.filter(_in_use("authors")).annotate(changed=_last("authors")).order_by("pk")


def _tags() -> Rows:
    rows = indexable(Tag.objects.all())
    return rows.filter(_in_use("tags")).annotate(changed=_last("tags")).order_by("pk")


def _letters() -> Rows:
    return Issue.objects.in_archive().defer("body", "filled", "html", "text")


CHANGED: Final = Coalesce("updated_at", "published_at")
# What is split by its keys, and when a row of it changed. The others are lists of articles.
DATED: Final[dict[type[Model], Any]] = {Article: CHANGED, Issue: F("started_at")}
# A text without pictures is long and says nothing here.
TEXT: Final = Case(
    When(html__contains="data-picture=", then="html"), default=Value(""), output_field=TextField()
)
SHOWN: Final = ("slug", "kind", CHANGED, "picture_id", TEXT)
KINDS: Final[dict[str, Callable[[], Rows]]] = {
    "articles": _articles,
    "pages": _pages,
    "topics": _topics,
    "authors": _authors,
    "tags": _tags,
    "letters": _letters,
}


@cacheable("articles", LETTERS)
@require_safe
@conditional_page
def index(request: HttpRequest) -> HttpResponse:
    parts: dict[str, dict[int, datetime | None]]
    parts = {kind: dict(_stretches(KINDS[kind]())) for kind in ("articles", "pages", "letters")}
    newest = max((at for at in parts["articles"].values() if at), default=None)
    for kind in ("topics", "authors", "tags"):
        # None changed later than the newest of these.
        parts[kind] = dict.fromkeys(range(1, _how_many(KINDS[kind]()) + 1), newest)
    lines = [_element("sitemap", site_link(reverse("sitemap", args=["site", 1])), newest)]
    lines += [
        _element("sitemap", site_link(reverse("sitemap", args=[kind, number])), changed)
        for kind, found in parts.items()
        for number, changed in found.items()
    ]
    return _document("sitemapindex", lines)


@cacheable("articles", LETTERS)
@require_safe
@conditional_page
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    if kind == "site" and number == 1:
        entries: Iterable[Entry] = _site()
    elif kind in KINDS and (found := _part(KINDS[kind](), number)):
        entries = found
    else:
        raise Http404("There is no such part of the sitemap.")
    return _document("urlset", (_url(entry) for entry in entries))


def _site() -> Iterator[Entry]:
    """What is there on every site, even one without any article."""
    newest = _newest()
    yield Entry(reverse("articles:home"), newest)
    yield Entry(reverse("articles:archive"), newest)


def _part(rows: Rows, number: int) -> list[Entry]:
    if not 0 < number <= LAST:
        return []
    first = (number - 1) * LENGTH
    if rows.model not in DATED:
        return [
            Entry(row.get_absolute_url(), max(row.changed, default=None))
            for row in rows[first : first + LENGTH]
        ]
    here = rows.filter(pk__gt=first, pk__lte=first + LENGTH).order_by("pk")
    return _articles_in(here) if rows.model is Article else _letters_in(here)


def _letters_in(here: Rows) -> list[Entry]:
    return [Entry(letter.get_absolute_url(), letter.started_at) for letter in here]


def _articles_in(here: Rows) -> list[Entry]:
    found = list(here.values_list(*SHOWN))
    named = [[int(number) for number in PICTURE.findall(text)] for *_, text in found]
    pictures = _pictures({*(row[3] for row in found if row[3]), *chain.from_iterable(named)})
    return [
        Entry(
            Article.address_of(slug, kind),
            changed,
            tuple(pictures[one] for one in dict.fromkeys([lead, *names]) if one in pictures),
        )
        for (slug, kind, changed, lead, _), names in zip(found, named, strict=True)
    ]


def _pictures(keys: set[int]) -> dict[int, str]:
    """The addresses of those that can be shown, in one query."""
    known = Picture.objects.present().in_bulk(keys) if keys else {}
    return {key: full(one.safe_url) for key, one in known.items() if one.renditions}


def _stretches(rows: Rows) -> list[tuple[int, datetime | None]]:
    """(number, last change) of each part that there is."""
    part, changed = (F("pk") - 1) / LENGTH + 1, DATED[rows.model]
    dated = rows.order_by().annotate(part=part).values("part").annotate(at=Max(changed))
    return list(dated.order_by("part").values_list("part", "at"))


def _how_many(rows: Rows) -> int:
    """Parts of a list. Most sites have one: no need to look which rows of it are in use."""
    if indexable(rows.model._default_manager.all()).count() <= LENGTH:
        return int(rows.exists())
    return -(-rows.count() // LENGTH)


def _newest() -> datetime | None:
    return _latest(_articles())


def _latest(articles: Rows) -> datetime | None:
    found = articles.aggregate(at=Max(CHANGED))["at"]
    return found if isinstance(found, datetime) else None


def _last(column: str) -> Any:
    """When each of the newest articles of a row changed: what the first page of it shows."""
    shown = Article.objects.articles().published().filter(**{column: OuterRef("pk")})
    return ArraySubquery(shown.newest_first().values_list(CHANGED, flat=True)[:PAGE_LENGTH])


def _in_use(column: str) -> Exists:
    return Exists(Article.objects.articles().published().filter(**{column: OuterRef("pk")}))


def _url(entry: Entry) -> str:
    pictures = "".join(
        f"<image:image><image:loc>{escape(address)}</image:loc></image:image>"
        for address in entry.pictures[:MOST_PICTURES]
    )
    return _element("url", site_link(entry.path), entry.changed, pictures)


def _element(name: str, address: str, changed: datetime | None, inside: str = "") -> str:
    when = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
    return f"<{name}><loc>{escape(address)}</loc>{when}{inside}</{name}>\n"


def _document(name: str, lines: Iterable[str]) -> HttpResponse:
    more = f' xmlns:image="{IMAGES}"' if name == "urlset" else ""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{SITEMAP}"{more}>\n'
    text = f"{head}{''.join(lines)}</{name}>\n"
    return HttpResponse(text, content_type="application/xml; charset=utf-8")
