"""One issue as a mould: made once, then filled in for each reader by joining bytes.

`[[name]]` in a header or a part is a place for a word about the reader. What is filled in
is escaped for where it stands, and cannot end a line, a header or a part.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final, NamedTuple

from . import quoted
from .dkim import Signer

PLACE: Final = re.compile(r"\[\[([a-z_]+)(?:\|([^\]\n]*))?\]\]")
_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
BREAK: Final = b"\r\n"
PLAIN_HEADER: Final = re.compile(r"[ -~]*").fullmatch
LONGEST_LINE: Final = 78  # RFC 5322, 2.1.1
LONGEST_WORD: Final = 39  # bytes, which make an encoded word of 64 characters: 75 are allowed


class Place(NamedTuple):
    """Where something is filled in; `otherwise` when nothing is known."""

    name: str
    otherwise: str
    as_html: bool


class Mould:
    """`parts`: (MIME type, text) of the alternatives, the plainest first."""

    def __init__(
        self,
        headers: Iterable[tuple[str, str]],
        parts: Iterable[tuple[str, str]],
        *,
        boundary: str,
        signer: Signer | None = None,
    ) -> None:
        alternatives = f'multipart/alternative; boundary="{boundary}"'
        ending = [("MIME-Version", "1.0"), ("Content-Type", alternatives)]
        self._headers = [(name, split(value)) for name, value in [*headers, *ending]]
        self._ready = [
            _header(name, pieces[0]) if len(pieces) == 1 and isinstance(pieces[0], str) else None
            for name, pieces in self._headers
        ]
        self._body = list(_body(parts, boundary))
        self._places = [piece for piece in self._body if isinstance(piece, Place)]
        self._signer = signer

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The message for one reader, ready for the wire but for its last full stop."""
        words = {place: quoted.piece(word(place, values)) for place in set(self._places)}
        body = b"".join([words[p] if isinstance(p, Place) else p for p in self._body])
        lines = [
            ready or _header(name, _filled(pieces, values))
            for ready, (name, pieces) in zip(self._ready, self._headers, strict=True)
        ]
        if self._signer:
            lines.insert(0, self._signer.sign(lines, body))
        return b"".join([*lines, BREAK, body])


def clean(word: str) -> str:
    """Without what could end a line."""
    return (word if word.isprintable() else _LINE_BREAKS.sub(" ", word)).strip()


def places_in(text: str) -> set[str]:
    """The names that a text wants filled in."""
    return {found[1] for found in PLACE.finditer(text)}


def filled(text: str, values: Mapping[str, str], *, as_html: bool = False) -> str:
    """A text with its places filled in, for previews."""
    return PLACE.sub(lambda found: word(Place(found[1], found[2] or "", as_html), values), text)


def split(text: str, *, as_html: bool = False) -> list[str | Place]:
    """The text between the places, and the places."""
    pieces: list[str | Place] = []
    end = 0
    for found in PLACE.finditer(text):
        if found.start() > end:
            pieces.append(text[end : found.start()])
        pieces.append(Place(found[1], found[2] or "", as_html))
        end = found.end()
    if end < len(text) or not pieces:
        pieces.append(text[end:])
    return pieces


def word(place: Place, values: Mapping[str, str]) -> str:
    word = clean(values.get(place.name, "")) or place.otherwise
    return escape(word) if place.as_html else word


def _filled(pieces: list[str | Place], values: Mapping[str, str]) -> str:
    return "".join([word(p, values) if isinstance(p, Place) else p for p in pieces])


def _body(parts: Iterable[tuple[str, str]], boundary: str) -> Iterable[bytes | Place]:
    gathered = b""
    for kind, text in parts:
        head = (
            f"--{boundary}\r\nContent-Type: {kind}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        )
        gathered += head.encode("ascii")
        for piece in split(text, as_html=kind == "text/html"):
            if isinstance(piece, Place):
                yield gathered
                yield piece
                gathered = b""
            else:
                gathered += quoted.piece(piece)
        gathered += BREAK
    yield gathered + f"--{boundary}--\r\n".encode("ascii")


def _header(name: str, value: str) -> bytes:
    """One header with its line breaks. Machine-readable values are given in ASCII and
    folded by whoever made them; words in other letters are encoded (RFC 2047)."""
    if PLAIN_HEADER(value) and len(name) + 2 + len(value) <= LONGEST_LINE:
        return f"{name}: {value}\r\n".encode("ascii")
    if value.isascii():
        lines = "\r\n ".join([clean(line) for line in value.split("\r\n")])
        return f"{name}: {lines}\r\n".encode("ascii")
    return f"{name}: {encoded_words(clean(value))}\r\n".encode("ascii")


def encoded_words(text: str) -> str:
    """Words in other letters than ASCII, for a header (RFC 2047): a line each, no letter
    torn apart. The email package takes a hundred times as long."""
    chunks, chunk = [], b""
    for letter in text:
        letter_bytes = letter.encode("utf-8")
        if len(chunk) + len(letter_bytes) > LONGEST_WORD:
            chunks.append(chunk)
            chunk = b""
        chunk += letter_bytes
    words = [b2a_base64(each, newline=False).decode() for each in [*chunks, chunk]]
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)
