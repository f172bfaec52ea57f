"""Where readers say that a comment is not all right."""

from __future__ import annotations

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from articles.models import Article
from backsite.lib.bots import Submission
from backsite.lib.text import Said, sendable
from backsite.lib.web import OUTAGE, answers_strangers

from ..models import Comment, Report
from ..models.report import LONGEST_WORDS
from ..rendering import without_addresses
from .unsaved import handed_back

FROM_ELSEWHERE: Final = _(
    "Your browser says that this was sent from another website, so it is not sent yet. "
    "Everything is still here: look at it, then press the button."
)
TYPED: Final = (("words", _("What you wrote")),)


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what is wrong with it."),
            "invalid_choice": _("Choose what is wrong with it."),
        },
    )
    words = forms.CharField(
        label=_("More, if you like"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_words(self) -> str:
        return sendable(str(self.cleaned_data["words"]))


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of its own, with or without JavaScript; looking at it reports nothing."""
    try:
        return _report(request, pk)
    except OUTAGE:
        if request.method != "POST":
            raise
        return handed_back(
            request, TYPED, heading=gettext("Your report is not saved yet"), along=["reason"]
        )


def _report(request: HttpRequest, pk: int) -> HttpResponse:
    public = Comment.objects.approved().filter(article__state=Article.State.PUBLISHED)
    comment = get_object_or_404(
        public.select_related("article").defer("article__body", "article__html"), pk=pk
    )
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, comment, form)
    submission = Submission.of(request, "report")
    if submission.from_elsewhere:
        return _page(request, comment, form, FROM_ELSEWHERE, status=403)
    if not form.is_valid():
        return _page(request, comment, form, status=422)
    Report.receive(submission, comment=comment, **form.cleaned_data)
    return redirect("comments:reported", pk=pk)


@require_http_methods(["GET", "HEAD"])
@never_cache
def reported(request: HttpRequest, pk: int) -> HttpResponse:
    """The same whoever sent what, and however often."""
    comment = get_object_or_404(Comment.objects.select_related("article"), pk=pk)
    article = comment.article if comment.is_public and comment.article.is_public else None
    return render(request, "comments/report.html", {"article": article, "done": True})


def _page(
    request: HttpRequest,
    comment: Comment,
    form: ReportForm,
    problem: Said = "",
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "comment": comment,
        "article": comment.article,
        "form": form,
        "problem": problem,
        "said": comment.text if comment.is_staff else without_addresses(comment.text),
    }
    return render(request, "comments/report.html", context, status=status)
