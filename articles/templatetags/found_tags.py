"""What is said in the head of a page (`articles.meta`), and the boxes that lead on."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from backsite.lib.web import site_link

from .. import linked_data, meta
from ..models import Article, Site, Topic
from ..models.reading import most_read as most_read_articles
from ..models.series import place_in_series
from ..related import related_articles

register = template.Library()


@register.simple_tag(takes_context=True)
def meta_of(context: Context, subject: meta.Subject, page: Page[Any] | None = None) -> SafeString:
    """For an article, a topic, an author or a tag; `page` where it is a page of a list."""
    return _written(context, meta.of(subject, _site(context), page))


@register.simple_tag(takes_context=True)
def meta_of_list(context: Context, name: str, path: str, page: Page[Any]) -> SafeString:
    return _written(context, meta.of_list(str(name), _site(context), path, page))


@register.simple_tag(takes_context=True)
def meta_of_place(context: Context, name: str, path: str, description: str = "") -> SafeString:
    return _written(context, meta.of_place(name, _site(context), path, description))


@register.simple_tag(takes_context=True)
def meta_of_home(context: Context) -> SafeString:
    return _written(context, meta.of_home(_site(context)))


@register.filter
def full_address(path: str) -> str:
    """The same under the site's own address, whatever host was asked."""
    return site_link(path)


@register.inclusion_tag("articles/_related.html")
def related(article: Article) -> dict[str, Any]:
    return {"related": related_articles(article)}


@register.inclusion_tag("articles/_series.html")
def series(article: Article) -> dict[str, Any]:
    return {"article": article, "place": place_in_series(article)}


@register.inclusion_tag("articles/_most_read.html")
def most_read(topic: Topic | None = None) -> dict[str, Any]:
    return {"articles": most_read_articles(topic), "topic": topic}


def _written(context: Context, said: meta.Meta) -> SafeString:
    """`noindex` in the context: a page that is not for everybody, such as a held comment's."""
    words = {
        "meta": said,
        "site": _site(context),
        "noindex": said.noindex or bool(context.get("noindex")),
        "note": context.get("title_note", ""),
        "data": linked_data.script(said.data),
    }
    return render_to_string("_meta.html", words)


def _site(context: Context) -> Site:
    found = context.get("site")
    return found if isinstance(found, Site) else Site.current()
