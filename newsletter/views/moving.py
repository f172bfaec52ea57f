"""The buttons of a change of address: it takes the one in each of the two mails."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from backsite.lib.web import answers_strangers

from .. import links
from ..addresses import masked
from ..evidence import evidence
from ..models import Move
from ..personal import behind_link
from ..wording import ACCEPT_BUTTON, AGREE_BUTTON, REFUSE_BUTTON, STAY_BUTTON

MOVE_PAGE: Final = "/newsletter/move/"
STAY_PAGE: Final = "/newsletter/stay/"


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(lambda token: Move.of_link(links.MOVE, token), page=MOVE_PAGE)
def move(request: HttpRequest, wish: Move) -> HttpResponse:
    """A button, because mail scanners open every link. What is to be seen does not depend
    on whether the new address was on the list before."""
    is_refusing = request.POST.get("do") == "refuse"
    if is_refusing:
        shown = evidence(request, page=MOVE_PAGE, form="move page", wording=REFUSE_BUTTON)
        wish.refuse(evidence=shown)
    elif request.method == "POST":
        shown = evidence(request, page=MOVE_PAGE, form="move page", wording=ACCEPT_BUTTON)
        wish.accept(evidence=shown)
    if wish.moved_at is None and not wish.can_be_accepted:
        raise links.OutdatedLink
    owner = wish.other or wish.subscriber
    if wish.moved_at is not None and not (owner.is_confirmed and wish.stopped_at is None):
        raise links.OutdatedLink
    context = {
        "address": masked(wish.new_email),
        "button": ACCEPT_BUTTON,
        "refuse_button": REFUSE_BUTTON,
        "is_done": wish.moved_at is not None,
        "is_pressed": wish.accepted_at is not None,
        "is_refused": is_refusing and wish.accepted_at is None,
        "page_link": owner.preferences_path,
    }
    return render(request, "newsletter/move.html", context)


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(lambda token: Move.of_link(links.STAY, token), page=STAY_PAGE)
def stay(request: HttpRequest, wish: Move) -> HttpResponse:
    """The old address's way to agree, to stop it, or to take it back."""
    is_too_late = False
    if agrees := request.POST.get("do") == "agree":
        shown = evidence(request, page=STAY_PAGE, form="stay page", wording=AGREE_BUTTON)
        wish.agree(evidence=shown)
    elif request.method == "POST":
        shown = evidence(request, page=STAY_PAGE, form="stay page", wording=STAY_BUTTON)
        is_too_late = not wish.undo(evidence=shown)
    is_open, is_stopped = wish.can_be_accepted, wish.stopped_at is not None
    is_moved = wish.moved_at is not None and not is_stopped
    context = {
        "address": masked(wish.old_email),
        # Masked, a stranger's address may look like one's own; and only the old mailbox knows
        # this page. Once there is nothing to decide any more, nobody needs to see it.
        "new_address": wish.new_email if is_open else masked(wish.new_email),
        "button": STAY_BUTTON,
        "agree_button": AGREE_BUTTON,
        "asks": is_open and wish.agreed_at is None,
        "waits": is_open and wish.agreed_at is not None,
        "is_moved": is_moved,
        "can_go_back": wish.is_fresh,
        "is_done": is_stopped,
        "is_too_late": is_too_late,
    }
    did_nothing = is_too_late or (agrees and not is_open and not is_moved)
    return render(request, "newsletter/stay.html", context, status=410 if did_nothing else 200)
