"""Numbers over time, in the desk: each chart with its table under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from backsite.lib import charts

from .alert_admin import WrittenBySite
from .figures import MONTH, SHOWN, WEEK, Period, in_hours, lately
from .models import WeeklyLetter

if TYPE_CHECKING:
    LetterModelAdmin = admin.ModelAdmin[WeeklyLetter]
else:
    LetterModelAdmin = admin.ModelAdmin

# Of the weekly letters, the newest are linked.
LETTERS_SHOWN = 8


@admin.register(WeeklyLetter)
class FiguresAdmin(WrittenBySite, LetterModelAdmin):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        unit = MONTH if request.GET.get("by") == MONTH else WEEK
        periods = lately(unit)
        letters = WeeklyLetter.objects.prefetch_related("messages")[:LETTERS_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "title": "Comments in numbers",
            "opts": WeeklyLetter._meta,
            "unit": unit,
            "shown": SHOWN[unit],
            "charts": _charts(periods, unit),
            "rows": [
                {
                    "name": _name(period, unit),
                    "period": period,
                    "median": in_hours(period.median),
                    "ninth": in_hours(period.ninth),
                }
                for period in reversed(periods)
            ],
            "letters": letters,
        }
        return TemplateResponse(request, "admin/comments/figures.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:comments_weeklyletter_changelist"))


def _name(period: Period, unit: str) -> str:
    return f"{period.start:%B %Y}" if unit == MONTH else f"{period.start:%-d %b %Y}"


def _charts(periods: list[Period], unit: str) -> list[charts.Chart]:
    names = [_name(period, unit) for period in periods]
    slowest = max((period.ninth for period in periods if period.ninth is not None), default=None)
    return [
        charts.bars("Comments of readers", [period.received for period in periods], names),
        charts.bars("Spam kept away", [period.spam for period in periods], names),
        charts.bars("Mistakes corrected", [period.mistakes for period in periods], names),
        charts.lines(
            "Time to an answer",
            [
                ("half are answered within", [period.median for period in periods]),
                ("nine of ten within", [period.ninth for period in periods]),
            ],
            names,
            top="" if slowest is None else in_hours(slowest),
        ),
    ]
