"""Signing up and confirming."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from backsite.lib.bots import Submission
from backsite.lib.pagecache import cacheable
from backsite.lib.text import Said
from backsite.lib.web import OUTAGE, answers_strangers, drop_broken_connections, unavailable

from .. import links
from ..addresses import masked
from ..evidence import evidence
from ..forms import LONGEST_CAMPAIGN, Box, SignupForm, prefix
from ..models import Book, Signup, Subscriber
from ..personal import personal
from ..wording import CONFIRM_BUTTON, Wording

CONFIRM_PAGE: Final = "/newsletter/confirm/"
CAMPAIGN: Final = ("campaign", "utm_campaign")

FROM_ELSEWHERE: Final = _(
    "Your browser says that this came from another website, so we have not acted on it. "
    "If it was you, press the button once more."
)
LOOKS_LIKE_A_BOT: Final = _(
    "Something filled in a field that people do not see, as bots do. What you typed is "
    "still here. If you are a person, press the button once more and you are through."
)
DATABASE_AWAY: Final = _(
    "Our database cannot be reached just now, so we could not keep your request. What you "
    "typed is still here: wait a few seconds, then press the button once more."
)


@cacheable()
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
        book=Book.objects.on_offer().filter(slug=values["book"]).first(),
        campaign=values["campaign"] or campaign_of(submission.referrer),
    )
    if signup.is_taken_for_bot:
        return _again(request, form, LOOKS_LIKE_A_BOT, status=422)
    return redirect("newsletter:check_inbox")


def campaign_of(referrer: str) -> str:
    """What the address of the page with the box said of where its reader came from. The page
    itself is the same for every campaign; the browser names its address with the form."""
    found = parse_qs(urlsplit(referrer).query)
    named = [found[name][0] for name in CAMPAIGN if name in found]
    return named[0].replace("\x00", "")[:LONGEST_CAMPAIGN] if named else ""


def _again(
    request: HttpRequest, form: SignupForm, notice: Said = "", *, status: int
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
        shown = evidence(
            request, page=CONFIRM_PAGE, form="confirm page", wording=wording.confirm_words
        )
        subscriber.confirm(evidence=shown)
    if subscriber.is_confirmed:
        welcome = {"handovers": subscriber.books(), "subscriber": subscriber}
        return render(request, "newsletter/confirmed.html", welcome)
    context = {"wording": wording, "address": masked(subscriber.email), "button": CONFIRM_BUTTON}
    return render(request, "newsletter/confirm.html", context)
