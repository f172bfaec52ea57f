"""What stands in one box of a text: blocks, and lines that become paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from .blocks import BLOCKS
from .lines import RANK, Marks, Piece, atom_of, attributes_of, line_of, marked

# Deeper than anybody writes; below it only the words are kept.
DEEPEST: Final = 60


class Flow:
    """Gathers what stands in one box: blocks, and lines that become paragraphs."""

    def __init__(self, changes: Counter[str], depth: int = 0, *, flat: bool = False) -> None:
        self.changes = changes
        self.blocks: list[str] = []
        self._depth = depth
        self._flat = flat
        self._run: list[Piece] = []

    def of(self, element: Element, marks: Marks, but: Iterable[Element] = ()) -> list[str]:
        """The blocks in `element`, without the children in `but`."""
        self._take(element, marks, tuple(but))
        self._flush()
        return self.blocks

    def line(self, element: Element, marks: Marks) -> str:
        """All that stands in `element` as one line."""
        self._take(element, marks)
        return line_of(self._run)

    def listing(self, element: Element, marks: Marks) -> str:
        self._take(element, marks)
        for piece in self._run:
            piece.text = "\n" if piece.atom == "<br>" else piece.text.replace("\r\n", "\n")
            piece.atom = "" if piece.atom == "<br>" else piece.atom
        return marked(self._run).lstrip("\n")

    def _take(self, element: Element, marks: Marks, but: tuple[Element, ...] = ()) -> None:
        self._text(element.text, marks)
        for child in element:
            if child not in but:
                self._meet(child, marks)
            self._text(child.tail, marks)

    def _text(self, text: str | None, marks: Marks) -> None:
        if text:
            self._run.append(Piece(text, marks))

    def _meet(self, child: Element, marks: Marks) -> None:
        if atom := atom_of(child):
            self._run.append(Piece("", marks, atom))
        elif self._depth >= DEEPEST:
            self.changes["Text nested too deeply; its formatting was given up, words kept"] += 1
            self._text(" ".join(child.itertext()), marks)
        elif child.tag in RANK:
            self._depth += 1
            leads = child.tag != "a" or child.get("href") is not None or child.get("id")
            mark = {child.tag: attributes_of(child)} if leads else {}
            self._take(child, {**marks, **mark})
            self._depth -= 1
        elif self._flat:
            self.changes["Blocks where only one line has room became part of the line"] += 1
            self._run.append(Piece(" ", marks))
            self._take(child, marks)
            self._run.append(Piece(" ", marks))
        else:
            self._flush()
            self.blocks += self.block(child, marks)

    def block(self, child: Element, marks: Marks) -> list[str]:
        make = BLOCKS.get(child.tag)
        if make is None:
            return self.inside(child, marks)
        return [made for made in make(child, marks, self) if made]

    def inside(self, child: Element, marks: Marks, but: Iterable[Element] = ()) -> list[str]:
        return Flow(self.changes, self._depth + 1).of(child, marks, but)

    def one_line(self, child: Element, marks: Marks) -> str:
        return Flow(self.changes, self._depth + 1, flat=True).line(child, marks)

    def raw(self, child: Element, marks: Marks) -> str:
        return Flow(self.changes, self._depth + 1, flat=True).listing(child, marks)

    def _flush(self) -> None:
        run, self._run = self._run, []
        if line := line_of(run):
            self.blocks.append(f"<p>{line}</p>")
        elif any("\xa0" in piece.text for piece in run):
            self.changes["Empty paragraphs that only made room left out"] += 1
