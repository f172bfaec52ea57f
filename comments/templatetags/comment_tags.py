"""The comments of an article, for the article's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from articles import linked_data
from articles.models import Article

from ..forms import CommentForm
from ..linked_data import of_thread
from ..models import Comment
from ..thread import build

register = template.Library()


@register.inclusion_tag("comments/_comments.html", takes_context=True)
def comments_of(context: Context, article: Article) -> dict[str, Any]:
    """The thread and the form. `own_comment` and `comment_form` in the page's context are
    what only their writer sees: a comment that is still held, a form that has errors.
    """
    comments = list(Comment.objects.of_thread(article))
    people = sum(not comment.pingback for comment in comments)
    own: Comment | None = context.get("own_comment")
    if own is not None and not own.is_public:
        comments.append(own)
    for comment in comments:
        comment.article = article
    return {
        "article": article,
        "nodes": build(comments),
        "data": linked_data.script(of_thread(article, comments)),
        "count": people,
        "own": own,
        "form": context.get("comment_form") or CommentForm(article=article),
        "problem": context.get("comment_problem"),
    }
