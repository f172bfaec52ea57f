"""From the text of an export to its records, one item at a time.

The file is read several times rather than held: `read` goes through it once, which proves
that it can be read to its end before anything is written, and `Export.items()` again for
every use. Only a file that is not well-formed is held as a whole, to be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from backsite.wordpress import records
from backsite.wordpress.export import ExportError, Head, Item
from backsite.wordpress.repair import repair
from backsite.wordpress.source import Source

# One element of an item costs about half a kilobyte while the item is read; WordPress writes
# some fifteen for a comment, so this lets 60,000 comments on one article through.
MOST_ELEMENTS_OF_ITEM = 1_000_000
PIECE = 1 << 18
FAULTS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """What the importer must know of an item before it meets it."""

    kind: str
    parent: int
    remarks: int


@dataclass
class Export:
    source: Source
    head: Head = field(default_factory=Head)
    places: dict[int, Place] = field(default_factory=dict)
    cut_off: list[Item] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    repaired: str | None = None

    def items(self) -> Iterator[Item]:
        """Every complete item in the order of the file."""
        walk = _Walk(Head(), lenient=self.repaired is not None)
        yield from walk.items(self._pieces())

    def _pieces(self) -> Iterator[str]:
        if self.repaired is None:
            yield from self.source.text()
            return
        for start in range(0, len(self.repaired), PIECE):
            yield self.repaired[start : start + PIECE]


def read(path: Path) -> Export:
    """Goes through the whole file once. Raises ExportError when it is not an export, is
    dangerous, or is so broken that nothing certain can be said of it."""
    export = Export(Source(path))
    try:
        _survey(export, lenient=False)
    except etree.XMLSyntaxError as fault:
        if "xcessive depth" in str(fault) or "huge" in str(fault):
            raise ExportError(
                f"{path} is built like no WordPress export ({_plain(fault)}) and was refused: "
                "nested deeper than 256 elements, or a single text of over 10 MB."
            ) from None
        _survey_mended(export, fault)
    _judge(export)
    export.mended[:0] = export.source.mended
    return export


def _survey(export: Export, *, lenient: bool) -> list[str]:
    """Fills head and places. Returns the faults that a lenient reading passed over."""
    export.head, export.places = Head(), {}
    walk = _Walk(export.head, lenient=lenient)
    for item in walk.items(export._pieces()):
        export.places[item.number] = Place(item.kind, item.parent, len(item.remarks))
    export.cut_off = walk.cut_off
    if not walk.wordpress:
        raise ExportError(
            f"{export.source.path} is XML, but not a WordPress export: nothing in it is in "
            "WordPress's own namespace (http://wordpress.org/export/…). Nothing was imported."
        )
    return walk.faults


def _survey_mended(export: Export, fault: etree.XMLSyntaxError) -> None:
    text, notes = repair("".join(export.source.text()))
    export.repaired = text
    faults = _survey(export, lenient=True)
    export.mended.append(f"The file is not well-formed XML ({_plain(fault)}); it was mended.")
    export.mended += notes
    export.mended += [f"Passed over: {said}." for said in faults[:FAULTS_NAMED]]
    if len(faults) > FAULTS_NAMED:
        export.mended.append(f"Passed over: {len(faults) - FAULTS_NAMED} more faults of XML.")


def _judge(export: Export) -> None:
    if not export.head.version:
        export.mended.append(
            "The file names no WXR version; it was read like WXR 1.0 to 1.2, which differ little."
        )
    elif export.head.version not in ("1.0", "1.1", "1.2"):
        export.mended.append(
            f"The file names a WXR version that is not known here (“{export.head.version[:20]}”); "
            "it was read like WXR 1.2."
        )


class _Walk:
    """One pass of a parser over the text."""

    def __init__(self, head: Head, *, lenient: bool) -> None:
        self.head = head
        self.wordpress = False
        self.faults: list[str] = []
        self.cut_off: list[Item] = []
        self._lenient = lenient
        self._depth = 0
        self._item_depth = 0
        self._elements = 0
        # The text is UTF-8 by now, whatever a declaration says. `source` has cut off the
        # prolog; the switches below would keep entities and the network out even so.
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            encoding="utf-8",
            recover=lenient,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )

    def items(self, pieces: Iterator[str]) -> Iterator[Item]:
        for piece in pieces:
            self._parser.feed(piece.encode())
            yield from self._taken()
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            if not self._lenient:
                raise
        # What the parser has closed by itself stood open when the file ended.
        self.cut_off = list(self._taken())
        self.faults = [_plain(entry) for entry in self._parser.error_log]

    def _taken(self) -> Iterator[Item]:
        for event, element in self._parser.read_events():
            if not isinstance(element.tag, str):
                continue
            if event == "start":
                self._enter(element)
            else:
                item = self._leave(element)
                if item is not None:
                    yield item

    def _enter(self, element: etree._Element) -> None:
        self._depth += 1
        if self._depth == 1:
            self._check_root(element)
        self.wordpress = self.wordpress or records.name(element).startswith("wp:")
        if self._item_depth:
            self._elements += 1
            if self._elements > MOST_ELEMENTS_OF_ITEM:
                raise ExportError(
                    f"The item that begins on line {element.sourceline} holds more than "
                    f"{MOST_ELEMENTS_OF_ITEM:,} elements. No export does; it was refused."
                )
        elif element.tag == "item":
            self._item_depth, self._elements = self._depth, 0

    def _check_root(self, root: etree._Element) -> None:
        kind = etree.QName(root).localname
        if kind.lower() == "html":
            raise ExportError("The file is a web page, not a WordPress export.")
        if kind != "rss":
            raise ExportError(
                f"The file is XML, but not a WordPress export: it begins with <{kind}>, where an "
                "export begins with <rss>. Nothing was imported."
            )

    def _leave(self, element: etree._Element) -> Item | None:
        depth, self._depth = self._depth, self._depth - 1
        if self._item_depth:
            if depth > self._item_depth:
                return None
            self._item_depth = 0
            item = records.item(element)
            _forget(element)
            return item
        # Depth 2 is <channel>, or what stands in its place; 3 is what the channel holds.
        if depth == 3:
            records.into_head(self.head, element)
            _forget(element)
        return None


def _forget(element: etree._Element) -> None:
    """Frees the element and its elder siblings; else the tree grows with the file."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while (elder := element.getprevious()) is not None:
            parent.remove(elder)


def _plain(fault: etree.XMLSyntaxError | etree._LogEntry) -> str:
    message = (fault.msg if isinstance(fault, etree.XMLSyntaxError) else fault.message) or ""
    line = fault.lineno if isinstance(fault, etree.XMLSyntaxError) else fault.line
    words = " ".join(message.split(", line")[0].split())
    return f"line {line}: {words}"
