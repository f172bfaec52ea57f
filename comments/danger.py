"""Words that mean danger, found in whatever a reader writes, in any language and spelling.

Nothing here says what a reader has: it decides which comment a person must see first, and
that its writer is told at once where to turn to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# Written without spaces between words: there a phrase is looked for inside the line.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_APOSTROPHES: Final = re.compile("['’ʼ`´]")
_NOT_WORDS: Final = re.compile(r"[\W_]+")

SAFETY_TEXT: Final = (
    "Some of what you wrote can be a sign of something that must not wait for an answer here.\n\n"
    "If you lose control of your bladder or bowels, are numb between the legs, or your legs "
    "grow weak: call your local emergency number or go to an emergency department now.\n\n"
    "If you think of harming yourself: call your local emergency number or a crisis line. You "
    "will find one for your country at https://findahelpline.com.\n\n"
    "We read every comment, but we are no emergency service and cannot tell you what you have."
)


def plain(text: str) -> str:
    """Without capitals, accents, apostrophes and signs; one space between words."""
    if text.isascii():
        return " ".join(_NOT_WORDS.sub(" ", text.replace("'", "").replace("`", "").lower()).split())
    letters = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    visible = "".join(sign for sign in bare.casefold() if unicodedata.category(sign) != "Cf")
    return " ".join(_NOT_WORDS.sub(" ", visible).split())


def found_in(text: str, phrases: Iterable[str]) -> list[str]:
    """Those phrases that stand in the text as whole words, or with any ending after a `*`."""
    words = f" {plain(text)} "
    closed_up = words.replace(" ", "")
    return [phrase for phrase in phrases if _stands_in(words, closed_up, phrase)]


def _stands_in(words: str, closed_up: str, phrase: str) -> bool:
    wanted, spaced = _wanted(phrase)
    return bool(wanted) and wanted in (words if spaced else closed_up)


@lru_cache(maxsize=1_000)
def _wanted(phrase: str) -> tuple[str, bool]:
    """What is looked for, and whether among words with spaces between: the same few are looked
    for in every comment."""
    wanted = plain(phrase)
    if not wanted:
        return "", True
    if _UNSPACED.search(wanted):
        return wanted.replace(" ", ""), False
    return f" {wanted}" if phrase.rstrip().endswith("*") else f" {wanted} ", True
