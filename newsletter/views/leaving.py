"""Leaving: a button for people, one click for mail programs, and the reason if one likes."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backsite.lib.web import answers_strangers

from .. import links
from ..addresses import masked
from ..evidence import evidence
from ..forms import ReasonForm
from ..models import Subscriber
from ..personal import link_token, personal
from ..wording import LEAVE_BUTTON, ONE_CLICK_WORDS, leave_words

LEAVE_PAGE: Final = "/newsletter/leave/"
ONE_CLICK: Final = "one-click"
FORMS: Final = ("", "application/x-www-form-urlencoded", "multipart/form-data")


# RFC 8058: the mail provider sends this POST, from elsewhere and without a cookie.
@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@personal(links.LEAVE, page=LEAVE_PAGE)
def leave(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """A button for people, one click for mail programs. Works whatever was before."""
    if request.method == "POST":
        if not _is_understood(request):
            return _page(request, subscriber, is_misread=True)
        one_click = "List-Unsubscribe" in request.POST
        subscriber.leave(
            evidence=evidence(
                request,
                page="" if one_click else LEAVE_PAGE,
                form="one click" if one_click else "leave page",
                wording=ONE_CLICK_WORDS if one_click else leave_words(),
            )
        )
    return _page(request, subscriber)


def _is_understood(request: HttpRequest) -> bool:
    """RFC 8058, 3.2, says what a mail program sends. An empty body is the button's: whoever
    presses it must not be told that their browser left something out."""
    if "List-Unsubscribe" in request.POST:
        return request.POST["List-Unsubscribe"].strip().lower() == ONE_CLICK
    return "leave" in request.POST or (not request.POST and request.content_type in FORMS)


def _page(
    request: HttpRequest, subscriber: Subscriber, *, is_misread: bool = False
) -> HttpResponse:
    context = {
        "address": masked(subscriber.email),
        "box_page": LEAVE_PAGE,
        "button": LEAVE_BUTTON,
        "subscriber": subscriber,
        "joined": subscriber.joined(),
        "is_misread": is_misread,
        "why_page": "why/",
    }
    if subscriber.has_left and not is_misread:
        context |= {"reason": ReasonForm(), "thanks": "thanks" in request.GET}
        return render(request, "newsletter/left.html", context)
    return render(request, "newsletter/leave.html", context, status=400 if is_misread else 200)


@answers_strangers
@require_http_methods(["POST"])
@personal(links.LEAVE, page=LEAVE_PAGE)
def why(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """The reason, afterwards and if one likes. Nothing depends on it."""
    form = ReasonForm(request.POST)
    if not form.is_valid() or not subscriber.has_left:
        context = {"address": masked(subscriber.email), "box_page": LEAVE_PAGE, "reason": form}
        context |= {"subscriber": subscriber, "why_page": ""}
        if subscriber.has_left:
            return render(request, "newsletter/left.html", context, status=422)
        return redirect(subscriber.leave_path)
    subscriber.say_why(form.cleaned_data["reason"], form.cleaned_data["words"])
    return redirect(f"{reverse('newsletter:leave', args=[link_token(request)])}?thanks=1")
