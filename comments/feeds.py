"""What readers say, for feed readers: published comments of the site or of one article.

Names and words only: an e-mail address never leaves the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from articles.feeds import WholeAtom, WholeRss, lasting_id, text_for_feeds
from articles.models import Article, Site
from backsite.lib.text import sendable
from backsite.lib.web import site_link

from .models import Comment

FEED_LENGTH: Final = 30


@dataclass(frozen=True)
class Source:
    site: Site
    article: Article | None = None


class CommentFeed(Feed[Comment, Source]):
    item_guid_is_permalink = False

    def __init__(self, *, rss: bool = False) -> None:
        self.rss = rss
        self.feed_type = WholeRss if rss else WholeAtom

    def get_object(self, request: HttpRequest, article_id: int | None = None) -> Source:
        if article_id is None:
            return Source(Site.current())
        public = Article.objects.published().only("title", "slug", "kind")
        return Source(Site.current(), get_object_or_404(public, pk=article_id))

    def title(self, obj: Source) -> str:
        where = obj.article.title if obj.article else obj.site.name
        return sendable(gettext("Comments on {title}").format(title=where))

    def subtitle(self, obj: Source) -> str:
        return sendable(
            gettext("What readers say on {site}, newest first.").format(site=obj.site.name)
        )

    description = subtitle

    def author_name(self, obj: Source) -> str:
        return sendable(obj.site.name)

    def link(self, obj: Source) -> str:
        if obj.article:
            return site_link(f"{obj.article.get_absolute_url()}#comments")
        return site_link(reverse("articles:home"))

    def feed_url(self, obj: Source) -> str:
        suffix = "_rss" if self.rss else ""
        if obj.article:
            return site_link(reverse(f"comments:article_feed{suffix}", args=[obj.article.pk]))
        return site_link(reverse(f"comments:feed{suffix}"))

    def feed_guid(self, obj: Source) -> str:
        return lasting_id(f"feed-comments-{obj.article.pk}" if obj.article else "feed-comments")

    def items(self, obj: Source) -> list[Comment]:
        """Without mentions by other sites: nobody wrote those."""
        rows = Comment.objects.approved().filter(pingback=False).order_by("-approved_at", "-pk")
        if obj.article:
            rows = rows.filter(article=obj.article)
        else:
            rows = rows.filter(article__in=Article.objects.published().values("pk"))
        shown = ("name", "html", "created_at", "approved_at", "article__title")
        rows = rows.select_related("article").only(*shown, "article__slug", "article__kind")
        return list(rows[:FEED_LENGTH])

    def item_title(self, item: Comment) -> str:
        said = gettext("{name} on “{title}”")
        return sendable(said.format(name=item.name, title=item.article.title))

    def item_link(self, item: Comment) -> str:
        return site_link(item.get_absolute_url())

    def item_guid(self, item: Comment) -> str:
        return lasting_id(f"comment-{item.pk}", item.created_at)

    def item_description(self, item: Comment) -> str:
        return text_for_feeds(item.html, self.item_link(item))

    def item_pubdate(self, item: Comment) -> datetime:
        return item.created_at

    def item_updateddate(self, item: Comment) -> datetime:
        return item.approved_at or item.created_at

    def item_author_name(self, item: Comment) -> str:
        return sendable(item.name)
