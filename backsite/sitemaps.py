"""The sitemap (sitemaps.org 0.9, with Google's pictures): one index, one file for each
thousand of each kind. Drafts and what staff keep out of search engines are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import conditional_page, require_safe

from articles.meta import full
from articles.models import Article, Author, Picture, Tag, Topic
from articles.models.found import indexable
from backsite.lib.web import site_link

# The format allows 50,000 addresses and 50 MB a file; the texts of a thousand articles are
# read for their pictures in one go.
LENGTH: Final = 1_000
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
    rows = indexable(Article.objects.articles().published())
    return rows.select_related("picture").only(*SHOWN).order_by("pk")


def _pages() -> Rows:
    rows = indexable(Article.objects.pages().published())
    return rows.select_related("picture").only(*SHOWN).order_by("pk")


def _topics() -> Rows:
    rows = indexable(Topic.objects.in_use())
    return rows.annotate(changed=_last("topic")).order_by("pk")


def _authors() -> Rows:
    rows = indexable(Author.objects.all())
    return rows.filter(_in_use("authors")).annotate(changed=_last("authors")).order_by("pk")


def _tags() -> Rows:
    return Tag.objects.filter(_in_use("tags")).annotate(changed=_last("tags")).order_by("pk")


SHOWN: Final = ("slug", "kind", "published_at", "updated_at", "html", "picture__renditions")
KINDS: Final[dict[str, Callable[[], Rows]]] = {
    "articles": _articles,
    "pages": _pages,
    "topics": _topics,
    "authors": _authors,
    "tags": _tags,
}


@require_safe
@conditional_page
def index(request: HttpRequest) -> HttpResponse:
    lines = [_element("sitemap", site_link(reverse("sitemap", args=["site", 1])), _newest())]
    for kind, rows in KINDS.items():
        for number in range(1, -(-rows().count() // LENGTH) + 1):
            address = site_link(reverse("sitemap", args=[kind, number]))
            lines.append(_element("sitemap", address, _last_change(_part(rows(), number))))
    return _document("sitemapindex", lines)


@require_safe
@conditional_page
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    if kind == "site" and number == 1:
        entries: Iterable[Entry] = _site()
    elif kind in KINDS and (rows := list(_part(KINDS[kind](), number))):
        pictures = _pictures_in(rows)
        entries = (_entry(row, pictures) for row in rows)
    else:
        raise Http404("There is no such part of the sitemap.")
    return _document("urlset", (_url(entry) for entry in entries))


def _site() -> Iterator[Entry]:
    """What is there on every site, even one without any article."""
    newest = _newest()
    yield Entry(reverse("articles:home"), newest)
    yield Entry(reverse("articles:archive"), newest)


def _pictures_in(rows: list[Any]) -> dict[int, Picture]:
    """Those that the texts of articles name, in one query."""
    texts = [row.html for row in rows if isinstance(row, Article)]
    numbers = {int(number) for text in texts for number in PICTURE.findall(text)}
    return Picture.objects.present().in_bulk(numbers) if numbers else {}


def _entry(row: Article | Topic | Author | Tag, known: dict[int, Picture]) -> Entry:
    if not isinstance(row, Article):
        return Entry(row.get_absolute_url(), getattr(row, "changed", None))
    shown = [row.picture, *(known.get(int(number)) for number in PICTURE.findall(row.html))]
    addresses = [full(picture.safe_url) for picture in shown if picture and picture.renditions]
    unique = tuple(dict.fromkeys(addresses))[:MOST_PICTURES]
    return Entry(row.get_absolute_url(), row.updated_at or row.published_at, unique)


def _part(rows: Rows, number: int) -> Rows:
    return rows[(number - 1) * LENGTH : number * LENGTH] if number else rows.none()


def _newest() -> datetime | None:
    return _latest(Article.objects.published())


def _last_change(rows: Rows) -> datetime | None:
    if rows.model is Article:
        return _latest(Article.objects.filter(pk__in=rows.values("pk")))
    times = [row.changed for row in rows if row.changed]
    return max(times, default=None)


def _latest(articles: QuerySet[Article]) -> datetime | None:
    found = articles.aggregate(at=Max(Coalesce("updated_at", "published_at")))["at"]
    return found if isinstance(found, datetime) else None


def _last(column: str) -> Any:
    """When the newest article of a row changed."""
    shown = Article.objects.articles().published().filter(**{column: OuterRef("pk")})
    when = Coalesce("updated_at", "published_at")
    return shown.order_by(when.desc()).values(at=when)[:1]


def _in_use(column: str) -> Exists:
    return Exists(Article.objects.articles().published().filter(**{column: OuterRef("pk")}))


def _url(entry: Entry) -> str:
    pictures = "".join(
        f"<image:image><image:loc>{escape(address)}</image:loc></image:image>"
        for address in entry.pictures
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
