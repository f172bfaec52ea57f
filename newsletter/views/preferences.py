"""One page on which people change what they get, behind a link of their own; no password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from backsite.lib.bots import Submission
from backsite.lib.web import answers_strangers

from .. import links
from ..addresses import masked
from ..evidence import evidence
from ..forms import AddressForm, MoveForm, PreferencesForm, prefix
from ..models import Letter, Move, Signup, Subscriber
from ..models.subscriber import PAUSE
from ..personal import link_token, personal
from ..wording import MOVE_WORDS, PAUSE_WORDS, RESUME_WORDS, STOP_COURSE_WORDS
from .joining import FROM_ELSEWHERE, LOOKS_LIKE_A_BOT

PREFERENCES_PAGE: Final = "/newsletter/preferences/"
FORM: Final = "preferences"
LONGEST_KEY: Final = 19
LINK_FORM: Final = "page-link"
TOO_OFTEN: Final = _(
    "You have asked for this several times today, so we wait until tomorrow with the next. "
    "The last mail that we sent still works."
)
SAID: Final = {
    "saved": _("Saved. This is what you get from now on."),
    "same": _("Nothing was different, so nothing was changed."),
    "paused": _("No letters for a month. They come again by themselves."),
    "resumed": _("Letters come again from now on."),
    "data": _(
        "A link is on its way to your address. It works for a day. If you asked for a link "
        "a moment ago, look for that mail first; a quarter of an hour later you can ask anew."
    ),
    "stopped": _("Nothing more of this series comes."),
    "moving": _(
        "We have written to both addresses. Open the link in each of the two mails and press "
        "the button there, and your letters go to the new one. Until then they come here."
    ),
}
Step: TypeAlias = Callable[[HttpRequest, Subscriber], "HttpResponse | str"]


# The link is a secret that only the address's owner has; see confirm().
@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@personal(links.PREFERENCES, page=PREFERENCES_PAGE)
def preferences(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Each button is a form of its own; what one of them says stands for itself."""
    if request.method != "POST":
        return _page(request, subscriber)
    step = STEPS.get(request.POST.get("do", ""))
    if step is None:
        return _page(request, subscriber, problem=True, status=400)
    said = step(request, subscriber)
    if not isinstance(said, str):
        return said
    path = reverse("newsletter:preferences", args=[link_token(request)])
    return redirect(f"{path}?done={said}#done")


def _save(request: HttpRequest, subscriber: Subscriber) -> HttpResponse | str:
    form = PreferencesForm(request.POST, letters=offered_to(subscriber))
    if not form.is_valid():
        return _page(request, subscriber, form=form, status=422)
    shown = evidence(request, page=PREFERENCES_PAGE, form=FORM, wording="")
    changed = [
        subscriber.choose(form.cleaned_data["letters"], evidence=shown),
        subscriber.set_frequency(
            Subscriber.Frequency(form.cleaned_data["frequency"]), evidence=shown
        ),
        subscriber.rename(form.cleaned_data["first_name"], evidence=shown),
    ]
    return "saved" if any(changed) else "same"


def _pause(request: HttpRequest, subscriber: Subscriber) -> str:
    shown = evidence(request, page=PREFERENCES_PAGE, form=FORM, wording=PAUSE_WORDS)
    subscriber.pause(evidence=shown)
    return "paused"


def _resume(request: HttpRequest, subscriber: Subscriber) -> str:
    shown = evidence(request, page=PREFERENCES_PAGE, form=FORM, wording=RESUME_WORDS)
    subscriber.resume(evidence=shown)
    return "resumed"


def _stop_course(request: HttpRequest, subscriber: Subscriber) -> str:
    pk = request.POST.get("enrolment", "")
    mine = subscriber.enrolments.all().under_way()
    row = mine.filter(pk=pk).first() if pk.isdecimal() and len(pk) < LONGEST_KEY else None
    if row is None:
        return "same"
    shown = evidence(request, page=PREFERENCES_PAGE, form=FORM, wording=STOP_COURSE_WORDS)
    row.end(why="stopped by the person", evidence=shown)
    return "stopped"


