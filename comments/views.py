"""Where a reader's words arrive. None of these pages is ever cached."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.core import signing
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from articles.models import Article
from backsite.lib.bots import KEY_FIELD, Submission
from backsite.lib.web import OUTAGE, answers_strangers, drop_broken_connections, unavailable

from .forms import CommentForm
from .models import Comment

log = logging.getLogger("backsite.comments")

HELD_SALT: Final = "comments.held"
FROM_ELSEWHERE: Final = (
    "Your browser says that this was sent from another website, so it is not posted yet. "
    "Everything is still here: look at it, then press “Post comment”."
)
AWAY: Final = "Our database cannot be reached just now."
OUR_FAULT: Final = "Something went wrong on our side, and we have been told."
GONE: Final = "This article is no longer on the site."
TYPED: Final = (
    ("text", "Your comment or question"),
    ("name", "Name"),
    ("email", "E-mail"),
    ("website", "Website"),
)


# Kept by the browser, so that Back finds the words again; shown to nobody else.
own_page = cache_control(private=True, no_cache=True)


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def submit(request: HttpRequest, article_id: int) -> HttpResponse:
    """Keeps what a reader wrote. Whatever goes wrong, the words come back on the page.

    Opened as an address (a restored tab, a shared link) it leads to the form.
    """
    if request.method != "POST":
        article = get_object_or_404(Article.objects.articles().published(), pk=article_id)
        return redirect(f"{article.get_absolute_url()}#respond")
    try:
        return _submit(request, article_id)
    except OUTAGE:
        drop_broken_connections()
        return unsaved(request, AWAY, "Wait a few seconds and press “Post it again”.")
    except (DatabaseError, ValueError):
        log.exception("A comment could not be kept; its writer has got the words back.")
        return unsaved(request, OUR_FAULT, "Press “Post it again”, or copy your words first.")


def _submit(request: HttpRequest, article_id: int) -> HttpResponse:
    article = Article.objects.articles().seen_by_readers().filter(pk=article_id).first()
    if article is None:
        return unsaved(request, GONE, "Copy your words if you want to keep them.", status=410)
    form = CommentForm(request.POST, article=article)
    submission = Submission.of(request, "comment")
    if submission.from_elsewhere:
        return page_of(request, form, status=403, comment_problem=FROM_ELSEWHERE)
    if not form.is_valid():
        return page_of(request, form, status=422)
    fields = {name: form.cleaned_data[name] for name, _ in TYPED}
    parent = form.parent_comment
    comment = Comment.submit(submission, article=article, parent=parent, **fields)
    return redirect(held_path(comment))


@require_safe
@never_cache
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for an answer to somebody, on a page of its own: without JavaScript."""
    comments = Comment.objects.approved().select_related("article")
    parent = get_object_or_404(comments, pk=pk, article__state=Article.State.PUBLISHED)
    if not parent.article.comments_open:
        return redirect(parent)
    form = CommentForm(article=parent.article, initial={"parent": parent.pk})
    return page_of(request, form)


@require_safe
@never_cache
def held(request: HttpRequest, token: str) -> HttpResponse:
    """A reader's own comment at its place in the thread, marked as awaiting moderation."""
    try:
        pk = signing.loads(token, salt=HELD_SALT)
    except signing.BadSignature:
        raise Http404("This link is not one of ours.") from None
    comments = Comment.objects.select_related("article", "parent")
    comment = get_object_or_404(comments, pk=pk)
    if not comment.article.is_public:
        return render(request, "comments/kept.html", {"comment": comment})
    if comment.is_public:
        return redirect(comment)
    article = Article.objects.complete().get(pk=comment.article_id)
    note = "Your comment is awaiting moderation" if comment.is_held else "Your comment"
    page = _around(article, own_comment=comment, title_note=note)
    return render(request, "articles/detail.html", page)


def held_path(comment: Comment) -> str:
    """The address that shows a comment to its writer before it is public."""
    token = signing.dumps(comment.pk, salt=HELD_SALT)
    return reverse("comments:held", args=[token])


def page_of(
    request: HttpRequest, form: CommentForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page that a form stands on: its article, or that of the comment it answers."""
    if not form.article.is_public:
        return unsaved(request, GONE, "Copy your words if you want to keep them.", status=410)
    parent = form.parent_comment
    context["comment_form"] = form
    if parent is not None:
        context |= {
            "parent": parent,
            "form": form,
            "problem": context.get("comment_problem"),
            "reply_heading": f"Leave a reply to {parent.name}",
        }
        page = _around(form.article, **context)
        return render(request, "comments/reply.html", page, status=status)
    article = Article.objects.complete().get(pk=form.article.pk)
    return render(request, "articles/detail.html", _around(article, **context), status=status)


def _around(article: Article, **context: Any) -> dict[str, Any]:
    """What a reader's own page says about the public one that it looks like."""
    return {**context, "article": article, "noindex": True, "box_page": article.get_absolute_url()}


def unsaved(request: HttpRequest, problem: str, advice: str, *, status: int = 503) -> HttpResponse:
    """Hands the words back on a page that needs no database."""
    context = {
        "problem": problem,
        "advice": advice,
        "action": request.path,
        "again": status != 410,
        "fields": [(name, label, request.POST.get(name, "")) for name, label in TYPED],
        "hidden": [(name, request.POST.get(name, "")) for name in ("parent", KEY_FIELD)],
    }
    response = unavailable("comments/unsaved.html", context)
    response.status_code = status
    # Unlike other pages of an outage: Back must find the words again.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
