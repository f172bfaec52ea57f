"""From which amount of learning on the classifier speaks, and how loud."""

from __future__ import annotations

from typing import Final

from ..lines import DOUBT_LINE, SPAM_LINE
from .counts import Seen
from .opinion import Opinion

# Before it has seen this many of each kind it says nothing at all.
ENOUGH: Final = 10
# A line drawn from fewer of a kind is worse than the counts alone.
ENOUGH_FOR_LINE: Final = 50

# Alone it holds a comment where spam is likelier than not, and condemns it where the odds are
# about thirty to one. Even odds, as of words in a language never seen, hold nothing. What
# speaks for a comment speaks softly: other checks may know better.
SOFTEST: Final = -1.0
EVEN: Final = DOUBT_LINE - 0.01


def has_learned_enough(total: Seen) -> bool:
    return min(total) >= ENOUGH


def has_enough_for_line(total: Seen) -> bool:
    return min(total) >= ENOUGH_FOR_LINE


def weight_of(opinion: Opinion) -> float:
    """Grows with the odds; above even odds a person should look."""
    return round(max(SOFTEST, min(SPAM_LINE, EVEN + opinion.odds)), 2)
