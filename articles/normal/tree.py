"""Sanitised HTML as a tree of elements."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final
from xml.etree.ElementTree import Element, SubElement

RENAMED: Final = {"b": "strong", "i": "em"}
VOID: Final = frozenset({"br", "col", "hr", "img"})


class Tree(HTMLParser):
    """A tree of what `clean` wrote, which is well-formed: nothing is moved or closed early."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("div")
        self._open = [self.root]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        element = SubElement(self._open[-1], RENAMED.get(tag, tag), given)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        within = self._open[-1]
        if len(within):
            within[-1].tail = (within[-1].tail or "") + data
        else:
            within.text = (within.text or "") + data
