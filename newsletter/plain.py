"""A text without marks that reads as if it had been written so: for the plain part."""

from __future__ import annotations

import re
import textwrap
from typing import Final

import lxml.html
from lxml.html import HtmlElement

WIDTH: Final = 72
BLOCKS: Final = frozenset(
    "p h1 h2 h3 h4 li ul ol blockquote figure figcaption aside div section table tr pre dl dt dd "
    "details summary hr".split()
)
# Leads where the words before it lead: there the address stands already.
ONCE_MORE: Final = "card-more"
_SPACES: Final = re.compile(r"\s+")


def plain_text(html: str) -> str:
    """Paragraphs of at most 72 letters a line, lists with marks, links with their address."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    return "\n\n".join(_blocks(root)).strip() + "\n"


def _blocks(element: HtmlElement) -> list[str]:
    """The element's paragraphs, one string each."""
    found: list[str] = []
    line = element.text or ""
    for child in element:
        if child.tag in BLOCKS:
            found += _wrapped(line)
            found += _block(child)
            line = child.tail or ""
        else:
            line += _inline(child) + (child.tail or "")
    return found + _wrapped(line)


def _block(element: HtmlElement) -> list[str]:
    if element.tag in ("ul", "ol"):
        return _items(element)
    if element.tag == "hr" or element.get("class") == ONCE_MORE:
        return ["* * *"] if element.tag == "hr" else []
    if element.tag == "pre":
        return [element.text_content().rstrip()]
    if element.tag == "tr":
        return _row(element)
    paragraphs = _blocks(element)
    if element.tag in ("h1", "h2") and paragraphs:
        paragraphs[-1] += "\n" + "-" * len(paragraphs[-1].rpartition("\n")[2])
    if element.tag == "blockquote":
        return [textwrap.indent(text, "> ", _every_line) for text in paragraphs]
    return paragraphs


def _row(row: HtmlElement) -> list[str]:
    if _is_for_looks(row):
        return [text for cell in row for text in _blocks(cell)]
    cells = [_SPACES.sub(" ", cell.text_content()).strip() for cell in row]
    return _wrapped(" | ".join(cells))


def _is_for_looks(row: HtmlElement) -> bool:
    """Of a table that only puts things beside each other."""
    table = next(row.iterancestors("table"), None)
    return table is not None and table.get("role") == "presentation"


def _every_line(_: str) -> bool:
    return True


def _items(element: HtmlElement) -> list[str]:
    lines = []
    for number, item in enumerate(element.iterchildren("li"), start=1):
        mark = f"{number}. " if element.tag == "ol" else "- "
        text = "\n".join(_blocks(item))
        lines.append(mark + text.replace("\n", "\n" + " " * len(mark)))
    return ["\n".join(lines)] if lines else []


def _inline(element: HtmlElement) -> str:
    if element.tag == "br":
        return "\x00"
    if element.tag == "img":
        return f"[{element.get('alt')}]" if element.get("alt") else ""
    if not isinstance(element.tag, str):
        return ""
    words = (element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element)
    address = element.get("href", "") if element.tag == "a" and words.strip() else ""
    if address.startswith(("http", "mailto:", "[[")) and address not in words:
        return f"{words} <{address}>"
    return words


def _wrapped(text: str) -> list[str]:
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\x00")]
    wrapped = [
        textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in lines
    ]
    found = "\n".join(wrapped).strip()
    return [found] if found else []
