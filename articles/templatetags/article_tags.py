"""What every page says about the site, and the body of an article with its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from backsite.lib.remembered import remembered

from .. import style
from ..calls import show_calls
from ..models import Article, Author, Site
from ..models.frame import Frame
from ..pictures import show_pictures
from ..rendering import headings_in

register = template.Library()

# Fewer headings than this are seen at a glance without a list of them.
HEADINGS_FOR_CONTENTS: Final = 3


@register.simple_tag(takes_context=True)
def frame(context: Context) -> str:
    """Puts `site` and `nav` into the context of the page: what the view has read (as
    `frame`), else read now."""
    found = context.get("frame")
    around = found if isinstance(found, Frame) else Frame.read()
    context["around"] = around
    context["site"], context["nav"] = around.site, around.navigation
    return ""


@register.simple_tag(takes_context=True)
def head_of_page(context: Context) -> SafeString:
    request = context.get("request")
    path = request.path if request else ""
    return _head(context["around"], path if path in _marked(context["around"]) else "")


@register.simple_tag(takes_context=True)
def foot_of_page(context: Context) -> SafeString:
    return _foot(context["around"])


@remembered(100)
def _head(around: Frame, here: str) -> SafeString:
    """`here`: the address of this page, where the navigation leads to it."""
    return render_to_string(
        "_head.html", {"site": around.site, "nav": around.navigation, "here": here}
    )


@remembered(20)
def _foot(around: Frame) -> SafeString:
    return render_to_string("_foot.html", {"site": around.site, "nav": around.navigation})


@lru_cache(maxsize=20)
def _marked(around: Frame) -> frozenset[str]:
    """Addresses that the navigation leads to."""
    topics = (topic.get_absolute_url() for topic in around.navigation.topics)
    return frozenset([*topics, reverse("articles:search")])


@register.simple_tag
def counter() -> SafeString:
    """The script of the operator's own counting program, where there is one. Only pages that
    are the same for everybody have it: an address that opens something of one person is told
    to nobody."""
    found = settings.ANALYTICS
    if found is None:
        return mark_safe("")
    return format_html(
        '<script src="{}" {}="{}" defer></script>', found.script, found.attribute, found.value
    )


@register.simple_tag
def style_sheet(site: Site) -> str:
    return style.address_of(site)


@register.filter
def exact(moment: datetime) -> str:
    """For `<time datetime>`, to the second: HTML knows no millionths, which `date:"c"` writes."""
    return moment.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds")


@register.simple_tag(takes_context=True)
def article_body(context: Context, article: Article) -> SafeString:
    """The body as readers get it, with its calls to action and pictures filled in."""
    found = context.get("site")
    html = show_calls(article.html, article, found if isinstance(found, Site) else None)
    html = show_pictures(html, article.parts.pictures if article.parts else None)
    return mark_safe(html)  # noqa: S308  # made by rendering.render_body, which sanitises


@register.simple_tag
def contents(html: str) -> Sequence[tuple[str, str]]:
    """(id, heading) pairs for a table of contents; empty where one would be in the way."""
    found = headings_in(html)
    return found if len(found) >= HEADINGS_FOR_CONTENTS else ()


@register.inclusion_tag("articles/_face.html")
def face(author: Author | None, name: str = "", place: str = "face") -> dict[str, Any]:
    """A picture of somebody, or the initials in its place; `place` as in `articles.pictures`."""
    return {"author": author, "name": name or (author.name if author else ""), "place": place}
