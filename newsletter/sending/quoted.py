"""Quoted-printable (RFC 2045, 6.7) in pieces that can be put together.

Each piece begins on a line of its own and ends one, if need be with a soft break, so that
what stands before and after it does not matter. No line is longer than 76 characters, and
none begins with a full stop or with "From ": nothing on the way has to change the text.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 75  # and the "=" of a soft break
SOFT: Final = b"=\r\n"
_TABLE: Final = [
    chr(code) if (33 <= code <= 126 and code != 61) or code == 32 else f"={code:02X}"
    for code in range(256)
]
# Most of what is filled in, links above all: nothing to encode.
_PLAIN: Final = re.compile(r"[!-<>-~]+").fullmatch


def piece(text: str) -> bytes:
    """The text as lines that end with a line break, a soft one where the text has none."""
    if _PLAIN(text):
        starts = range(0, len(text), LONGEST - 2)
        return b"".join([_safe(text[at : at + LONGEST - 2]) for at in starts])
    *lines, last = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    hard = "".join("=\r\n".join(_broken(line, is_end=True)) + "\r\n" for line in lines)
    soft = "".join(f"{part}=\r\n" for part in _broken(last, is_end=False)) if last else ""
    return (hard + soft).encode("ascii")


def _safe(part: str) -> bytes:
    if part[0] in ".F":
        part = f"={ord(part[0]):02X}{part[1:]}"
    return part.encode("ascii") + SOFT


def _broken(line: str, *, is_end: bool) -> list[str]:
    """One line of text as lines short enough. `is_end`: a line break follows it, before
    which a space would get lost."""
    marks = [_TABLE[byte] for byte in line.encode("utf-8")]
    if is_end and marks and marks[-1] == " ":
        marks[-1] = "=20"
    parts: list[str] = []
    part: list[str] = []
    length = 0
    for mark in marks:
        if length + len(mark) > LONGEST:
            parts.append("".join(part))
            part, length = [], 0
        first = not part and mark in (".", "F")
        part.append(f"={ord(mark):02X}" if first else mark)
        length += len(part[-1])
    parts.append("".join(part))
    return parts
