"""Paragraphs and line breaks the way WordPress shows a text: a blank line ends a paragraph,
a single line end is a break. WordPress stores neither `<p>` nor `<br>` for most texts.
"""

from __future__ import annotations

import re
from typing import Final

# Bounded: an open quote in a damaged tag must not make the search run over the whole text.
TAG: Final = re.compile(
    r"""</?[a-zA-Z][\w:-]{0,40}(?:"[^"]{0,4000}"|'[^']{0,4000}'|[^'"<>]){0,400}>"""
)
NAME: Final = re.compile(r"</?([a-zA-Z][\w:-]*)")
BLANK_LINE: Final = re.compile(r"\n[ \t\xa0]*(?:\n[ \t\xa0]*)+")
ONLY_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+\Z")

RAW: Final = frozenset("pre script style textarea svg".split())
# Text in these is wrapped in paragraphs.
FLOWING: Final = frozenset(
    "article aside blockquote center details div fieldset footer form header main section".split()
)
# Text in these becomes paragraphs only where it holds a blank line.
TIGHT: Final = frozenset("dd li td th".split())
# Nothing but other elements belongs in these.
FRAMES: Final = frozenset("colgroup dl ol select table tbody tfoot thead tr ul".split())
LINES: Final = frozenset(
    "address caption dt figcaption figure h1 h2 h3 h4 h5 h6 legend option p summary".split()
)
BLOCKS: Final = RAW | FLOWING | TIGHT | FRAMES | LINES | {"hr", "col"}
ROOT: Final = "div"


def paragraphs(text: str) -> str:
    """`text` with its line ends turned into paragraphs and breaks. Balanced or not, it is
    for a parser of HTML to close what stays open."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"<br\s*/?>[ \t]*\n", "<br>", text, flags=re.IGNORECASE)
    text = re.sub(r"(?:<br\s*/?>\s*){2,}", "\n\n", text, flags=re.IGNORECASE)
    return _Setter().run(text)


class _Setter:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = [ROOT]
        self.inline: list[str] = []

    def run(self, text: str) -> str:
        at = 0
        while found := TAG.search(text, at):
            self.inline.append(text[at : found.start()])
            at = self._meet(text, found)
        self.inline.append(text[at:])
        self._flush()
        return "".join(self.out)

    def _meet(self, text: str, found: re.Match[str]) -> int:
        """Takes one tag; returns where reading goes on."""
        tag = found.group()
        name = NAME.match(tag)[1].lower()  # type: ignore[index]  # TAG begins like NAME
        if name not in BLOCKS:
            self.inline.append(tag)
            return found.end()
        self._flush()
        if name in RAW and not tag.startswith("</"):
            return self._take_raw(text, found, name)
        if tag.startswith("</"):
            if name in self.open[1:]:
                while self.open.pop() != name:
                    pass
            tag += "\n"
        elif name not in ("hr", "col") and not tag.endswith("/>"):
            if name == "p" and self.open[-1] == "p":
                self.open.pop()
            self.open.append(name)
        self.out.append(tag)
        return found.end()

    def _take_raw(self, text: str, found: re.Match[str], name: str) -> int:
        end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, found.end())
        stop = end.end() if end else len(text)
        self.out.append(text[found.start() : stop] + "\n")
        return stop

    def _flush(self) -> None:
        text, self.inline = "".join(self.inline), []
        if not text.strip():
            return
        within = self.open[-1]
        pieces = [piece.strip("\n") for piece in BLANK_LINE.split(text) if piece.strip()]
        if within in FRAMES:
            self.out.append(text)
        elif within in FLOWING or (within in TIGHT and len(pieces) > 1):
            self.out += [_paragraph(piece) for piece in pieces]
        elif within == "p":
            self.out.append("</p>\n<p>".join(_breaks(piece) for piece in pieces))
        else:
            self.out.append("<br>".join(_breaks(piece) for piece in pieces))


def _paragraph(piece: str) -> str:
    """A piece that only closes or opens elements, without a word, is left as it is."""
    if not TAG.sub("", piece).strip() and "<img" not in piece.lower():
        return piece
    bare = piece.strip()
    if ONLY_ADDRESS.match(bare):
        # An address alone on its line was a player or a preview.
        return f'<p><a href="{bare}">{bare}</a></p>\n'
    return f"<p>{_breaks(piece.strip())}</p>\n"


def _breaks(piece: str) -> str:
    return piece.strip("\n").replace("\n", "<br>\n")
