"""Why a comment needs no answer: a choice, or staff's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import models

from .models.comment import LONGEST_REASON

SAY_WHY: Final = "Say why it needs no answer: choose a reason, or write one."


class Reason(models.TextChoices):
    THANKS = "thanks", "it says thanks or agrees"
    TELLS = "tells", "it tells a story and asks nothing"
    ANSWERED = "answered", "the thread answers it already"
    ARTICLE = "article", "the article answers it"
    PRIVATELY = "privately", "it was answered by mail"
    NOT_OURS = "not_ours", "it is nothing that we can answer"


def reason_of(sent: Mapping[str, Any]) -> str:
    """In words; empty where none was given."""
    own = " ".join(str(sent.get("own_reason") or "").replace("\x00", " ").split())
    chosen = str(sent.get("reason") or "")
    label = Reason(chosen).label if chosen in Reason.values else ""
    return "; ".join(part for part in (label, own) if part)[:LONGEST_REASON]
