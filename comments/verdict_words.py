"""A verdict and its votes in the words of the staff's pages."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from .filter.verdict import Outcome
from .models import CommentVote, Judgement

# From here on one check alone says that a program wrote it.
HEAVY: Final = 5.0
LONGEST: Final = 120
MOST: Final = 20
BADGES: Final = {Outcome.PUBLISH: "published", Outcome.HOLD: "held", Outcome.SPAM: "spam"}
WORDS: Final = {Outcome.PUBLISH: "publish", Outcome.HOLD: "hold for a person", Outcome.SPAM: "spam"}

Line = tuple[str, str]


def weighed(vote: CommentVote) -> str:
    """What a vote speaks for, in words instead of a number."""
    if vote.unknown:
        return "not known yet"
    if vote.weight >= HEAVY:
        return "almost certainly spam"
    if vote.weight > 0:
        return "a little like spam"
    return "like a person" if vote.weight < 0 else "no opinion"


def weight(vote: CommentVote) -> str:
    """e.g. “+2.5”; a question mark for what is not known."""
    return "?" if vote.unknown else f"{vote.weight:+.2f}".rstrip("0").rstrip(".").replace("-", "−")


def verdict_words(judgement: Judgement) -> str:
    return WORDS.get(Outcome(judgement.verdict), "") if judgement.verdict else ""


def verdict_badge(judgement: Judgement) -> str:
    return BADGES.get(Outcome(judgement.verdict), "") if judgement.verdict else ""


def evidence(vote: CommentVote) -> list[list[Line]]:
    """The lists among what a vote was found by; single numbers stand in its reason."""
    kept = vote.evidence if isinstance(vote.evidence, dict) else {}
    lists = [(name, values) for name, values in kept.items() if isinstance(values, list) and values]
    return [[_line(name, value) for value in values[:MOST]] for name, values in lists]


def _line(name: str, value: Any) -> Line:
    if name == "comments" and isinstance(value, int):
        return f"Comment {value}", reverse("admin:comments_comment_change", args=[value])
    if name == "rules" and isinstance(value, int):
        return f"Rule {value}", reverse("admin:comments_blockrule_change", args=[value])
    return str(value)[:LONGEST], ""
