"""A text's print of a few numbers: texts of nearly the same words have nearly the same one.

The smallest hashes of all runs of three words (a bottom-k sketch, Broder 1997): what share
of the smallest of both together stands in both estimates the share of runs in common.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from struct import unpack
from typing import Final

RUN: Final = 3
NUMBERS: Final = 16
# A series has its beginning in common; no text is longer to look at than this.
MOST_WORDS: Final = 400
# Estimated from 16 numbers: below it two texts share a phrase, above it one was made of the other.
ALIKE: Final = 0.6

# Scripts without spaces have no words to find: there each letter is one.
_WORD: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


def words_of(plain_text: str) -> list[str]:
    return _WORD.findall(plain_text)[:MOST_WORDS]


def sketch_of(words: list[str]) -> list[int]:
    """At most 16 numbers (64 bits, signed), in order. Empty without words."""
    runs = {" ".join(words[at : at + RUN]) for at in range(max(len(words) - RUN + 1, 1))}
    prints = b"".join(
        [blake2b(run.encode("utf-8", "replace"), digest_size=8).digest() for run in runs if run]
    )
    return sorted(unpack(f">{len(prints) // 8}q", prints))[:NUMBERS]


def alike(one: list[int], other: list[int]) -> bool:
    smallest = set(sorted({*one, *other})[:NUMBERS])
    common = smallest.intersection(one).intersection(other)
    return bool(smallest) and len(common) >= ALIKE * len(smallest)
