"""Tables whose rows are all of one width. The editor fills up uneven ones as soon as somebody
clicks into a text (prosemirror-tables); then the text would have changed without a word.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement

CELLS: Final = ("td", "th")
# More columns than a page can show. A cell that says it is wider is narrower.
MOST_COLUMNS: Final = 50
# A table of more places than this is left as it is: to fill it up would make a text of any size.
MOST_PLACES: Final = 20_000


def even(rows: list[Element]) -> int:
    """Cuts off what reaches over others or out of the table, and fills rows up with empty
    cells at their ends; how many cells it changed or added."""
    taken: list[set[int]] = [set() for _ in rows]
    changed = 0
    for number, row in enumerate(rows):
        for cell in cells_of(row):
            start = _first_free(taken[number])
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            free = next((n for n in range(1, wide) if start + n in taken[number]), wide)
            columns, lines = min(free, MOST_COLUMNS), min(high, len(rows) - number)
            changed += (columns, lines) != (wide, high)
            cell.set("colspan", str(columns))
            cell.set("rowspan", str(lines))
            for below in taken[number : number + lines]:
                below.update(range(start, start + columns))
    width = max((len(places) for places in taken), default=0)
    if width * len(rows) > MOST_PLACES:
        return changed
    for row, places in zip(rows, taken, strict=True):
        tag = "th" if all(cell.tag == "th" for cell in cells_of(row)) else "td"
        for _ in range(width - len(places)):
            SubElement(row, tag)
            changed += 1
    return changed


def cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in CELLS]


def _first_free(places: set[int]) -> int:
    return next(place for place in range(len(places) + 1) if place not in places)


def _span(cell: Element, name: str) -> int:
    """Over how many rows or columns it reaches; 1 where that says nothing (HTML: at most
    1000)."""
    value = cell.get(name, "")
    return (
        min(int(value[:5]), 1000) if value.isascii() and value.isdigit() and int(value[:5]) else 1
    )
