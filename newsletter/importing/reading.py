"""From the bytes of a file to rows, in whatever encoding and with whatever separator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Half a million addresses with all that programs write beside them.
MOST_BYTES: Final = 60_000_000
MOST_COLUMNS: Final = 500
LONGEST_CELL: Final = 100_000
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS: Final = (",", ";", "\t", "|")


class FileError(Exception):
    """The file cannot be read as a list; the words say why and what to do."""


@dataclass(frozen=True)
class Sheet:
    """A file as text. `rows()` may be asked for again and again."""

    text: str
    encoding: str
    separator: str
    header: list[str]

    def rows(self) -> Iterator[tuple[int, list[str] | None]]:
        """(the line where it begins, its cells), without the header and empty lines. None
        for one that breaks the rules of CSV."""
        source = io.StringIO(self.text, newline="")
        reader = csv.reader(source, delimiter=self.separator, strict=False)
        next(reader, None)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield line, None
                continue
            if any(cell.strip() for cell in cells):
                yield line, cells

    def count(self) -> int:
        return sum(1 for _ in self.rows())


def sheet(data: bytes) -> Sheet:
    """Raises FileError."""
    csv.field_size_limit(LONGEST_CELL)
    if len(data) > MOST_BYTES:
        raise FileError(
            f"The file has {len(data) // 1_000_000} MB; up to {MOST_BYTES // 1_000_000} MB are "
            "taken. Split it into several files."
        )
    if not data.strip():
        raise FileError("The file is empty.")
    text, encoding = _decoded(data)
    if "\x00" in text[:10_000]:
        raise FileError("This is no text file. Export the list as CSV.")
    separator = _separator(text)
    try:
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error as error:
        raise FileError(f"The first line is no header of a CSV file: {error}.") from None
    if len(header) > MOST_COLUMNS:
        raise FileError(f"The file has {len(header)} columns; that is no list of subscribers.")
    return Sheet(text, encoding, separator, [name.strip() for name in header])


def _decoded(data: bytes) -> tuple[str, str]:
    """Files without a mark are UTF-8, or what Windows programs write."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                raise FileError(
                    f"The file says that it is {encoding} and is not. Export it as UTF-8."
                ) from None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "windows-1252"


def _separator(text: str) -> str:
    """The one that divides the first line into most pieces."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(_SEPARATORS, key=first.count)
