"""What the code and the templates ask to be translated, found without GNU xgettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polib
from django.utils.translation.template import templatize

from backsite.lib import catalogues
from backsite.lib.catalogues import INSIDE, PO

ROOMS: Final = ("articles", "backsite", "comments", "newsletter")
# Which arguments are the context, the text and its plural.
CALLS: Final = {
    "_": ("id",),
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
}
_STRING: Final = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# Django writes a template so that xgettext could read it: calls between rows of X.
_IN_TEMPLATE: Final = re.compile(
    rf"\b(n?p?gettext|_)\({_STRING}(?:,\s*{_STRING})?(?:,\s*{_STRING})?", re.DOTALL
)
Asked = dict[tuple[str, str], str]


def asked(root: Path) -> Asked:
    """Context and text of all that is asked for, with the plural where there is one."""
    found: Asked = {}
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            found |= dict(_of_template(path))
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= dict(_of_module(path))
    return found


def _of_template(path: Path) -> Iterator[tuple[tuple[str, str], str]]:
    for name, *strings in _IN_TEMPLATE.findall(templatize(path.read_text(), origin=str(path))):
        yield _one(name, [ast.literal_eval(text) for text in strings if text])


def _of_module(path: Path) -> Iterator[tuple[tuple[str, str], str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [getattr(one, "value", None) for one in node.args[: len(CALLS.get(name, ()))]]
            if texts and all(isinstance(text, str) for text in texts):
                yield _one(name, [str(text) for text in texts])


def _one(name: str, texts: list[str]) -> tuple[tuple[str, str], str]:
    said = dict(zip(CALLS[name], texts, strict=False))
    return (said.get("context", ""), said["id"]), said.get("plural", "")


def languages(root: Path) -> list[str]:
    return sorted(path.parent.parent.name for path in (root / "locale").glob(f"*/{INSIDE}/{PO}"))


def catalogue(root: Path, language: str) -> Path:
    return root / "locale" / language / INSIDE / PO


def missing(root: Path, language: str) -> list[str]:
    """What is asked for and has no translation, and what is translated and not asked for."""
    wanted = asked(root)
    known = _by_key(catalogues.catalogue(catalogue(root, language)))
    untranslated = [
        f"not translated: {text!r}"
        for (context, text), plural in wanted.items()
        if (entry := known.get((context, text))) is None
        or not entry.translated()  # not even where somebody marked it as fuzzy
        or entry.msgid_plural != plural
    ]
    return untranslated + [f"not used: {text!r}" for _, text in known.keys() - wanted.keys()]


def renew(root: Path, language: str) -> int:
    """Writes the catalogue anew: what is new comes in, untranslated; what nobody asks for any
    more goes. Returns how many wait for a translation."""
    found = catalogues.catalogue(catalogue(root, language))
    known = _by_key(found)
    forms = re.search(r"nplurals=(\d+)", found.metadata.get("Plural-Forms", ""))
    empty = dict.fromkeys(range(int(forms[1]) if forms else 2), "")
    found.clear()
    for (context, text), plural in sorted(asked(root).items(), key=lambda item: item[0][::-1]):
        entry = known.get((context, text))
        if entry is None or entry.msgid_plural != plural:
            entry = polib.POEntry(msgid=text, msgctxt=context or None)
            if plural:
                entry.msgid_plural, entry.msgstr_plural = plural, dict(empty)
        found.append(entry)
    found.save()
    return len(found) - len(found.translated_entries())


def _by_key(entries: polib.POFile) -> dict[tuple[str, str], polib.POEntry]:
    return {(entry.msgctxt or "", entry.msgid): entry for entry in entries if not entry.obsolete}
