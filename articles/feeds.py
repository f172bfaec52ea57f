"""News for feed readers: Atom (RFC 4287) and RSS 2.0, of the site, a topic, a tag, an author.

An entry's id is a tag URI (RFC 4151) made of what never changes, so that a new slug is no
new entry. Every address is a full one; a feed is read far from this site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import urljoin

import lxml.html
from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import conditional_page, require_safe
from lxml.html import HtmlElement

from backsite.lib.pagecache import cacheable
from backsite.lib.text import sendable
from backsite.lib.web import site_link

from .models import Article, Author, Byline, Site, Tag, Topic
from .pictures import show_pictures

FEED_LENGTH: Final = 20

CONTENT_MODULE: Final = "http://purl.org/rss/1.0/modules/content/"


# When a feed without entries was changed: a feed that says “now” is new at every look.
NEVER: Final = datetime(2020, 1, 1, tzinfo=UTC)


class _Whole(SyndicationFeed):
    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else NEVER


class WholeAtom(_Whole, Atom1Feed):
    """With the text of each entry, where it is given as `content` (HTML)."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item.get("content"):
            handler.addQuickElement("content", item["content"], {"type": "html"})


class WholeRss(_Whole, Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": CONTENT_MODULE}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item.get("content"):
            handler.addQuickElement("content:encoded", item["content"])


Row: TypeAlias = Topic | Tag | Author


@dataclass(frozen=True)
class Source:
    """What one request asks for: the site's feed, or that of a row."""

    site: Site
    row: Row | None = None


class ArticleFeed(Feed[Article, Source]):
    """The newest articles; whole or their standfirst only, as the site's identity says."""

    item_guid_is_permalink = False

    def __init__(self, kind: type[Row] | None = None, *, rss: bool = False) -> None:
        self.kind, self.rss = kind, rss
        self.feed_type = WholeRss if rss else WholeAtom

    def get_object(self, request: HttpRequest, slug: str = "") -> Source:
        site = Site.current()
        if self.kind is None:
            return Source(site)
        row: Row = get_object_or_404(self.kind._default_manager.all(), slug=slug)
        return Source(site, row)

    def title(self, obj: Source) -> str:
        return sendable(f"{obj.row.name} – {obj.site.name}" if obj.row else obj.site.name)

    def subtitle(self, obj: Source) -> str:
        return sendable(obj.site.tagline)

    def description(self, obj: Source) -> str:
        return sendable(obj.site.description or obj.site.tagline or obj.site.name)

    def author_name(self, obj: Source) -> str:
        return sendable(obj.site.name)

    def link(self, obj: Source) -> str:
        path = obj.row.get_absolute_url() if obj.row else reverse("articles:home")
        return site_link(path)

    def feed_url(self, obj: Source) -> str:
        return site_link(feed_address(obj.row, rss=self.rss))

    def feed_guid(self, obj: Source) -> str:
        what = f"{obj.row._meta.model_name}-{obj.row.pk}" if obj.row else "articles"
        return lasting_id(f"feed-{what}")

    def items(self, obj: Source) -> list[Article]:
        rows = Article.objects.articles().published().newest_first().select_related("topic")
        rows = rows.prefetch_related(Prefetch("bylines", Byline.objects.select_related("author")))
        if isinstance(obj.row, Topic):
            shown_ones = Article.objects.articles().published()
            keys = shown_ones.keys_filed_under(Topic.objects.below(obj.row))[:FEED_LENGTH]
            rows = rows.filter(pk__in=[key for key, _ in keys])
        elif obj.row is not None:
            rows = rows.filter(**{{Tag: "tags", Author: "authors"}[type(obj.row)]: obj.row})
        shown = ["title", "slug", "kind", "standfirst", "created_at", "published_at", "updated_at"]
        whole = obj.site.feed_text == Site.FeedText.FULL
        shown += ["topic__name", *(["html"] if whole else [])]
        found = list(rows.only(*shown)[:FEED_LENGTH])
        if whole:
            texts_for_feeds(found)
        return found

    def item_title(self, item: Article) -> str:
        return sendable(item.title)

    def item_link(self, item: Article) -> str:
        return site_link(item.get_absolute_url())

    def item_guid(self, item: Article) -> str:
        return lasting_id(f"article-{item.pk}", item.created_at)

    def item_description(self, item: Article) -> str:
        return sendable(item.standfirst)

    def item_pubdate(self, item: Article) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Article) -> datetime | None:
        return item.updated_at or item.published_at

    def item_author_name(self, item: Article) -> str:
        return sendable(", ".join(byline.author.name for byline in item.bylines.all()))

    def item_categories(self, item: Article) -> list[str]:
        return [sendable(item.topic.name)] if item.topic else []

    def item_extra_kwargs(self, item: Article) -> dict[str, Any]:
        """The text, where `items()` has read it because the site gives it away."""
        if "html" in item.get_deferred_fields():
            return {}
        return {"content": text_for_feeds(item.html, self.item_link(item))}


def feed_address(row: Row | None = None, *, rss: bool = False) -> str:
    name = f"articles:{row._meta.model_name}_feed" if row else "articles:feed"
    return reverse(name + ("_rss" if rss else ""), args=[row.slug] if row else [])


def lasting_id(what: str, since: datetime | None = None) -> str:
    """A tag URI; `since` is any day on which the thing was here and that never changes."""
    day = since.strftime("%Y-%m-%d") if since else "2020"
    return f"tag:{settings.SITE_HOST},{day}:{what}"


def texts_for_feeds(articles: list[Article]) -> None:
    """Fills in the pictures of all of them at once: one query, however many there are."""
    together = show_pictures("".join(f"<section>{article.html}</section>" for article in articles))
    parts = lxml.html.fragment_fromstring(together, create_parent="div")
    for article, part in zip(articles, parts, strict=True):
        article.html = _inside(part)


def text_for_feeds(html: str, address: str) -> str:
    """With full addresses, and without what only a page of ours can show."""
    root = lxml.html.fragment_fromstring(html or "", create_parent="div")
    for place in list(root.iter("aside")):
        if place.get("data-cta"):
            place.drop_tree()
    for element in root.iter():
        for name in {"href", "src"} & set(element.attrib):
            element.set(name, urljoin(address, element.get(name)))
        if sources := element.get("srcset"):
            element.set("srcset", ", ".join(_full_sources(sources, address)))
    return sendable(_inside(root))


def _inside(element: HtmlElement) -> str:
    whole = str(lxml.html.tostring(element, encoding="unicode", with_tail=False))
    return whole[whole.index(">") + 1 : whole.rindex("<")]


def _full_sources(sources: str, address: str) -> Iterable[str]:
    for source in sources.split(","):
        where, _, width = source.strip().partition(" ")
        yield f"{urljoin(address, where)} {width}".strip()


View: TypeAlias = Callable[..., HttpResponse]


def _view(kind: type[Row] | None, rss: bool) -> View:
    """Answers 304 to a reader who has it already; feed readers ask every hour."""
    view: View = cacheable("articles")(conditional_page(require_safe(ArticleFeed(kind, rss=rss))))
    return view


def site_feed(*, rss: bool = False) -> View:
    return _view(None, rss)


def topic_feed(*, rss: bool = False) -> View:
    return _view(Topic, rss)


def tag_feed(*, rss: bool = False) -> View:
    return _view(Tag, rss)


def author_feed(*, rss: bool = False) -> View:
    return _view(Author, rss)
