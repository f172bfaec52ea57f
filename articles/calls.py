"""Calls to action in their places in an article."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from .models import Article, Site
from .models.call import MARK, Call, calls_for, in_place


def show_calls(html: str, article: Article, site: Site | None = None) -> str:
    """The rendered text with its calls filled in and, for an article, the one at its end; in
    one query, where nobody has asked it before. A mark whose call is not in use becomes
    nothing. `site` where the page has read it already."""
    inside, end = _calls(html, article)
    if article.is_page:
        end = None
    if not inside and end is None:
        return MARK.sub("", html)
    # What one of them asks for, such as the book on offer, the others need not ask again.
    around: dict[str, Any] = {"site": site, "asked": {}}
    shown = [*inside.values(), *([end] if end else [])]
    if site is None and any(call.target != Call.Target.ADDRESS for call in shown):
        around["site"] = Site.current()

    def show(mark: Any) -> str:
        call = inside.get(mark[1])
        return _block(call, article, around) if call else ""

    return MARK.sub(show, html) + (_block(end, article, around) if end else "")


def _calls(html: str, article: Article) -> tuple[dict[str, Call], Call | None]:
    if article.parts is not None:
        return in_place(html, article.parts.calls)
    topics = [topic.pk for topic in article.further_topics.all()] if article.pk else []
    return calls_for(html, topics + ([article.topic_id] if article.topic_id else []))


def _block(call: Call, article: Article, around: dict[str, Any]) -> str:
    """Counted on public pages only, not in a preview."""
    counted = article.is_public and call.pk is not None
    context = {"call": call, "counted": counted, "page": article.get_absolute_url()}
    return render_to_string("articles/_call.html", {**around, **context})
