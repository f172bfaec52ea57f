"""Where a reader's words arrive. None of these pages is ever cached."""

from __future__ import annotations

from typing import Any, Final

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from articles.models import Article
from backsite.lib.bots import KEY_FIELD, Submission
from backsite.lib.web import OUTAGE, answers_strangers, drop_broken_connections, unavailable

from .forms import CommentForm
from .models import Comment

HELD_SALT: Final = "comments.held"
FROM_ELSEWHERE: Final = (
    "Your browser says that this was sent from another website, so it is not posted yet. "
    "Everything is still here: look at it, then press “Post comment”."
)
TYPED: Final = (
    ("text", "Your comment or question"),
    ("name", "Name"),
    ("email", "E-mail"),
    ("website", "Website"),
)


@answers_strangers
@require_POST
@never_cache
def submit(request: HttpRequest, article_id: int) -> HttpResponse:
    """Keeps what a reader wrote. Whatever goes wrong, the words come back on the page."""
    try:
        return _submit(request, article_id)
    except OUTAGE:
        drop_broken_connections()
        return unsaved(
            request,
            "Our database cannot be reached just now.",
            "Wait a few seconds and press “Post it again”.",
        )


def _submit(request: HttpRequest, article_id: int) -> HttpResponse:
    # A comment on an article that was taken down meanwhile is kept too, for staff to read.
    article = Article.objects.filter(pk=article_id).exclude(state=Article.State.DRAFT).first()
    if article is None:
        return unsaved(
            request,
            "This article is no longer on the site.",
            "Copy your words if you want to keep them.",
        )
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
    if comment.is_public:
        return redirect(comment)
    article = get_object_or_404(Article.objects.complete(), pk=comment.article_id)
    context = {"article": article, "own_comment": comment, "noindex": True}
    return render(request, "articles/detail.html", context)


def held_path(comment: Comment) -> str:
    """The address that shows a comment to its writer before it is public."""
    token = signing.dumps(comment.pk, salt=HELD_SALT)
    return f"{reverse('comments:held', args=[token])}#{comment.anchor}"


def page_of(
    request: HttpRequest, form: CommentForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page that a form stands on: its article, or that of the comment it answers."""
    parent = form.parent_comment
    context |= {"noindex": True, "comment_form": form}
    if parent is not None:
        context |= {
            "article": form.article,
            "parent": parent,
            "form": form,
            "problem": context.get("comment_problem"),
            "reply_heading": f"Leave a reply to {parent.name}",
        }
        return render(request, "comments/reply.html", context, status=status)
    article = Article.objects.complete().get(pk=form.article.pk)
    return render(request, "articles/detail.html", {**context, "article": article}, status=status)


def unsaved(request: HttpRequest, problem: str, advice: str) -> HttpResponse:
    """Hands the words back on a page that needs no database."""
    hidden = [(name, request.POST.get(name, "")) for name in ("parent", KEY_FIELD)]
    context = {
        "problem": problem,
        "advice": advice,
        "action": request.path,
        "fields": [(name, label, request.POST.get(name, "")) for name, label in TYPED],
        "hidden": hidden,
    }
    return unavailable("comments/unsaved.html", context)
