"""What every page says about the site, and the body of an article with its blocks."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.utils.safestring import SafeString, mark_safe

from ..calls import show_calls
from ..models import Article, Author, Site, Topic
from ..pictures import show_pictures
from ..rendering import headings_in

register = template.Library()

# Fewer headings than this are seen at a glance without a list of them.
HEADINGS_FOR_CONTENTS: Final = 3


@register.simple_tag
def site_identity() -> Site:
    return Site.current()


@register.simple_tag
def navigation() -> dict[str, Any]:
    """The topics and pages of the navigation, each list in one query."""
    return {
        "topics": list(Topic.objects.top().in_use()),
        "pages": list(
            Article.objects.pages().published().only("title", "slug", "kind").order_by("title")
        ),
    }


@register.simple_tag
def article_body(article: Article) -> SafeString:
    """The body as readers get it, with its calls to action and pictures filled in."""
    html = show_pictures(show_calls(article.html, article))
    return mark_safe(html)  # noqa: S308  # made by rendering.render_body, which sanitises


@register.simple_tag
def contents(html: str) -> list[tuple[str, str]]:
    """(id, heading) pairs for a table of contents; empty where one would be in the way."""
    found = headings_in(html)
    return found if len(found) >= HEADINGS_FOR_CONTENTS else []


@register.inclusion_tag("articles/_face.html")
def face(author: Author | None, name: str = "", place: str = "face") -> dict[str, Any]:
    """A picture of somebody, or the initials in its place; `place` as in `articles.pictures`."""
    return {"author": author, "name": name or (author.name if author else ""), "place": place}
