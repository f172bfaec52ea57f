"""Changing and deleting one's own comment: by the page after posting for a quarter of an
hour, later by a link that is mailed to the comment's address.
"""

from __future__ import annotations

import logging
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from backsite.lib.text import Said
from backsite.lib.web import OUTAGE, answers_strangers

from .. import links
from ..forms import LinkForm, OwnForm
from ..models import Comment, LinkRequest, Withdrawn
from .following import link_over
from .unsaved import AWAY, handed_back

log = logging.getLogger("backsite.comments")

OUR_FAULT: Final = _("Something went wrong on our side, and we have been told.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """“Is this yours?” The answer is the same for every address, and tells nothing."""
    known = Comment.objects.approved().select_related("article").filter(staff=None)
    comment = get_object_or_404(known, pk=pk, article__state="published")
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        LinkRequest.receive(comment, form.cleaned_data["email"])
        return render(request, "comments/link_asked.html", {"comment": comment})
    context = {"comment": comment, "form": form}
    return render(request, "comments/ask_link.html", context, status=422 if form.errors else 200)


@answers_strangers  # the link is a secret, and a mail program's browser may name an odd origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, token: str) -> HttpResponse:
    """What was typed comes back whatever goes wrong."""
    try:
        return _own(request, token)
    except OUTAGE:
        if "text" not in request.POST:
            raise
        return _handed_back(request)
    except Exception:
        if "text" not in request.POST:
            raise
        log.exception("A changed comment could not be kept; its writer has got the words back.")
        return _handed_back(request, OUR_FAULT)


def _handed_back(request: HttpRequest, problem: Said = AWAY) -> HttpResponse:
    typed = (("text", gettext("Your comment")),)
    heading, again = gettext("Your change is not saved yet"), gettext("Save it again")
    return handed_back(
        request,
        typed,
        heading=heading,
        again=again,
        along=["do"],
        problem=problem,
    )


def _own(request: HttpRequest, token: str) -> HttpResponse:
    comment, by_mail = _comment_of(token)
    if comment is None:
        return link_over(request, outdated=by_mail)
    if comment.withdrawn_at is not None:
        return render(request, "comments/withdrawn.html", {"comment": comment})
    if not comment.is_a_readers:
        return link_over(request, outdated=True)
    if not by_mail and not comment.may_be_changed_now:
        return _too_late(request, comment)
    if request.method != "POST":
        return _page(request, comment, OwnForm(initial={"text": comment.text}))
    return _change(request, comment)


@transaction.atomic
def _change(request: HttpRequest, comment: Comment) -> HttpResponse:
    if request.POST.get("do") == "delete":
        comment.withdraw()
        return render(request, "comments/withdrawn.html", {"comment": comment})
    form = OwnForm(request.POST)
    if not form.is_valid():
        return _page(request, comment, form, status=422)
    try:
        comment.rewrite(form.cleaned_data["text"])
    except Withdrawn:
        return _page(request, comment, form, status=409, gone=True)
    return redirect(links.path_to(links.HELD, comment.pk))


def _page(
    request: HttpRequest, comment: Comment, form: OwnForm, *, status: int = 200, gone: bool = False
) -> HttpResponse:
    context = {"comment": comment, "form": form, "gone": gone}
    return render(request, "comments/own.html", context, status=status)


def _too_late(request: HttpRequest, comment: Comment) -> HttpResponse:
    """With what was typed: only the quarter of an hour is over."""
    context = {"comment": comment, "typed": request.POST.get("text", "")}
    return render(request, "comments/too_late.html", context, status=410)


def _comment_of(token: str) -> tuple[Comment | None, bool]:
    """The comment, and whether the link was mailed (it is then good at any time)."""
    comments = Comment.objects.select_related("article")
    try:
        return comments.filter(pk=links.read(links.HELD, token)).first(), False
    except links.BadLink:
        pass
    try:
        return comments.filter(pk=links.read(links.OWN, token)).first(), True
    except links.BadLink as bad:
        return None, bad.outdated
