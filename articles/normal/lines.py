"""One line of an article's text, in the form in which the editor writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

# Formatting inside a line, the outermost first: the order of the marks in the schema.
MARKS: Final = "a strong em s del ins mark small sub sup code kbd q abbr cite".split()
RANK: Final = {tag: rank for rank, tag in enumerate(MARKS)}
# In the order in which the editor writes them.
ATTRIBUTES: Final = {
    "a": ("href", "title", "id"),
    "abbr": ("title",),
    "blockquote": ("cite",),
    "del": ("datetime",),
    "h2": ("id",),
    "h3": ("id",),
    "h4": ("id",),
    "img": ("src", "alt", "width", "height", "data-picture"),
    "ins": ("datetime",),
    "ol": ("start", "reversed"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan", "scope"),
}
SPACE: Final = re.compile(r"[ \t\r\n\f]+")

Marks = dict[str, str]


@dataclass(slots=True)
class Piece:
    """Some text, or (`atom`) the HTML of one thing in a line."""

    text: str
    marks: Marks
    atom: str = ""


def atom_of(child: Element) -> str:
    """What a line holds as one thing; nothing for what is not one."""
    if child.tag in ("br", "img"):
        return f"<{child.tag}{attributes_of(child)}>"
    if child.tag == "cite" and "data-ref" in child.attrib:
        return f'<cite data-ref="{quoted(child.attrib["data-ref"])}"></cite>'
    if child.tag == "a" and child.get("id") and not len(child) and not (child.text or "").strip():
        return f'<a id="{quoted(child.attrib["id"])}"></a>'
    return ""


def line_of(run: list[Piece]) -> str:
    """Spaces as a browser shows them: one between words, none at the ends of a line."""
    for piece in run:
        piece.text = SPACE.sub(" ", piece.text)
    run = _ends_trimmed(run)
    kept: list[Piece] = []
    for piece in run:
        before = kept[-1] if kept else None
        if piece.atom == "<br>" and before and not before.atom:
            before.text = before.text.rstrip(" ")
        if not piece.atom and (before is None or before.atom == "<br>" or _ends_open(before)):
            piece.text = piece.text.lstrip(" ")
        if piece.atom or piece.text:
            kept.append(piece)
    kept = _ends_trimmed(kept)
    if not any(piece.atom or piece.text.strip() for piece in kept):
        return ""
    return marked(kept)


def _ends_open(piece: Piece) -> bool:
    return not piece.atom and piece.text.endswith(" ")


def _ends_trimmed(run: list[Piece]) -> list[Piece]:
    """Without breaks and spaces at its ends."""

    def idle(piece: Piece) -> bool:
        return piece.atom == "<br>" or (not piece.atom and not piece.text.strip(" "))

    run = list(run)
    while run and idle(run[0]):
        run.pop(0)
    while run and idle(run[-1]):
        run.pop()
    if run and not run[-1].atom:
        run[-1].text = run[-1].text.rstrip(" ")
    return run


def marked(run: list[Piece]) -> str:
    """Formatting that goes on from piece to piece is opened once."""
    out: list[str] = []
    active: list[tuple[str, str]] = []
    for piece in run:
        wanted = sorted(piece.marks.items(), key=lambda mark: RANK[mark[0]])
        same = 0
        while same < min(len(active), len(wanted)) and active[same] == wanted[same]:
            same += 1
        out += [f"</{tag}>" for tag, _ in reversed(active[same:])]
        out += [f"<{tag}{attributes}>" for tag, attributes in wanted[same:]]
        active = wanted
        out.append(piece.atom or escaped(piece.text))
    out += [f"</{tag}>" for tag, _ in reversed(active)]
    return "".join(out)


def attributes_of(element: Element) -> str:
    names = ATTRIBUTES.get(element.tag, ())
    one = {"colspan", "rowspan"}
    return "".join(
        f' {name}="{quoted(element.attrib[name])}"'
        for name in names
        if name in element.attrib and not (name in one and not _span(element.attrib[name]))
    )


def _span(value: str) -> bool:
    """Whether a cell reaches over more than one row or column (HTML: at most 1000)."""
    return value.isascii() and value.isdigit() and 1 < int(value[:5]) <= 1000


def escaped(text: str) -> str:
    for character, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ("\xa0", "nbsp")):
        text = text.replace(character, f"&{name};")
    return text


def quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;")
