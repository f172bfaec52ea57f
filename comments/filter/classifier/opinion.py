"""Counts and line together: one number, and the features that made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

from .counts import Counts
from .features import Features
from .line import Line
from .sentences import Sentence

# How the two parts are added: chosen, like everything measured, by bench/spam.py. The sum is
# the logarithm of the odds for spam where both kinds are equally frequent.
BY_LINE: Final = 3.5
BY_COUNTS: Final = 0.8
BY_HOST: Final = 0.7
BY_COUNTS_ALONE: Final = 1.0


# How much of what its worst sentence says beyond the whole is added to it; less the longer the
# text is: among many sentences one that is odd is nothing special.
BY_SENTENCE: Final = 0.9
SHORT: Final = 150  # characters
# Features of a text so long that no sentence of it adds anything that counts.
LONG: Final = 200


@dataclass(frozen=True)
class Opinion:
    """`sentence`: the one that spoke louder for spam than the whole; `adds`: how much louder."""

    odds: float
    sentence: str = ""
    adds: float = 0.0

    @property
    def probability(self) -> float:
        return 1 / (1 + exp(-max(-30.0, min(30.0, self.odds))))


def opinion_on(
    features: Features,
    counts: Counts,
    line: Line | None,
    sentences: Callable[[], Sequence[Sentence]],
) -> Opinion:
    """`sentences` are those of the same comment; only a line can tell them apart."""
    by_counts = counts.score(features.told)
    by_host = BY_HOST * counts.by_host(features.hosts)
    if line is None:
        return Opinion(BY_COUNTS_ALONE * by_counts + by_host)
    whole = line.score(features)
    worst, beyond = "", 0.0
    if len(features.told) < LONG:
        worst, beyond = _worst(line, whole, sentences())
    adds = BY_LINE * BY_SENTENCE * beyond
    odds = BY_LINE * whole + BY_COUNTS * by_counts + by_host + adds
    return Opinion(odds, worst, adds)


def _worst(line: Line, whole: float, sentences: Sequence[Sentence]) -> tuple[str, float]:
    """The sentence that speaks loudest for spam, if louder than the whole, and by how much."""
    length = sum(len(sentence.text) for sentence in sentences)
    scores = ((line.score(one.features), one.text) for one in sentences)
    score, text = max(scores, default=(whole, ""))
    if score <= whole:
        return "", 0.0
    return text, (score - whole) * min(1.0, SHORT / length)
