"""Signing up, confirming, leaving, and the free book."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from backsite.lib.bots import Submission
from backsite.lib.web import (
    OUTAGE,
    answers_strangers,
    client_address,
    drop_broken_connections,
    unavailable,
)

from . import links
from .addresses import masked
from .forms import Box, SignupForm, prefix
from .models import Book, Signup, Subscriber
from .models.signup import network_hash
from .personal import personal
from .wording import CONFIRM_BUTTON, LEAVE_BUTTON, LEAVE_WORDS, ONE_CLICK_WORDS, Wording

CONFIRM_PAGE: Final = "/newsletter/confirm/"
LEAVE_PAGE: Final = "/newsletter/leave/"
BOOK_PAGE: Final = "/newsletter/book/"

FROM_ELSEWHERE: Final = (
    "Your browser says that this came from another website, so we have not acted on it. "
    "If it was you, press the button once more."
)
LOOKS_LIKE_A_BOT: Final = (
    "Something filled in a field that people do not see, as bots do. What you typed is "
    "still here. If you are a person, press the button once more and you are through."
)
DATABASE_AWAY: Final = (
    "Our database cannot be reached just now, so we could not keep your request. What you "
    "typed is still here: wait a few seconds, then press the button once more."
)


@answers_strangers  # with the form filled in, where others get a plain refusal
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """The box on a page of its own, and where every box is sent to."""
    if request.method != "POST":
        box = Box.empty("own-page", page=request.path)
        return render(request, "newsletter/sign_up.html", {"box": box})
    name = str(request.POST.get("form", ""))
    form = SignupForm(request.POST, auto_id=f"{prefix(name)}-%s")
    try:
        return _receive(request, form)
    except OUTAGE:
        drop_broken_connections()
        box = Box.filled(form, DATABASE_AWAY)
        return unavailable("newsletter/unavailable.html", {"box": box})


def _receive(request: HttpRequest, form: SignupForm) -> HttpResponse:
    if not form.is_valid():
        return _again(request, form, status=422)
    values = form.cleaned_data
    submission = Submission.of(request, form=values["form"])
    if submission.from_elsewhere:
        return _again(request, form, FROM_ELSEWHERE, status=403)
    signup = Signup.receive(
        submission,
        email=values["email"],
        first_name=values["first_name"],
        source_page=values["page"],
        wording=str(Wording.of_seal(values["seal"]) or Wording.current()),
    )
    if signup.is_taken_for_bot:
        return _again(request, form, LOOKS_LIKE_A_BOT, status=422)
    return redirect("newsletter:check_inbox")


def _again(
    request: HttpRequest, form: SignupForm, notice: str = "", *, status: int
) -> HttpResponse:
    """The form as it was sent, on a page that says what to do."""
    context = {"box": Box.filled(form, notice)}
    response = render(request, "newsletter/sign_up.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-cache"  # Back finds the words again
    return response


@require_safe
def check_inbox(request: HttpRequest) -> HttpResponse:
    """The same page whoever asked, and whatever becomes of it."""
    context = {"sender": settings.DEFAULT_FROM_EMAIL, "mail_leaves": settings.MAIL_LEAVES}
    return render(request, "newsletter/check_inbox.html", context)


# The link is a secret that only the address's owner has, so no other site can send this
# POST on their behalf; some mail programs' browsers name an odd origin.
@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@personal(links.CONFIRM, page=CONFIRM_PAGE)
def confirm(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """A button, because mail scanners open every link; pressing it again is harmless."""
    wording = Wording.current()
    if request.method == "POST":
        subscriber.confirm(
            evidence=_evidence(request, CONFIRM_PAGE, "confirm page", wording.confirm_words)
        )
    if subscriber.is_confirmed:
        book_context = {"book": Book.objects.current(), "book_link": subscriber.book_path}
        return render(request, "newsletter/confirmed.html", book_context)
    context = {"wording": wording, "address": masked(subscriber.email), "button": CONFIRM_BUTTON}
    return render(request, "newsletter/confirm.html", context)


# RFC 8058: the mail provider sends this POST, from elsewhere and without a cookie.
@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@personal(links.LEAVE, page=LEAVE_PAGE)
def leave(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """A button for people, one click for mail programs. Works whatever was before."""
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscriber.leave(
            evidence=_evidence(
                request,
                "" if one_click else LEAVE_PAGE,
                "one click" if one_click else "leave page",
                ONE_CLICK_WORDS if one_click else LEAVE_WORDS,
            )
        )
    context = {"address": masked(subscriber.email), "box_page": LEAVE_PAGE, "button": LEAVE_BUTTON}
    template = "newsletter/left.html" if subscriber.has_left else "newsletter/leave.html"
    return render(request, template, context)


@require_safe
@personal(links.BOOK, page=BOOK_PAGE)
def book(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """The free book, for those who have confirmed; it stays theirs when they leave."""
    if subscriber.confirmed_at is None:
        raise links.OutdatedLink
    return render(request, "newsletter/book.html", {"book": Book.objects.current()})


def _evidence(request: HttpRequest, page: str, form: str, wording: str) -> dict[str, str]:
    return {
        "source_page": page,
        "form": form,
        "wording": wording,
        "address_hash": network_hash(client_address(request)),
    }
