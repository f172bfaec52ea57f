"""Calls to action in the staff's desk, with how often each was shown and followed."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.models import Call
from articles.models.call import DAYS, CallQuerySet

from .picture_field import ChoosesPictures

HEIGHT: Final = 80
STEP: Final = 12
WHO_COUNTS: Final = (
    "Only browsers with JavaScript are counted, and nothing is kept about anybody. "
    "A program that pretends to be a browser can count too: take the numbers as about right."
)


@admin.register(Call)
class CallAdmin(ChoosesPictures):
    list_display = ("title", "key", "place", "active", "times_shown", "times_followed", "rate")
    list_filter = ("active", "place", "target")
    search_fields = ("title", "key", "text")
    filter_horizontal = ("topics",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        assert isinstance(rows, CallQuerySet)
        return rows.with_numbers()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        block = ("key", "title", "text", "picture", "button", "target", "address")
        where = ("place", "topics", "position", "active")
        sets = [(None, {"fields": block}), ("Where it stands", {"fields": where})]
        if obj:
            numbers = {"fields": ("numbers",), "description": WHO_COUNTS}
            sets.append((f"The last {DAYS} days", numbers))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Texts name it by its key."""
        return ["key", "numbers"] if obj else ["numbers"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Texts may have it: what is over is no longer in use."""
        return False

    @admin.display(description="shown", ordering="shown")
    def times_shown(self, call: Any) -> str:
        return f"{call.shown:,}"

    @admin.display(description="followed", ordering="followed")
    def times_followed(self, call: Any) -> str:
        return f"{call.followed:,}"

    @admin.display(description="of those shown")
    def rate(self, call: Any) -> str:
        return f"{100 * call.followed / call.shown:.1f} %" if call.shown else "–"

    @admin.display(description="day by day")
    def numbers(self, call: Any) -> SafeString:
        return chart(call)


def chart(call: Call) -> SafeString:
    """A bar a day, the part that was followed filled; the same as words for those who
    cannot see it."""
    days = call.days()
    shown, followed = sum(day[1] for day in days), sum(day[2] for day in days)
    words = f"Shown {shown:,} times, followed {followed:,} times."
    if not shown and not followed:
        return format_html("<p>{}</p>", "Nothing was counted yet.")
    most = max(max(number, clicks) for _, number, clicks in days)
    bars = format_html_join(
        "",
        '<g><title>{}</title><rect x="{}" y="{}" width="9" height="{}" fill="currentColor" '
        'fill-opacity=".25"/><rect x="{}" y="{}" width="9" height="{}" fill="currentColor"/></g>',
        (_bar(place, *day, most) for place, day in enumerate(days)),
    )
    return format_html(
        '<p>{}</p><svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}">{}</svg>',
        words,
        DAYS * STEP,
        HEIGHT,
        DAYS * STEP,
        HEIGHT,
        words,
        bars,
    )


def _bar(place: int, day: Any, shown: int, followed: int, most: int) -> tuple[object, ...]:
    high, low = (round(HEIGHT * number / most) for number in (shown, followed))
    told = f"{day:%d %b}: {shown:,} shown, {followed:,} followed"
    x = place * STEP
    return (told, x, HEIGHT - high, high, x, HEIGHT - low, low)
