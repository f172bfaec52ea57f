"""Makes an export that is not well-formed readable without losing what people wrote in it.

Three faults account for the broken exports seen in the wild: a CDATA section inside a text
ends the section around it too early; text outside CDATA holds a bare `&` or an entity of
HTML; a character is written as a number that XML forbids.
"""

from __future__ import annotations

import html
import re

# WordPress writes its long texts as <tag><![CDATA[...]]></tag>; where the section really ends
# is where its own closing tag follows.
WRAPPED = re.compile(r"<([A-Za-z_][\w:.-]*)>\s*<!\[CDATA\[(.*?)\]\]>\s*</\1>", re.DOTALL)
SECTION = re.compile(r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)", re.DOTALL)
TYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
ITEM = re.compile(r"<item[\s>]")
REFERENCE = re.compile(r"&(?:#(\d{1,7}|[xX][0-9A-Fa-f]{1,6});|(\w{1,32});)?")
OF_XML = {"amp", "lt", "gt", "quot", "apos"}


def repair(text: str) -> tuple[str, list[str]]:
    """The text with the faults mended that can be told for certain, and what they were.
    Line numbers stay as they were."""
    text, reopened = _close_sections_where_they_end(text)
    text, references = _mend_references(text)
    notes = []
    if reopened:
        notes.append(f"CDATA sections that ended too early closed at their true end: {reopened}.")
    if references:
        notes.append(f"Characters written in a way that XML does not know mended: {references}.")
    return text, notes


def declares_type(text: str) -> bool:
    """Whether a document type or an entity is declared anywhere outside the texts."""
    return any(TYPE.search(part) for part in SECTION.split(text)[::2])


def items_in(text: str) -> int:
    """How many items begin in it, whether or not a parser comes to see them."""
    return sum(len(ITEM.findall(part)) for part in SECTION.split(text)[::2])


def _close_sections_where_they_end(text: str) -> tuple[str, int]:
    count = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal count
        inner = found.group(2)
        # Sections placed one after the other are right as they stand; so is what the exporter
        # escaped itself, which reads "]]]]><![CDATA[>".
        if "]]>" not in re.sub(r"\]\]>\s*<!\[CDATA\[", "", inner):
            return found.group()
        count += 1
        safe = inner.replace("]]]]><![CDATA[>", "]]>").replace("]]>", "]]]]><![CDATA[>")
        tag = found.group(1)
        return f"<{tag}><![CDATA[{safe}]]></{tag}>"

    return WRAPPED.sub(mend, text), count


def _mend_references(text: str) -> tuple[str, int]:
    count = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal count
        number, name = found.groups()
        if name in OF_XML or (number and _allowed(number)):
            return found.group()
        count += 1
        if number:
            return ""
        known = html.unescape(found.group()) if name else ""
        if name and known != found.group():
            return html.escape(known)
        return "&amp;" + found.group()[1:]

    parts = SECTION.split(text)
    for place in range(0, len(parts), 2):
        parts[place] = REFERENCE.sub(mend, parts[place])
    return "".join(parts), count


def _allowed(number: str) -> bool:
    """Whether XML 1.0 (2.2) lets this character be."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
