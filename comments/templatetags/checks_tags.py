"""Words for the page “Checks”."""

from __future__ import annotations

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def lasting(time: timedelta) -> str:
    """How long, in one unit: “3 h”; a dash for no time at all."""
    minutes = round(time.total_seconds() / 60)
    if not time:
        return "–"
    if minutes < 1:
        return "under 1 min"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
