"""Signs in what was typed that a program wrote it, of use to every public form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from .bots import Vote

HIDDEN: Final = "hidden characters"
LOOK_ALIKES: Final = "look-alike letters"

# Seen by nobody. Joiners have their place between letters of Arabic, Persian and the
# scripts of India, and in emoji; inside a word of these three alphabets they have none.
_ALPHABETS: Final = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff"
_INSIDE_A_WORD: Final = re.compile(
    rf"(?<=[{_ALPHABETS}])[\u200b-\u200d\u2060-\u2064\ufeff\u034f\u115f\u180e]+(?=[{_ALPHABETS}])"
)
# They make a line read otherwise than it is written; marks (U+200E, U+200F) do not.
_TURNING: Final = re.compile("[\u202d\u202e]")
# A flag of a country's part is spelt with these, after a black flag alone.
_TAGS: Final = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")

# Letters of other alphabets drawn like Latin ones. Of Greek only those that stand in no
# medical word: TNF\u03b1 and NF-\u03baB are written with Latin letters on both sides.
_CYRILLIC: Final = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u0461"
_CYRILLIC_CAPITALS: Final = (
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
)
_GREEK: Final = "\u03bf\u03bd\u0391\u0395\u0396\u0397\u0399\u039c\u039d\u039f\u03a1\u03a4\u03a5"
_SAME_LOOK: Final = frozenset(f"{_CYRILLIC}{_CYRILLIC_CAPITALS}{_GREEK}")
# The characters of Unicode's category Cf that can stand in a text.
_FORMAT: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0001-\U000e007f]"
)
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_WORD: Final = re.compile(r"\w{4,}")
# Mathematical letters (bold, script, double-struck) and wide ones, used to write words.
_DRESSED: Final = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a]{4,}")


def votes_on_words(text: str) -> Iterator[Vote]:
    """What hidden characters and look-alike letters in a text say of its writer."""
    if text.isascii():  # most texts of a comment form: none of these is in ASCII
        return
    hidden = len(_INSIDE_A_WORD.findall(text)) + len(_TAGS.findall(text))
    turning = len(_TURNING.findall(text))
    if hidden or turning:
        weight = min(1.5 + 0.5 * (hidden + turning - 1), 4.0)
        yield Vote(HIDDEN, weight, _hidden_in_words(hidden, turning), {"hidden": hidden})
    words = [word for word in _WORD.findall(text) if _is_mixed(word)] + _DRESSED.findall(text)
    if words:
        shown = ", ".join(f"“{word[:30]}”" for word in words[:3])
        noun = "1 word is" if len(words) == 1 else f"{len(words)} words are"
        reason = f"{noun} written with letters that only look like the usual ones: {shown}"
        weight = min(1.0 + 0.5 * (len(words) - 1), 4.0)
        yield Vote(LOOK_ALIKES, weight, reason, {"words": words[:10]})


def _is_mixed(word: str) -> bool:
    """Mostly Latin, with letters of another alphabet that look the same; nothing else."""
    letters = set(word)
    looks = letters & _SAME_LOOK
    return bool(looks) and letters <= _LATIN | _SAME_LOOK and len(letters & _LATIN) > 1


def _hidden_in_words(hidden: int, turning: int) -> str:
    if turning and not hidden:
        return "Invisible marks turn the direction of the writing around"
    noun = "1 invisible character" if hidden == 1 else f"{hidden} invisible characters"
    return f"{noun} inside words, where nobody types any"


def plain(text: str) -> str:
    """The words as a reader sees them: one case, no hidden characters, usual letters."""
    return _FORMAT.sub("", unicodedata.normalize("NFKC", text).casefold())
