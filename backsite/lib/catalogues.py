"""Translations: the .po files that people write, and the .mo files that gettext reads, made
without the programs of GNU gettext, which few machines have.

What is made lies in the data folder under a name that says what it was made of, so that a new
release never reads an old one's, and nobody has to remember to make anything.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import polib
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

INSIDE: Final = Path("LC_MESSAGES")
PO: Final = "django.po"
MO: Final = "django.mo"


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
            _write(made, catalogue(file).to_binary())
    return folder


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a name that exists is never made again
        draft.replace(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written: {error.strerror}. Translations are kept there: "
            "set BACKSITE_DATA to a folder that can be written."
        ) from None


def catalogue(path: Path) -> polib.POFile:
    """What stands in a .po file; said in one line where it cannot be read."""
    try:
        return polib.pofile(str(path), encoding="utf-8", wrapwidth=0)
    except (OSError, UnicodeDecodeError) as error:  # polib's word for a fault of syntax is OSError
        raise ImproperlyConfigured(f"{path} cannot be read: {error}") from None


def said(entry: polib.POEntry) -> tuple[str, ...]:
    """What an entry says, a text for each form of the plural."""
    forms = entry.msgstr_plural
    return tuple(forms[at] for at in sorted(forms)) if forms else (entry.msgstr,)
