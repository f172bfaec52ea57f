"""How long ago something was, in one unit and in words: “3 days ago”."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.timesince import timesince

# Below this the clocks of two machines may disagree on which came first.
NOW: Final = timedelta(minutes=1)


def ago(when: datetime | None) -> str:
    """Empty for a time that is not there; “just now” for the last minute and the future."""
    if when is None:
        return ""
    if timezone.now() - when < NOW:
        return "just now"
    return f"{timesince(when, depth=1)} ago".replace("\xa0", " ")


def clock(moment: datetime) -> str:
    """The day and the time, with its zone: for what happens, or happened, at one moment."""
    return f"{timezone.localtime(moment):%-d %B %Y, %H:%M %Z}"
