"""The lines between spam and the rest, drawn from examples: a linear support vector machine
(squared hinge loss) by dual coordinate descent, as in LIBLINEAR (Hsieh et al. 2008).

There are two, for the same words mean another thing where the writer names a website: praise
is what its advertisement is made of, and thanks where there is none. They are drawn together,
and what is learned for the one counts in part for the other (Daumé 2007).

Pure Python; the same examples in the same order draw the same lines on every machine.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from random import Random
from typing import Final, NamedTuple, TypeAlias
from zlib import compress, decompress

from .features import PLACES, Features
from .sentences import sentences_of

LAST: Final = PLACES  # the constant term
ROUNDS: Final = 12
COST: Final = 0.4  # how much an example on the wrong side costs against a larger weight
SHARED: Final = 0.5  # how much of what an example teaches its own line goes to the other as well
PART_VALUE: Final = 0.3
PAIR_VALUE: Final = 0.7
SIZE: Final = 2.0

# Each sentence of a welcome comment is welcome as well, and is one more example; of spam that
# cannot be said. It weighs less than a whole comment, being one of many.
BY_SENTENCE: Final = 0.1

Vector: TypeAlias = "tuple[array[int], array[float]]"  # places and values


@dataclass(frozen=True)
class Example:
    vector: Vector
    spam: bool
    names_site: bool
    weight: float = 1.0


class Line:
    def __init__(self, weights: array[float]) -> None:
        self._weights = weights

    @classmethod
    def from_bytes(cls, kept: bytes) -> Line:
        weights = array("f")
        weights.frombytes(decompress(kept))
        if len(weights) != PLACES + 1:
            raise ValueError(f"A line of {len(weights)} places, not {PLACES + 1}.")
        return cls(weights)

    def to_bytes(self) -> bytes:
        return compress(self._weights.tobytes(), 1)

    def score(self, features: Features) -> float:
        """Beyond 1 and -1 it is sure."""
        at, prints, pairs = self._weights.__getitem__, features.prints, features.pairs
        told = sum([at(place % PLACES) for place in prints.values()])
        of_pairs = sum([at(prints[pair] % PLACES) for pair in pairs])
        of_parts = sum(map(at, features.parts))
        found = told - (1 - PAIR_VALUE) * of_pairs + PART_VALUE * of_parts
        return float(scale_of(features) * found + self._weights[LAST])

    def weights(self, features: Features) -> dict[str, float]:
        """What each of those that are told says, before they are scaled."""
        at, pairs = self._weights.__getitem__, features.pairs
        return {
            feature: at(place % PLACES) * (PAIR_VALUE if feature in pairs else 1.0)
            for feature, place in features.prints.items()
        }


class Lines(NamedTuple):
    without_site: Line
    with_site: Line

    def of(self, features: Features) -> Line:
        """The one for a comment with these features, and for its sentences."""
        return self.with_site if features.names_site else self.without_site


def vector_of(features: Features) -> Vector:
    """Scaled so that a long text says more than a short one, though not as much as its length."""
    scale, pairs = scale_of(features), features.pairs
    prints = features.prints.items()
    values = array("d", [scale * (PAIR_VALUE if one in pairs else 1.0) for one, _ in prints])
    values.extend([PART_VALUE * scale] * len(features.parts))
    places = array("i", [place % PLACES for _, place in prints])
    places.extend(features.parts)
    return places, values


def scale_of(features: Features) -> float:
    pairs = len(features.pairs)
    square = len(features.told) - pairs + pairs * PAIR_VALUE**2
    square += len(features.parts) * PART_VALUE**2
    return float(SIZE / max(square, 1.0) ** 0.25)


def example_of(features: Features, *, spam: bool, names_site: bool, weight: float = 1.0) -> Example:
    places, values = vector_of(features)
    order = sorted(zip(places, values, strict=True))  # sets have none of their own
    vector = array("i", [place for place, _ in order]), array("d", [value for _, value in order])
    return Example(vector, spam, names_site, weight)


def examples_of(text: str, author: str | None, features: Features, *, spam: bool) -> list[Example]:
    """What one decision teaches the lines."""
    site = features.names_site
    examples = [example_of(features, spam=spam, names_site=site)]
    if not spam:
        examples += [
            example_of(sentence.features, spam=False, names_site=site, weight=BY_SENTENCE)
            for sentence in sentences_of(text, author)
        ]
    return examples


def draw(examples: Sequence[Example]) -> Lines:
    both = [[0.0] * (PLACES + 1) for _ in range(2)]
    costs = [COST * example.weight for example in examples]
    sides = [1.0 if example.spam else -1.0 for example in examples]
    squares = [
        1.0 + sum(value * value for value in example.vector[1]) + 0.5 / cost
        for example, cost in zip(examples, costs, strict=True)
    ]
    pulls = [0.0] * len(examples)
    order = list(range(len(examples)))
    chance = Random(1)  # noqa: S311 - no secret; the same order each time
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for one in order:
            side, vector, site = sides[one], examples[one].vector, examples[one].names_site
            own, other = both[site], both[not site]
            at = _product(own, vector) + own[LAST]
            slope = side * at - 1.0 + pulls[one] * 0.5 / costs[one]
            if pulls[one] == 0.0 and slope >= 0.0:
                continue
            pull = max(pulls[one] - slope / squares[one], 0.0)
            change = (pull - pulls[one]) * side
            pulls[one] = pull
            for place, value in zip(*vector, strict=True):
                own[place] += change * value
                other[place] += SHARED * change * value
            own[LAST] += change
            other[LAST] += SHARED * change
    return Lines(*(Line(array("f", weights)) for weights in both))


def _product(weights: Sequence[float], vector: Vector) -> float:
    places, values = vector
    return float(sum(map(mul, map(weights.__getitem__, places), values)))
