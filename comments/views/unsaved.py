"""Words that could not be kept, handed back on a page that needs no database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backsite.lib.text import Said
from backsite.lib.web import drop_broken_connections, unavailable

AWAY: Final = _("Our database cannot be reached just now.")


def handed_back(
    request: HttpRequest,
    typed: Iterable[tuple[str, Said]],
    *,
    heading: str = "",
    again: str | None = None,
    along: Iterable[str] = (),
    problem: Said = AWAY,
    advice: Said = "",
    status: int = 503,
) -> HttpResponse:
    """`typed` are the fields with what a reader wrote and their labels, `along` those that
    go with them unseen. Without `again` there is nowhere left to send it."""
    again = gettext("Post it again") if again is None else again
    press = gettext("Wait a few seconds and press “{button}”.").format(button=again)
    if status == 503:
        drop_broken_connections()
    context = {
        "heading": heading or gettext("Your comment is not saved yet"),
        "problem": problem,
        "advice": advice or press,
        "action": request.path,
        "again": again,
        "fields": [(name, label, request.POST.get(name, "")) for name, label in typed],
        "hidden": [(name, request.POST.get(name, "")) for name in along],
    }
    response = unavailable("comments/unsaved.html", context)
    response.status_code = status
    # Unlike other pages of an outage: Back must find the words again.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
