"""From the bytes of a file to text that an XML parser may see.

Everything before the root element is cut off here and anything there that could declare an
entity is refused, so no parser ever meets a document type: there is nothing to expand and
nothing to fetch. Bytes and characters that XML forbids, which old WordPress exports carry,
are mended on the way and counted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from backsite.wordpress.export import ExportError

CHUNK = 1 << 18
# An export begins with a screenful of comments; this is generous and still bounded.
LONGEST_PROLOG = 1 << 20

PACKED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7-Zip",
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# XML 1.0, 2.2: what is not a Char. Lone surrogates U+DC80..U+DCFF are bytes that the decoder
# could not read (PEP 383).
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
LINES_NAMED = 5


class Source:
    """The file at `path`. `text()` can be read as often as needed; `mended` is filled by the
    first complete reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        head = self._first_bytes()
        self.encoding, self.skip = _encoding(head)
        self.nuls: dict[int, int] = {}
        self.removed: dict[int, int] = {}
        self.misread: dict[int, int] = {}
        self.notes: list[str] = []

    def _first_bytes(self) -> bytes:
        if self.path.is_dir():
            raise ExportError(f"{self.path} is a folder. Name the export file inside it.")
        if self.path.exists() and not self.path.is_file():
            raise ExportError(f"{self.path} is not a file on disk. Save the export as one first.")
        try:
            with self.path.open("rb") as file:
                head = file.read(4096)
        except FileNotFoundError:
            raise ExportError(f"{self.path} does not exist. Nothing was imported.") from None
        except OSError as error:
            raise ExportError(f"{self.path} cannot be read: {error.strerror}.") from None
        if not head.strip():
            raise ExportError(f"{self.path} is empty. Export it from WordPress again.")
        for magic, name in PACKED.items():
            if head.startswith(magic):
                raise ExportError(
                    f"{self.path} is packed with {name}. Unpack it and import the .xml file in it."
                )
        return head

    def text(self) -> Iterator[str]:
        """The root element and all that follows, in pieces; lines keep their numbers."""
        self.nuls, self.removed, self.misread, self.notes = {}, {}, {}, []
        pieces = self._cleaned()
        before = ""
        for piece in pieces:
            before += piece
            start = self._root(before)
            if start is not None:
                yield "\n" * before.count("\n", 0, start) + before[start:]
                break
            if len(before) > LONGEST_PROLOG:
                raise self._not_xml(before)
        else:
            raise self._not_xml(before)
        yield from pieces

    @property
    def mended(self) -> list[str]:
        """What had to be changed so that the file could be read, one sentence each."""
        sentences = list(self.notes)
        if self.nuls:
            sentences.append(
                f"{_times(self.nuls, 'NUL character')}, which XML forbids, written as \\0, "
                f"{_lines(self.nuls)}."
            )
        if self.removed:
            sentences.append(
                f"{_times(self.removed, 'character')} that XML forbids removed, "
                f"{_lines(self.removed)}."
            )
        if self.misread:
            sentences.append(
                f"{_times(self.misread, 'byte')} not in {self.encoding} read as Windows-1252, "
                f"{_lines(self.misread)}."
            )
        return sentences

    def _cleaned(self) -> Iterator[str]:
        line = 1
        for raw in self._decoded():
            yield self._without_forbidden(raw, line)
            line += raw.count("\n")

    def _decoded(self) -> Iterator[str]:
        errors = "replace" if self.encoding.startswith("utf-16") else "surrogateescape"
        decoder = codecs.getincrementaldecoder(self.encoding)(errors)
        try:
            with self.path.open("rb") as file:
                file.seek(self.skip)
                while block := file.read(CHUNK):
                    yield decoder.decode(block)
            yield decoder.decode(b"", final=True)
        except OSError as error:
            raise ExportError(f"{self.path} cannot be read: {error.strerror}.") from None

    def _without_forbidden(self, piece: str, first_line: int) -> str:
        def mend(found: re.Match[str]) -> str:
            line = first_line + piece.count("\n", 0, found.start())
            kept = ""
            for character in found.group():
                code = ord(character)
                if code == 0:
                    # Nobody types a NUL: an export or a database made it of "\0".
                    self.nuls[line] = self.nuls.get(line, 0) + 1
                    kept += "\\0"
                elif 0xDC80 <= code <= 0xDCFF:
                    self.misread[line] = self.misread.get(line, 0) + 1
                    kept += bytes([code - 0xDC00]).decode("cp1252", "replace")
                else:
                    self.removed[line] = self.removed.get(line, 0) + 1
            return kept

        return FORBIDDEN.sub(mend, piece)

    def _root(self, text: str) -> int | None:
        """Where the root element begins; None while that cannot be told yet."""
        at = 0
        while (at := text.find("<", at)) >= 0:
            if text.startswith("<!--", at):
                end = text.find("-->", at + 4)
            elif text.startswith("<?", at):
                end = text.find("?>", at + 2)
            elif text.startswith("<!", at):
                if len(text) < at + 16:
                    return None
                raise self._refused(text[at : at + 16])
            elif len(text) < at + 2:
                return None
            elif text[at + 1].isalpha() or text[at + 1] in "_:":
                # A PHP warning printed above the export is HTML with an XML declaration after it.
                declared = -1 if text.startswith("<rss", at) else text.find("<?xml", at)
                if declared < 0:
                    self._note_rubbish(text[:at])
                    return at
                end = declared - 1
            else:
                end = at
            if end < 0:
                return None
            at = end + 1
        return None

    def _note_rubbish(self, prolog: str) -> None:
        bare = re.sub(r"<!--.*?-->|<\?.*?\?>", "", prolog, flags=re.DOTALL).strip()
        if bare:
            self.notes.append(f"Text before the export itself left out: “{bare[:80]}”.")
        elif "<?xml" in prolog and not prolog.lstrip("\ufeff").startswith("<?xml"):
            self.notes.append("Blank lines before the first line of XML left out.")

    def _refused(self, start: str) -> ExportError:
        if re.match(r"<!doctype\s+html", start, re.IGNORECASE):
            return ExportError(
                f"{self.path} is a web page, not a WordPress export. In WordPress, use "
                "Tools, Export, and save the file it offers."
            )
        return type_declared(self.path)

    def _not_xml(self, text: str) -> ExportError:
        begins = " ".join(text[:60].split())[:40]
        found = f"it begins with “{begins}”" if begins else "nothing in it is text"
        return ExportError(f"{self.path} is not XML: {found}. Nothing was imported.")


