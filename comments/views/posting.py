"""Where a reader's words arrive. None of these pages is ever cached."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from articles import whole
from articles.models import Article
from backsite.lib.bots import KEY_FIELD, Submission
from backsite.lib.text import Said
from backsite.lib.web import OUTAGE, answers_strangers

from .. import links, opening
from ..extras import EXTRAS
from ..filter.rehearsal import is_rehearsal, rehearse
from ..forms import CommentForm
from ..models import Comment, Following
from ..templatetags.comment_tags import around_form, own_path
from .unsaved import AWAY, handed_back

log = logging.getLogger("backsite.comments")

FROM_ELSEWHERE: Final = _(
    "Your browser says that this was sent from another website, so it is not posted yet. "
    "Everything is still here: look at it, then press “Post comment”."
)
PART_HEADER: Final = "X-Part"
OUR_FAULT: Final = _("Something went wrong on our side, and we have been told.")
COPY: Final = _("Copy your words if you want to keep them.")
GONE: Final = _("This article is no longer on the site.")
TYPED: Final = (
    ("text", _("Your comment or question")),
    ("name", _("Name")),
    ("email", _("E-mail")),
    ("website", _("Website")),
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
        return unsaved(request, str(AWAY), gettext("Wait a few seconds and press “Post it again”."))
    except Exception:
        log.exception("A comment could not be kept; its writer has got the words back.")
        return unsaved(
            request, OUR_FAULT, gettext("Press “Post it again”, or copy your words first.")
        )


def _submit(request: HttpRequest, article_id: int) -> HttpResponse:
    article, rules = opening.asked(article_id)
    if article is None:
        return unsaved(
            request, GONE, gettext("Copy your words if you want to keep them."), status=410
        )
    form = CommentForm(request.POST, article=article)
    submission = Submission.of(request, "comment")
    if submission.from_elsewhere:
        return page_of(request, form, status=403, comment_problem=FROM_ELSEWHERE)
    if not form.is_valid():
        return page_of(request, form, status=422)
    fields = {name: form.cleaned_data[name] for name, _ in TYPED}
    if is_rehearsal(request):
        return rehearse(submission, article, fields)
    parent = form.parent_comment
    with transaction.atomic():
        comment = Comment.submit(submission, article=article, parent=parent, **fields)
        if not opening.is_open(article, rules):
            comment.arrived_late()
        if form.cleaned_data["follow"]:
            Following.begin(comment)
        for extra in EXTRAS.values():
            extra.keep(form.cleaned_data, comment, submission)
    return _accepted(request, comment)


def _accepted(request: HttpRequest, comment: Comment) -> HttpResponse:
    if not wants_part(request):
        return redirect(held_path(comment))
    context = {
        "comment": comment,
        "own_path": own_path(comment),
        "held_path": held_path(comment),
    }
    return render(request, "comments/_accepted.html", context, status=201)


def wants_part(request: HttpRequest) -> bool:
    """static/js/comments.js puts the answer into the page that is open."""
    return PART_HEADER in request.headers


@require_safe
@never_cache
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for an answer to somebody, on a page of its own: without JavaScript."""
    comments = Comment.objects.approved().select_related("article")
    parent = get_object_or_404(comments, pk=pk, article__state=Article.State.PUBLISHED)
    if not opening.is_open(parent.article):
        return redirect(parent)
    form = CommentForm(article=parent.article, initial={"parent": parent.pk})
    return page_of(request, form)


@require_safe
@never_cache
def held(request: HttpRequest, token: str) -> HttpResponse:
    """A reader's own comment at its place in the thread, marked as awaiting moderation."""
    try:
        pk = links.read(links.HELD, token)
    except links.BadLink:
        raise Http404("This link is not one of ours.") from None
    comments = Comment.objects.select_related("article", "parent")
    comment = get_object_or_404(comments, pk=pk)
    if comment.withdrawn_at is not None:
        return render(request, "comments/withdrawn.html", {"comment": comment})
    if not comment.article.is_public or (comment.is_public and comment.danger):
        return render(request, "comments/kept.html", {"comment": comment})
    if comment.is_public:
        return redirect(comment)
    article = whole.of(comment.article_id)
    note = (
        gettext("Your comment is awaiting moderation")
        if comment.is_held
        else gettext("Your comment")
    )
    page = _around(article, own_comment=comment, title_note=note)
    return render(request, "articles/detail.html", page)


def held_path(comment: Comment) -> str:
    """The address that shows a comment to its writer before it is public."""
    return links.path_to(links.HELD, comment.pk)


def page_of(
    request: HttpRequest, form: CommentForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page that a form stands on: its article, or that of the comment it answers."""
    if not form.article.is_public:
        return unsaved(
            request, GONE, gettext("Copy your words if you want to keep them."), status=410
        )
    parent = form.parent_comment
    context["comment_form"] = form
    if parent is not None or wants_part(request):
        context |= {
            "parent": parent,
            "form": form,
            "problem": context.get("comment_problem"),
            "reply_heading": gettext("Leave a reply to {name}").format(name=parent.name)
            if parent
            else gettext("Leave a reply"),
            **around_form(opening.Rules.of(form.article)),
        }
    if wants_part(request):
        page = {**context, "article": form.article, "heading": context["reply_heading"]}
        page["cancel"] = "#respond" if parent else ""
        return render(request, "comments/_form.html", page, status=status)
    if parent is not None:
        page = _around(form.article, **context)
        return render(request, "comments/reply.html", page, status=status)
    article = whole.of(form.article.pk)
    return render(request, "articles/detail.html", _around(article, **context), status=status)


def _around(article: Article, **context: Any) -> dict[str, Any]:
    """What a reader's own page says about the public one that it looks like."""
    return {**context, "article": article, "noindex": True, "box_page": article.get_absolute_url()}


def _kept_along() -> list[str]:
    extras = [name for extra in EXTRAS.values() for name in extra.fields()]
    return ["parent", "follow", *extras, KEY_FIELD]


def unsaved(
    request: HttpRequest, problem: Said, advice: Said, *, status: int = 503
) -> HttpResponse:
    return handed_back(
        request,
        TYPED,
        along=_kept_along(),
        again="" if status == 410 else gettext("Post it again"),
        problem=problem,
        advice=advice,
        status=status,
    )
