"""Formatting of an old text that articles do not have here: the words stay, it goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

START: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]{0,40})((?:\s[^<>]{0,2000})?)>")
LOOKS: Final = re.compile(r"\s(align|bgcolor|class|color|style)\s*=", re.IGNORECASE)
# Told on their own: forms, and code that would have run or restyled the page.
TOLD: Final = frozenset({"form", "script", "style"})
# A box and a span without looks of their own say nothing that a reader could miss.
SILENT: Final = frozenset({"div", "span", "wbr"})


def count_lost_formatting(html: str, kept: Collection[str], changes: Counter[str]) -> None:
    """Counts tags that are not `kept`, and the attributes that gave something its looks."""
    for found in START.finditer(html):
        tag = found[1].lower()
        if tag not in kept and tag not in TOLD | SILENT:
            changes[f"Formatting that articles do not have taken out, words kept\t<{tag}>"] += 1
        for look in LOOKS.findall(found[2]):
            changes[f"Colours, sizes and places of single things taken out\t{look.lower()}"] += 1
