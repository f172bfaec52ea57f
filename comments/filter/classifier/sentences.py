"""The sentences of a comment, each seen for itself: an advertisement hides among friendly words,
and in the whole it is outvoted by them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .features import Features, features_of, plain

# After a full stop, at the end of a line, and where somebody put a wide space; some scripts
# put no space after theirs.
END: Final = re.compile(r"(?<=[.!?…؟।])\s+|\n+|\s{2,}|(?<=[。！？])")
SHORTEST: Final = 4
# Of more, the first and the last: judging must cost the same whatever is sent.
FIRST: Final = 8
LAST: Final = 4


class Sentence(NamedTuple):
    text: str
    features: Features


def sentences_of(text: str, author: str | None = None) -> list[Sentence]:
    """None where there is only one: the whole has been seen already."""
    cut = (sentence.strip() for sentence in END.split(plain(text)))
    found = [sentence for sentence in cut if len(sentence) >= SHORTEST]
    if len(found) < 2:
        return []
    if len(found) > FIRST + LAST:
        found = [*found[:FIRST], *found[-LAST:]]
    return [Sentence(sentence, features_of(sentence, author)) for sentence in found]
