"""How often each feature was seen in spam and in published comments, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt
from typing import Final, NamedTuple

# What a feature never seen in a class counts as: a third of a comment.
PRIOR: Final = 0.3
# Words of a text hang together, so that their evidence does not simply add up: it grows with
# the square root of their number. Shorter texts are not helped by it.
FEWEST: Final = 9
# How far the address that a writer leads to may speak alone, and from how many on.
MOST_BY_HOST: Final = 8.0
HOST_SEEN: Final = 3


class Seen(NamedTuple):
    spam: int
    ham: int


@dataclass(frozen=True)
class Counts:
    """`of` knows at least the features that are asked for; `total` counts the comments."""

    total: Seen
    of: Mapping[str, Seen]

    def weight(self, feature: str) -> float:
        """Positive speaks for spam; nothing is said by what was never seen."""
        return self._weights.get(feature, 0.0)

    @cached_property
    def _weights(self) -> dict[str, float]:
        base = log((self.total.ham + 2 * PRIOR) / (self.total.spam + 2 * PRIOR))
        return {
            feature: base + log((spam + PRIOR) / (ham + PRIOR))
            for feature, (spam, ham) in self.of.items()
            if spam or ham
        }

    def score(self, features: Collection[str]) -> float:
        weights = self._weights
        return sum([weights.get(one, 0.0) for one in features]) / sqrt(max(len(features), FEWEST))

    def by_host(self, hosts: Iterable[str]) -> float:
        """What leads where only spam led before. Never speaks for a comment: anybody can
        name an honest address."""
        known = [host for host in hosts if self.of.get(host, Seen(0, 0)).spam >= HOST_SEEN]
        return min(MOST_BY_HOST, max((self.weight(host) for host in known), default=0.0))
