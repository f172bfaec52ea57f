"""How the list grows, as a page of the desk."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from backsite.lib import charts

from .. import growth


def growth_page(request: HttpRequest) -> HttpResponse:
    """How many joined and left, and where they came from."""
    if not request.user.has_perm("newsletter.view_subscriber"):
        raise PermissionDenied
    weeks = growth.weeks()
    names = [f"{week.begin:%-d %b %Y}" for week in weeks]
    moves = [
        ("joined", [float(week.joined) for week in weeks]),
        ("left", [float(week.left) for week in weeks]),
    ]
    most = max(max(week.joined, week.left) for week in weeks)
    drawn = [
        charts.bars("On the list", [max(week.size, 0) for week in weeks], names),
        charts.lines("Joined and left", moves, names, f"{most:,} in a week" if most else ""),
    ]
    sources = [
        ("Page", growth.sources("source_page")),
        ("Form", growth.sources("form")),
        ("Campaign", growth.sources("campaign")),
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Growth of the list",
        "size": weeks[-1].size,
        "charts": drawn,
        "weeks": list(reversed(weeks)),
        "sources": sources,
    }
    return TemplateResponse(request, "admin/newsletter/growth.html", context)
