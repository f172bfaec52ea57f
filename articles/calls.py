"""Calls to action in their places in an article."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from .models import Article
from .models.call import MARK, Call, calls_for


def show_calls(html: str, article: Article) -> str:
    """The rendered text with its calls filled in and, for an article, the one at its end; in
    one query. A mark whose call is not in use becomes nothing."""
    topics = [topic.pk for topic in article.further_topics.all()] if article.pk else []
    topics += [article.topic_id] if article.topic_id else []
    inside, end = calls_for(html, topics)

    def show(mark: Any) -> str:
        call = inside.get(mark[1])
        return _block(call, article) if call else ""

    return MARK.sub(show, html) + (_block(end, article) if end and not article.is_page else "")


def _block(call: Call, article: Article) -> str:
    """Counted on public pages only, not in a preview."""
    counted = article.is_public and call.pk is not None
    return render_to_string("articles/_call.html", {"call": call, "counted": counted})
