"""News for feed readers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from backsite.lib.text import sendable

from .models import Article, Site

FEED_LENGTH: Final = 20


class LatestArticles(Feed[Article, None]):
    """The newest articles with their standfirst (Atom, RFC 4287)."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return Site.current().name

    def subtitle(self) -> str:
        return Site.current().tagline

    def link(self) -> str:
        return reverse("articles:home")

    def items(self) -> list[Article]:
        return list(Article.objects.articles().published().listed().newest_first()[:FEED_LENGTH])

    def item_title(self, item: Article) -> str:
        return sendable(item.title)

    def item_description(self, item: Article) -> str:
        return sendable(item.standfirst)

    def item_pubdate(self, item: Article) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Article) -> datetime | None:
        return item.updated_at or item.published_at

    def item_author_name(self, item: Article) -> str:
        return sendable(", ".join(byline.author.name for byline in item.bylines.all()))
