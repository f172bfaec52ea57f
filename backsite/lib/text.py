"""Characters that no page, feed or mail can carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A text of ours, or one that is put into the language of the site when it is shown.
Said: TypeAlias = "str | _StrPromise"

# What XML 1.0 (2.2, Char) and so feeds and parsers refuse: control characters but tab and
# line ends, lone surrogates, and two non-characters.
_UNSENDABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def sendable(text: str) -> str:
    """The text without characters that would break whatever it is put into."""
    return _UNSENDABLE.sub("", text)


def has_substance(text: str) -> bool:
    """Whether a reader would see anything at all: spaces and zero-width signs are nothing."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)
