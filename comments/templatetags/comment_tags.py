"""The comments of an article, for the article's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from articles.models import Article
from backsite.lib.remembered import remembered

from .. import links, privacy
from ..forms import CommentForm
from ..linked_data import of_thread
from ..markup import Writer
from ..models import Comment
from ..opening import Rules, is_open
from ..pages import ThreadPage, page_of
from ..rendering import LIGHT, render
from ..shown import Shown

register = template.Library()


@register.inclusion_tag("comments/_comments.html", takes_context=True)
def comments_of(context: Context, article: Article) -> dict[str, Any]:
    """The thread and the form. `own_comment` and `comment_form` in the page's context are
    what only their writer sees: a comment that is still held, a form that has errors.
    `thread_page` is a further page of the discussion; without it the first is shown.
    """
    own: Comment | None = context.get("own_comment")
    page: ThreadPage = context.get("thread_page") or page_of(article, own=own)
    around = form_context(article, context, page.rules)
    path = own_path(own) if own is not None else ""
    notes = notes_for(own, own_path=path) if own is not None else ""
    return {
        "article": article,
        "page": page,
        "thread": Writer(takes_answers=around["open"]).thread(page.nodes, notes),
        "data": of_thread(article, page.comments, page.people),
        "own": own,
        **around,
    }


@register.simple_tag(takes_context=True)
def one_comment(context: Context, comment: Comment) -> SafeString:
    """A comment alone, with nothing to do about it; before it is public, with what only its
    writer is told."""
    paths = {name: str(context.get(name, "")) for name in ("own_path", "held_path")}
    notes = "" if comment.is_public else notes_for(comment, **paths)
    return Writer(bare=True).comment(Shown.of(comment), notes=notes)


def notes_for(comment: Comment, **paths: str) -> SafeString:
    return render_to_string("comments/_notes.html", {"comment": comment, **paths})


def own_path(comment: Comment) -> str:
    """Where its writer changes a comment just sent; empty when the time for that is over."""
    if not comment.may_be_changed_now:
        return ""
    return reverse("comments:own", args=[links.token(links.HELD, comment.pk)])


def form_context(article: Article, context: Context, rules: Rules) -> dict[str, Any]:
    form, problem = context.get("comment_form"), context.get("comment_problem")
    around, open_now = around_form(rules), is_open(article, rules)
    if form is None and problem is None:
        house, privacy = around["rules"], tuple(around["privacy"])
        captcha = settings.RECAPTCHA_PUBLIC_KEY if settings.RECAPTCHA_ON else ""
        empty = _empty_form(article.pk, house, privacy, captcha) if open_now else ""
        return {"open": open_now, "empty_form": empty}
    return {
        "form": form or CommentForm(article=article),
        "open": open_now,
        "problem": problem,
        **around,
    }


@remembered(200)
def _empty_form(article: int, rules: str, privacy: tuple[str, ...], captcha: str) -> SafeString:
    """As every reader gets it who has not begun to write. `captcha` makes a difference to what
    every form has at its end."""
    known = Article(pk=article)
    context = {"article": known, "form": CommentForm(article=known), "rules": rules}
    return render_to_string("comments/_respond.html", {**context, "privacy": privacy})


def around_form(rules: Rules) -> dict[str, Any]:
    """What the form says beside its fields."""
    house = rules.site.rules
    return {
        "rules": mark_safe(render(house, LIGHT, addresses=True)) if house.strip() else "",  # noqa: S308  # sanitised there
        "privacy": privacy.lines(),
    }


@register.simple_tag
def script_words() -> SafeString:
    """What the scripts say at the form, as attributes of it."""
    return _script_words()


@remembered(10)
def _script_words() -> SafeString:
    return render_to_string("comments/_script_words.html")
