"""A text as a person reads it, line by line: for comparing two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import lxml.html
from lxml.html import HtmlElement

from .embeds import site_of
from .figures import MARK


class Line(NamedTuple):
    """`what` says what the words are where they are no plain paragraph."""

    what: str
    words: str


# What stands around a line names it: the innermost of these does.
NAMES: Final = {
    "aside": "Box",
    "blockquote": "Quotation",
    "caption": "Above the table",
    "dd": "Meaning",
    "dt": "Term",
    "figcaption": "Caption",
    "h2": "Heading",
    "h3": "Heading within",
    "h4": "Smallest heading",
    "ol": "Numbered",
    "pre": "Code",
    "summary": "Folded away under",
    "ul": "List",
}
BLOCKS: Final = frozenset(
    "aside blockquote caption dd details dl dt figcaption figure h2 h3 h4 hr li ol p pre summary "
    "table tbody thead tr ul".split()
)


def lines_of(body: str, sources: Mapping[str, str]) -> list[Line]:
    """`sources` says how to name the source behind each reference mark, by its key."""
    root = lxml.html.fragment_fromstring(body or "", create_parent="div")
    reader = _Reader(sources)
    reader.block(root, "")
    return reader.lines


class _Reader:
    def __init__(self, sources: Mapping[str, str]) -> None:
        self.lines: list[Line] = []
        self._sources = sources
        self._run: list[str] = []

    def block(self, element: HtmlElement, what: str) -> None:
        """Everything in it; what stands loose between its blocks is a line of its own."""
        self._run.append(element.text or "")
        for child in element:
            if child.tag in BLOCKS:
                self._end(what)
                self._meet(child, what)
            else:
                self._inline(child)
            self._run.append(child.tail or "")
        self._end(what)

    def _meet(self, child: HtmlElement, around: str) -> None:
        if child.tag == "hr":
            self.lines.append(Line("", "———"))
        elif child.tag == "tr":
            self._row(child)
        elif child.get("data-embed"):
            self._embed(child)
        elif child.get("data-cta"):
            self.lines.append(Line("Call to action", str(child.get("data-cta"))))
        elif child.get("data-block"):
            self.lines.append(Line("Block of a letter", str(child.get("data-block"))))
        else:
            what = NAMES.get(str(child.tag), around)
            self.block(child, f"{what}: {note}" if (note := child.get("data-note")) else what)

    def _row(self, row: HtmlElement) -> None:
        cells = []
        for cell in row:
            inside = _Reader(self._sources)
            inside.block(cell, "")
            cells.append(" / ".join(line.words for line in inside.lines))
        self.lines.append(Line("Table row", " | ".join(cells)))

    def _embed(self, figure: HtmlElement) -> None:
        address = str(figure.get("data-embed"))
        site, kind = site_of(address) or ("", "embed")
        title = " ".join(figure.text_content().split())
        self.lines.append(Line(f"{kind} {site}".strip().capitalize(), f"{title} ‹{address}›"))

    def _inline(self, element: HtmlElement) -> None:
        if element.tag == "img":
            self._run.append(f" [{picture_in_words(element)}] ")
        elif element.tag == "br":
            self._run.append(" ")
        elif element.tag == "cite" and (key := element.get("data-ref")):
            self._run.append(f" [{self._sources.get(key, key)}]")
        else:
            self._run.append(element.text or "")
            for child in element:
                self._inline(child)
                self._run.append(child.tail or "")
            if element.tag == "a" and (address := element.get("href")):
                self._run.append(f" ‹{address}›")

    def _end(self, what: str) -> None:
        words = " ".join("".join(self._run).split())
        self._run = []
        if words:
            self.lines.append(Line(what, words))


def picture_in_words(image: HtmlElement) -> str:
    number, address = image.get(MARK), image.get("src") or ""
    name = f"Picture {number}" if number else f"Picture {address.rsplit('/', 1)[-1]}"
    return f"{name}: {image.get('alt') or 'not described'}"


def source_in_words(row: Mapping[str, object]) -> str:
    """A reference as a revision holds it, in one line."""
    doi, pmid = row.get("doi"), row.get("pmid")
    year, key = row.get("year"), row.get("key")
    parts: Iterable[object] = (
        row.get("authors"),
        f"({year})" if year else "",
        row.get("title"),
        row.get("source"),
        row.get("kind"),
        f"doi:{doi}" if doi else "",
        f"PubMed {pmid}" if pmid else "",
        row.get("url"),
        f"[{key}]",
    )
    return " · ".join(str(part) for part in parts if part)


def short_source(row: Mapping[str, object]) -> str:
    """How a mark in the text names it: by authors and year, else by its key."""
    named = f"{row.get('authors') or ''} {row.get('year') or ''}".strip()
    return named or str(row.get("key"))
