"""One pass of a hardened parser over the text of an export."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml import etree

from backsite.wordpress import records
from backsite.wordpress.export import ExportError, Head, Item

# What libxml2 says when it meets its own limits, which keep memory bounded.
LIMITS = re.compile(r"depth|huge|too big|too long|lengthy|limit", re.IGNORECASE)
# One element of an item costs about half a kilobyte while the item is read; WordPress writes
# some fifteen for a comment, so this lets 60,000 comments on one article through.
MOST_ELEMENTS_OF_ITEM = 1_000_000


class NotWellFormedError(Exception):
    """The parser's first complaint, with its line."""


class Walk:
    """`head` is filled on the way; `wordpress`, `faults` and `cut_off` (items that stood open
    when the file ended) are known at the end. A lenient walk goes on after a fault."""

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
        for piece in filter(None, pieces):
            self._do(self._parser.feed, piece.encode())
            yield from self._taken()
        self._do(self._parser.close)
        # What the parser has closed by itself stood open when the file ended.
        self.cut_off = list(self._taken())
        self.faults = self._faults()

    def _do(self, step: Callable[..., object], *text: bytes) -> None:
        """One step of the parser; what it complains of is in its log, in better words than
        in its exception and also where it raises none."""
        faults: list[str] = []
        try:
            step(*text)
        except etree.XMLSyntaxError as error:
            faults = [" ".join(str(error).split())]
        faults = self._faults() or faults
        refused = next(filter(LIMITS.search, faults), None)
        if refused or (faults and not self._lenient):
            raise NotWellFormedError(refused or faults[0])

    def _faults(self) -> list[str]:
        log = self._parser.feed_error_log.filter_from_errors()
        return list(dict.fromkeys(map(_plain, log)))

    def _taken(self) -> Iterator[Item]:
        for event, element in self._parser.read_events():
            # The events asked for bring nothing but elements; comments are left out above.
            if not isinstance(element, etree._Element):
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


def _plain(fault: etree._LogEntry) -> str:
    message = str(fault.message).partition(", use XML_PARSE")[0]
    return f"line {fault.line}: {' '.join(message.split())}"
