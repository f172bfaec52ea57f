"""Where readers say whether an article helped, and what is wrong in it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from articles.forms import FeedbackForm
from articles.models import Article, Feedback
from articles.models.feedback import TooMuch
from backsite.lib.bots import KEY_FIELD, Submission
from backsite.lib.text import Said
from backsite.lib.web import OUTAGE, answers_strangers, drop_broken_connections, unavailable

FROM_ELSEWHERE: Final = _(
    "Your browser says that this was sent from another website, so it is not sent yet. "
    "Everything is still here: look at it, then press the button."
)
TOO_MUCH: Final = _(
    "We have had a great deal from your network today and take no more until tomorrow. Your "
    "words are still here: copy them, and send them then."
)


@answers_strangers
@require_POST
@never_cache
def receive(request: HttpRequest, article_id: int) -> HttpResponse:
    """Keeps what a reader says. Whatever goes wrong, the words come back on the page."""
    try:
        return _receive(request, article_id)
    except OUTAGE:
        drop_broken_connections()
        return _unsaved(
            request,
            gettext("Our database cannot be reached just now."),
            gettext("Wait a few seconds and press “Send it again”."),
        )


def _receive(request: HttpRequest, article_id: int) -> HttpResponse:
    article = Article.objects.filter(pk=article_id).exclude(state=Article.State.DRAFT).first()
    if article is None:
        return _unsaved(
            request,
            gettext("This article is no longer on the site."),
            gettext("Copy your words if you want to keep them."),
        )
    form = FeedbackForm(request.POST, kind=_kind(request))
    submission = Submission.of(request, "feedback")
    if submission.from_elsewhere:
        return _again(request, article, form, FROM_ELSEWHERE, status=403)
    if not form.is_valid():
        return _again(request, article, form, status=422)
    try:
        Feedback.receive(submission, article=article, kind=form.kind, **form.cleaned_data)
    except TooMuch:
        return _again(request, article, form, TOO_MUCH, status=429)
    return redirect("articles:feedback_thanks", article_id=article.pk)


@require_safe
def thanks(request: HttpRequest, article_id: int) -> HttpResponse:
    """The same page whoever sent what."""
    article = get_object_or_404(Article.objects.exclude(state=Article.State.DRAFT), pk=article_id)
    return render(request, "articles/feedback_thanks.html", {"article": article})


def _kind(request: HttpRequest) -> str:
    """What was pressed. Words without a button that we know are words about a mistake."""
    sent = request.POST.get("kind", "")
    return sent if sent in Feedback.Kind.values else Feedback.Kind.MISTAKE.value


def _again(
    request: HttpRequest, article: Article, form: FeedbackForm, problem: Said = "", *, status: int
) -> HttpResponse:
    """The form as it was sent, on a page of its own that says what to do."""
    context = {"article": article, "form": form, "problem": problem}
    return render(request, "articles/feedback.html", context, status=status)


def _unsaved(request: HttpRequest, problem: Said, advice: Said) -> HttpResponse:
    """Hands the words back on a page that needs no database."""
    context = {
        "problem": problem,
        "advice": advice,
        "action": request.path,
        "hidden": [(name, request.POST.get(name, "")) for name in ("kind", KEY_FIELD)],
        "words": request.POST.get("words", ""),
        "email": request.POST.get("email", ""),
    }
    return unavailable("articles/feedback_unsaved.html", context)
