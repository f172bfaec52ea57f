"""Translations: read from the .po files that people write, and made into the .mo files that
gettext reads, without the programs of GNU gettext, which few machines have.

What is made lies in the data folder under a name that says what it was made of, so that a new
release never reads an old one's, and nobody has to remember to make anything.
"""

from __future__ import annotations

import ast
import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

INSIDE: Final = Path("LC_MESSAGES")
PO: Final = "django.po"
MO: Final = "django.mo"
# GNU gettext's manual, "The Format of GNU MO Files".
MAGIC: Final = 0x950412DE
HEAD: Final = struct.Struct("<7I")
BETWEEN_CONTEXT_AND_ID: Final = "\x04"
KEYWORDS: Final = ("msgctxt", "msgid_plural", "msgid", "msgstr")


@dataclass(frozen=True)
class Entry:
    id: str
    said: tuple[str, ...]
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        return f"{self.context}{BETWEEN_CONTEXT_AND_ID}{self.id}" if self.context else self.id

    @property
    def is_translated(self) -> bool:
        return all(self.said)


def known_language(name: str, value: str) -> str:
    """The language of the site, as Django names it: `de`, `fr`, `pt-br`."""
    code = value.strip().lower().replace("_", "-")
    if code not in LANG_INFO or "name" not in LANG_INFO[code]:
        raise ImproperlyConfigured(f"{name}={value!r} is no language that is known: write en, de …")
    return code


def compiled(source: Path, into: Path) -> Path:
    """The folder of .mo files for all .po files in `source`, made inside `into` where missing."""
    files = sorted(source.glob(f"*/{INSIDE}/{PO}"))
    words = hashlib.sha256()
    for file in files:
        words.update(file.parent.parent.name.encode() + b"\0" + file.read_bytes() + b"\0")
    folder = into / words.hexdigest()[:16]
    for file in files:
        made = folder / file.parent.parent.name / INSIDE / MO
        if not made.exists():
            _write(made, binary(list(entries(file))))
    return folder


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written: {error.strerror}. Translations are kept there: "
            "set BACKSITE_DATA to a folder that can be written."
        ) from None


def entries(path: Path) -> Iterator[Entry]:
    """What stands in a .po file, its head (the entry without an id) included."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for number, line in enumerate(block.splitlines()):
            if not line or line.startswith("#"):
                continue
            word, _, rest = line.partition(" ")
            begins = word.partition("[")[0] in KEYWORDS
            name = word if begins else name
            try:
                text = str(ast.literal_eval(rest if begins else line))
            except (SyntaxError, ValueError):
                start = block.splitlines()[0]
                raise ImproperlyConfigured(
                    f"{path}: line {number + 1} of the entry at {start!r} cannot be read."
                ) from None
            parts[name] = parts.get(name, "") + text
        if "msgid" in parts:
            said = tuple(text for name, text in sorted(parts.items()) if name.startswith("msgstr"))
            yield Entry(
                parts["msgid"], said, parts.get("msgid_plural", ""), parts.get("msgctxt", "")
            )


def binary(found: list[Entry]) -> bytes:
    """A .mo file of those that are translated."""
    pairs = sorted(
        (
            (f"{entry.key}\0{entry.plural}" if entry.plural else entry.key).encode(),
            "\0".join(entry.said).encode(),
        )
        for entry in found
        if entry.is_translated
    )
    table = HEAD.size
    texts = table + 16 * len(pairs)
    blob = bytearray()
    where: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            where.append(struct.pack("<2I", len(pair[column]), texts + len(blob)))
            blob += pair[column] + b"\0"
    head = HEAD.pack(MAGIC, 0, len(pairs), table, table + 8 * len(pairs), 0, texts)
    return head + b"".join(where) + bytes(blob)


def quoted(text: str) -> str:
    """As a .po file writes it: a line for each line."""
    lines = text.splitlines(keepends=True) or [""]
    if len(lines) > 1:
        lines.insert(0, "")
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return "\n".join('"' + line.replace("\n", "\\n") + '"' for line in escaped)


def written(entry: Entry) -> str:
    """One entry of a .po file."""
    lines = [f"msgctxt {quoted(entry.context)}"] if entry.context else []
    lines.append(f"msgid {quoted(entry.id)}")
    if entry.plural:
        lines.append(f"msgid_plural {quoted(entry.plural)}")
        lines += [f"msgstr[{at}] {quoted(text)}" for at, text in enumerate(entry.said)]
    else:
        lines.append(f"msgstr {quoted(entry.said[0])}")
    return "\n".join(lines) + "\n"
