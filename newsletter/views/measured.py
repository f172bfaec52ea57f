"""Where letters that are counted lead: on, and nothing else. What is written down is a line in
a log; nothing that belongs to a reader changes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from backsite.lib.web import OUTAGE, client_address

from ..measuring import marking
from ..measuring.robots import Visit
from ..models import Delivery, Hit, Issue, IssueLink, Measuring

# One transparent point.
PICTURE: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@require_safe
def to(request: HttpRequest, token: str, mark: str) -> HttpResponse:
    """To the page that a letter's link is about, whoever asks."""
    pk = marking.read(marking.LINK, token)
    link = IssueLink.objects.filter(pk=pk).first() if pk else None
    if link is None:
        raise Http404("No letter of ours has this link.")
    _count(request, link.issue_id, mark, link)
    return _private(HttpResponseRedirect(link.address))


@require_safe
def seen(request: HttpRequest, token: str, mark: str) -> HttpResponse:
    pk = marking.read(marking.ISSUE, token)
    if pk is None or not Issue.objects.filter(pk=pk).exists():
        raise Http404("No letter of ours has this picture.")
    _count(request, pk, mark, None)
    return _private(HttpResponse(PICTURE, content_type="image/gif"))


def _count(request: HttpRequest, issue: int, mark: str, link: IssueLink | None) -> None:
    """An outage costs a number, never the way on."""
    with suppress(*OUTAGE):
        mode = Measuring.now()
        row, variant = _letter(issue, mark)
        if mode == Measuring.Mode.OFF or mark == marking.NOBODY or (row is None and not variant):
            return
        visit = Visit(
            method=request.method or "",
            agent=request.headers.get("User-Agent", "")[:500],
            address=client_address(request) or "",
        )
        is_known = mode == Measuring.Mode.PERSON and row and row.is_of_subscribed
        delivery = row if is_known else None
        variant = row.variant if row else variant.strip("-")
        Hit.log(issue, visit, link=link, delivery=delivery, variant=variant)


def _letter(issue: int, mark: str) -> tuple[Delivery | None, str]:
    """The row of the ledger that a mark names, or the subject; neither for another's mark."""
    if mark in ("a", "b", "-"):
        return None, mark
    pk = marking.read(marking.ROW, mark)
    if pk is None:
        return None, ""
    rows = Delivery.objects.select_related("subscriber").filter(pk=pk, issue=issue)
    return rows.first(), ""


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
