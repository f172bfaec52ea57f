"""From the text of an export to its records, one item at a time.

The file is read several times rather than held: `read` goes through it once, which proves
that it can be read to its end before anything is written, and `Export.items()` again for
every use. Only a file that is not well-formed is held as a whole, to be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backsite.wordpress import records
from backsite.wordpress.export import Attachment, ExportError, Head, Item
from backsite.wordpress.repair import declares_type, items_in, repair
from backsite.wordpress.source import Source, type_declared
from backsite.wordpress.walk import LIMITS, NotWellFormedError, Walk

PIECE = 1 << 18
FAULTS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """What the importer must know of an item before it meets it."""

    kind: str
    parent: int


@dataclass
class Export:
    source: Source
    head: Head = field(default_factory=Head)
    places: dict[int, Place] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    count: int = 0
    unread: int = 0
    cut_off: list[Item] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    repaired: str | None = None

    def items(self) -> Iterator[Item]:
        """Every complete item in the order of the file."""
        walk = Walk(Head(), lenient=self.repaired is not None)
        try:
            yield from walk.items(self._pieces())
        except NotWellFormedError:
            raise ExportError(
                f"{self.source.path} changed while it was read. Run the import again; what was "
                "imported before stays."
            ) from None

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
    except NotWellFormedError as fault:
        if LIMITS.search(str(fault)):
            raise ExportError(
                f"{path} is built like no WordPress export ({fault}) and was refused: nested "
                "deeper than 256 elements, or a single text of over 10 MB."
            ) from None
        _survey_mended(export, str(fault))
    _judge(export)
    export.mended[:0] = export.source.mended
    return export


def _survey(export: Export, *, lenient: bool) -> list[str]:
    """Fills head and places. Returns the faults that a lenient reading passed over."""
    export.head, export.places, export.attachments, export.count = Head(), {}, {}, 0
    walk = Walk(export.head, lenient=lenient)
    for item in walk.items(export._pieces()):
        export.count += 1
        if item.number:
            export.places.setdefault(item.number, Place(item.kind, item.parent))
        if item.number and item.kind == "attachment" and item.file:
            export.attachments.setdefault(item.number, _attachment(item))
        records.complete(export.head, item)
    export.cut_off = walk.cut_off
    if not walk.wordpress:
        raise ExportError(
            f"{export.source.path} is XML, but not a WordPress export: nothing in it is in "
            "WordPress's own namespace (http://wordpress.org/export/…). Nothing was imported."
        )
    return walk.faults


def _attachment(item: Item) -> Attachment:
    return Attachment(
        item.number, item.file, item.title, item.alt, item.excerpt, item.parent, item.order
    )


def _survey_mended(export: Export, fault: str) -> None:
    text, notes = repair("".join(export.source.text()))
    if declares_type(text):
        raise type_declared(export.source.path)
    export.repaired = text
    faults = _survey(export, lenient=True)
    export.unread = max(0, items_in(text) - export.count - len(export.cut_off))
    export.mended.append(f"The file is not well-formed XML ({fault}); it was mended.")
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
