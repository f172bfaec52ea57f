"""From votes to a verdict. Nothing here decides anything a person has decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import models

from backsite.lib.bots import Vote

from ..models.discussion import Moderation
from .lines import DOUBT_LINE, SPAM_LINE

if TYPE_CHECKING:
    from ..models import Comment


AT_LEAST: Final = "at_least"


class Outcome(models.TextChoices):
    PUBLISH = "publish", "publish"
    HOLD = "hold", "hold"
    SPAM = "spam", "spam"


@dataclass(frozen=True)
class Verdict:
    """`because` is a sentence for staff, without the votes themselves."""

    outcome: Outcome
    score: float
    because: str


def weigh(votes: Iterable[Vote], *, moderation: str, is_known: bool) -> Verdict:
    """The verdict on a comment with these votes, under this rule of the house.

    `is_known`: its address is confirmed, and staff published it before or trust it. A vote
    whose evidence has `at_least` comes from a rule that a person made: nothing outweighs it.
    """
    heard = list(votes)
    score = round(sum(vote.weight for vote in heard if not vote.unknown), 2)
    asked = {str(vote.evidence.get(AT_LEAST)): vote.reason for vote in heard}
    if Outcome.SPAM in asked:
        return Verdict(Outcome.SPAM, score, f"A rule of yours says so: {asked[Outcome.SPAM]}")
    if score >= SPAM_LINE:
        return Verdict(
            Outcome.SPAM, score, f"The checks add up to {score:g}; from {SPAM_LINE:g} on it is spam"
        )
    if silent := [vote.check for vote in heard if vote.unknown]:
        names = ", ".join(sorted(silent))
        return Verdict(Outcome.HOLD, score, f"Not all checks could be asked yet: {names}")
    if Outcome.HOLD in asked:
        return Verdict(Outcome.HOLD, score, f"A rule of yours says so: {asked[Outcome.HOLD]}")
    if score >= DOUBT_LINE:
        why = f"The checks add up to {score:g}; from {DOUBT_LINE:g} on a person should look"
        return Verdict(Outcome.HOLD, score, why)
    return _by_the_rule(score, moderation, is_known=is_known)


def _by_the_rule(score: float, moderation: str, *, is_known: bool) -> Verdict:
    """For what passed the checks."""
    if moderation == Moderation.PUBLISH:
        return Verdict(Outcome.PUBLISH, score, "It passed the checks")
    if moderation == Moderation.HOLD_ALL:
        return Verdict(Outcome.HOLD, score, "It passed the checks; here a person sees each first")
    if is_known:
        why = "It passed the checks, and its writer is known by a confirmed address"
        return Verdict(Outcome.PUBLISH, score, why)
    why = "It passed the checks; a first comment, or an address not confirmed, is seen by a person"
    return Verdict(Outcome.HOLD, score, why)


def judge_again(comment: Comment) -> None:
    """Asks for a new verdict because the evidence has changed; call it in the transaction
    that changes it. The worker judges once, however often it is asked before that."""
    from ..models.judgement import Judgement

    Judgement.ask(comment)
