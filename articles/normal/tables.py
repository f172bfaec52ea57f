"""Tables whose rows are all of one width. The editor fills up uneven ones as soon as somebody
clicks into a text (prosemirror-tables); then the text would have changed without a word.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final
from xml.etree.ElementTree import Element, SubElement

CELLS: Final = ("td", "th")
# More columns than a page can show. A cell that says it is wider is narrower.
MOST_COLUMNS: Final = 50
# The columns of a table of more places than this are left as they are: to fill them up would
# make a text of any size, and to count them would take as much memory.
MOST_PLACES: Final = 20_000


def even(table: Element) -> tuple[list[Element], int]:
    """Its rows that have cells: what reaches over others or out of its part of the table is cut
    off, and rows are filled up with empty cells at their ends. How many cells were changed or
    added."""
    rows: list[Element] = []
    cut: set[Element] = set()
    for part in table:
        rows += _heights(part, cut)
    return rows, _widths(rows, cut) + len(cut)


def cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in CELLS]


def head_of(rows: list[Element]) -> int:
    """How many rows at the top are the head: of nothing but headings, none of which reaches
    below, where HTML would end it and the cells beside it would move."""
    head = end = 0
    for number, row in enumerate(rows):
        cells = cells_of(row)
        if any(cell.tag != "th" for cell in cells):
            break
        end = max(end, *(number + _span(cell, "rowspan") for cell in cells))
        if end == number + 1:
            head = end
    return head


def _heights(part: Element, cut: set[Element]) -> list[Element]:
    """The rows of a head, body or foot that have cells. HTML ends each cell with the part it
    stands in; one that reaches over a row without cells, which goes, is as much shorter."""
    found = [row for row in part if row.tag == "tr"]
    numbers = [number for number, row in enumerate(found) if cells_of(row)]
    for place, number in enumerate(numbers):
        for cell in cells_of(found[number]):
            high = _span(cell, "rowspan")
            lines = bisect_left(numbers, number + high) - place
            if lines != high:
                cell.set("rowspan", str(lines))
                cut.add(cell)
    return [found[number] for number in numbers]


def _widths(rows: list[Element], cut: set[Element]) -> int:
    """Brings the rows to one width, unless they are too many or too wide for it; how many cells
    it added."""
    columns: dict[Element, int] = {}
    taken = _places(rows, columns)
    width = max((len(row) for row in taken), default=0)
    if not taken or width * len(rows) > MOST_PLACES:
        return 0
    for cell, wide in columns.items():
        if wide != _span(cell, "colspan"):
            cell.set("colspan", str(wide))
            cut.add(cell)
    added = 0
    for row, held in zip(rows, taken, strict=True):
        tag = "th" if all(cell.tag == "th" for cell in cells_of(row)) else "td"
        for _ in range(width - len(held)):
            SubElement(row, tag)
            added += 1
    return added


def _places(rows: list[Element], columns: dict[Element, int]) -> list[set[int]]:
    """Of each row, which places are taken; none of too many. `columns` gets the width that each
    cell has room for."""
    taken: list[set[int]] = [set() for _ in rows]
    count = 0
    for number, row in enumerate(rows):
        start = 0
        for cell in cells_of(row):
            while start in taken[number]:
                start += 1
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            free = next((n for n in range(1, wide) if start + n in taken[number]), wide)
            columns[cell] = min(free, MOST_COLUMNS)
            count += columns[cell] * high
            if count > MOST_PLACES:
                return []
            for below in taken[number : number + high]:
                below.update(range(start, start + columns[cell]))
    return taken


def _span(cell: Element, name: str) -> int:
    """Over how many rows or columns it reaches; 1 where that says nothing (HTML: at most
    1000)."""
    value = cell.get(name, "")
    return (
        min(int(value[:5]), 1000) if value.isascii() and value.isdigit() and int(value[:5]) else 1
    )