def type_declared(path: Path) -> ExportError:
    return ExportError(
        f"{path} declares a document type (DOCTYPE), which a WordPress export never does and "
        "which can hide entity bombs or reach for other files. It was refused; nothing was "
        "imported."
    )


def _encoding(head: bytes) -> tuple[str, int]:
    """The encoding and how many bytes of byte order mark to skip."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, len(mark) if mark[:1] not in (b"<", b"\x00") else 0
    declared = DECLARED.match(head)
    name = declared.group(1).decode("ascii") if declared else "utf-8"
    try:
        b"<".decode(name)  # refuses, unlike codecs.lookup, what is no encoding of text (rot13, zip)
        found = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        raise ExportError(
            f"The file says it is written in “{name}”, an encoding that is not known here. "
            "Nothing was imported."
        ) from None
    # A declaration that could be read as ASCII does not stand in UTF-16, whatever it says.
    if found.startswith(("utf-16", "utf-32")):
        return "utf-8", 0
    # What calls itself Latin-1 on the web is Windows-1252 (WHATWG Encoding, 4.2).
    return ("cp1252" if found == "iso8859-1" else found), 0


def _times(counted: dict[int, int], noun: str) -> str:
    total = sum(counted.values())
    return f"{total} {noun}{'' if total == 1 else 's'}"


def _lines(counted: dict[int, int]) -> str:
    named = ", ".join(str(line) for line in sorted(counted)[:LINES_NAMED])
    more = ", …" if len(counted) > LINES_NAMED else ""
    return f"on line{'' if len(counted) == 1 else 's'} {named}{more}"
