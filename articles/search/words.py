"""What was typed, as it is searched for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 200
MOST_WORDS: Final = 12
OPERATORS: Final = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """What was typed, as it is searched for: no control characters, no endless length."""

    typed: str
    words: str
    shortened: bool

    @classmethod
    def read(cls, typed: str) -> Query:
        kept = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in typed)
        parts = kept[:MOST_CHARACTERS].split()
        words = " ".join(parts[:MOST_WORDS])
        shortened = len(kept.strip()) > MOST_CHARACTERS or len(parts) > MOST_WORDS
        return cls(kept, words, shortened)

    @property
    def operators(self) -> bool:
        """Whether it says more than words: which belong together, which to leave out."""
        return bool(OPERATORS.search(self.words))

    @property
    def unfinished(self) -> tuple[str, str] | None:
        """(what stands before the last word, the last word) where that may be the beginning
        of a longer one."""
        rest, _, last = self.words.rpartition(" ")
        if len(last) < 2 or not last.isalnum() or self.operators:
            return None
        return rest, last.lower()

    @property
    def plain_words(self) -> list[str]:
        """Those that are looked for, without capitals; none to leave out."""
        parts = [part for part in self.words.split() if not part.startswith("-")]
        return [word.lower() for part in parts for word in re.findall(r"[^\W\d_]+", part)]

    def with_words(self, better: dict[str, str]) -> str:
        """The same query with other words in their places, quotes and minus kept."""
        return re.sub(r"[^\W\d_]+", lambda word: better.get(word[0].lower(), word[0]), self.words)
