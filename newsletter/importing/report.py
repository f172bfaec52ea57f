"""What became of a list, for people to read and to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

# What spreadsheets take for a formula when they open a file (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def in_words(counts: dict[str, int], *, is_real: bool) -> list[tuple[int, str]]:
    """How many lines, and what became of them."""
    verb = "added" if is_real else "to add"
    words = {
        "confirmed": f"subscribers {verb}",
        "pending": f"not confirmed, {verb} as such (they get no mail)",
        "left": f"people who had left, {verb} as such (so that they stay away)",
        "suppressed": "of these get no mail, as in the program they come from",
        "refused": "lines not taken",
    }
    return [(counts[name], text) for name, text in words.items() if counts.get(name)]


def cell(value: Any) -> str:
    """A value that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV file, one at a time."""
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([cell(value) for value in row])
        yield line.getvalue()