def _data(request: HttpRequest, subscriber: Subscriber) -> str:
    """Their own address gets the link: whoever a letter was passed on to has this page too."""
    Signup.receive(
        Submission.of(request, form=FORM),
        kind=Signup.Kind.DATA,
        email=subscriber.email,
        first_name="",
        source_page=PREFERENCES_PAGE,
        wording="",
    )
    return "data"


def _move(request: HttpRequest, subscriber: Subscriber) -> HttpResponse | str:
    form = MoveForm(request.POST, now=subscriber.email)
    if form.is_valid():
        shown = evidence(request, page=PREFERENCES_PAGE, form=FORM, wording=MOVE_WORDS)
        if Move.ask(subscriber, form.cleaned_data["email"], evidence=shown):
            return "moving"
        form.add_error("email", TOO_OFTEN)
    return _page(request, subscriber, move=form, status=422)


STEPS: Final[dict[str, Step]] = {
    "save": _save,
    "pause": _pause,
    "resume": _resume,
    "move": _move,
    "stop-course": _stop_course,
    "data": _data,
}


def offered_to(subscriber: Subscriber) -> list[Letter]:
    """What they can choose, and what they have, though nobody else can choose it any more."""
    mine = {letter.pk for letter in subscriber.letters()}
    letters = Letter.objects.select_related("topic")
    return [letter for letter in letters if letter.active or letter.pk in mine]


def _page(
    request: HttpRequest,
    subscriber: Subscriber,
    *,
    form: PreferencesForm | None = None,
    move: MoveForm | None = None,
    problem: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "subscriber": subscriber,
        "address": masked(subscriber.email),
        "box_page": PREFERENCES_PAGE,
        "joined": subscriber.joined(),
        "handovers": subscriber.books(),
        "said": SAID.get(request.GET.get("done", ""), ""),
        "problem": problem,
    }
    if subscriber.is_confirmed:
        letters = offered_to(subscriber)
        form = form or PreferencesForm.of(subscriber, letters)
        context |= {
            "form": form,
            "groups": form.groups(),
            "courses": subscriber.enrolments.all().under_way().select_related("course"),
            "move": move or MoveForm(now=subscriber.email),
            "pause_days": PAUSE.days,
            "open_address": Move.waiting_address(subscriber),
        }
    return render(request, "newsletter/preferences.html", context, status=status)


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """“Send me the link to my page”: the same answer for every address."""
    return by_mail(request, LINK_FORM, Signup.Kind.LINK, "newsletter/ask_link.html") or redirect(
        "newsletter:link_asked"
    )


def by_mail(
    request: HttpRequest, name: str, kind: Signup.Kind, template: str
) -> HttpResponse | None:
    """A page that takes an address and has a link sent to it. None once that is asked for."""
    if request.method != "POST":
        form = AddressForm(initial={"form": name}, auto_id=f"{prefix(name)}-%s")
        return render(request, template, {"form": form})
    form = AddressForm(request.POST, auto_id=f"{prefix(name)}-%s")
    submission = Submission.of(request, form=name)
    if not form.is_valid():
        return render(request, template, {"form": form}, status=422)
    if submission.from_elsewhere:
        return render(request, template, {"form": form, "notice": FROM_ELSEWHERE}, status=403)
    asked = Signup.receive(
        submission,
        kind=kind,
        email=form.cleaned_data["email"],
        first_name="",
        source_page=request.path,
        wording="",
    )
    if asked.is_taken_for_bot:
        return render(request, template, {"form": form, "notice": LOOKS_LIKE_A_BOT}, status=422)
    return None


@require_safe
def link_asked(request: HttpRequest) -> HttpResponse:
    """The same page whoever asked."""
    return render(request, "newsletter/link_asked.html")
