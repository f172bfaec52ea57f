"""One function for each kind of block: the HTML that the editor writes for it, as a list of
blocks, empty where nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from ..embeds import site_of
from .lines import Marks, attributes_of, escaped, quoted
from .tables import cells_of, even, head_of

if TYPE_CHECKING:
    from .flow import Flow


def _tight(blocks: list[str], *, with_lists: bool = False) -> str:
    """A box that holds one paragraph holds its words without it; a list below them may stay."""
    rest = blocks[1:]
    lists = with_lists and all(block.startswith(("<ul", "<ol")) for block in rest)
    if blocks and blocks[0].startswith("<p>") and (not rest or lists):
        return blocks[0][len("<p>") : -len("</p>")] + "".join(rest)
    return "".join(blocks)


def _heading(element: Element, marks: Marks, flow: Flow) -> list[str]:
    line = flow.one_line(element, marks)
    return [f"<{element.tag}{attributes_of(element)}>{line}</{element.tag}>"] if line else []


def _box(element: Element, marks: Marks, flow: Flow) -> list[str]:
    blocks = flow.inside(element, marks)
    opening = f"{element.tag}{attributes_of(element)}"
    return [f"<{opening}>{''.join(blocks)}</{element.tag}>"] if blocks else []


def _listing(element: Element, marks: Marks, flow: Flow) -> list[str]:
    text = flow.raw(element, marks)
    return [f"<pre>{text}</pre>"] if text.strip() else []


def _list(element: Element, marks: Marks, flow: Flow) -> list[str]:
    items: list[list[str]] = []
    for child in _with_loose_text(element, "li"):
        blocks = flow.inside(child, marks) if child.tag == "li" else flow.block(child, marks)
        if child.tag in ("ul", "ol") and items:
            items[-1] += blocks
        elif blocks:
            items.append(blocks)
    shown = "".join(f"<li>{_tight(blocks, with_lists=True)}</li>" for blocks in items)
    return [f"<{element.tag}{attributes_of(element)}>{shown}</{element.tag}>"] if shown else []


def _with_loose_text(element: Element, tag: str) -> list[Element]:
    """The children; text that stands between them as if each stood in a `tag` of its own."""
    found: list[Element] = []
    for text, child in [(element.text, None), *((child.tail, child) for child in element)]:
        if child is not None:
            found.append(child)
        if text and text.strip():
            loose = Element(tag)
            loose.text = text
            found.append(loose)
    return found


def _terms(element: Element, marks: Marks, flow: Flow) -> list[str]:
    parts = []
    for child in _with_loose_text(element, "dd"):
        if child.tag == "dt" and (line := flow.one_line(child, marks)):
            parts.append(f"<dt>{line}</dt>")
        elif child.tag != "dt" and (blocks := flow.inside(child, marks)):
            parts.append(f"<dd>{_tight(blocks)}</dd>")
    return [f"<dl>{''.join(parts)}</dl>"] if parts else []


def _details(element: Element, marks: Marks, flow: Flow) -> list[str]:
    title = element.find("summary")
    line = flow.one_line(title, marks) if title is not None else ""
    blocks = flow.inside(element, marks, () if title is None else (title,))
    if not line and not blocks:
        return []
    return [f"<details><summary>{line or 'More'}</summary>{''.join(blocks)}</details>"]


def _aside(element: Element, marks: Marks, flow: Flow) -> list[str]:
    if key := element.get("data-cta"):
        return [f'<aside data-cta="{quoted(key)}"></aside>']
    if what := element.get("data-block"):
        return [f'<aside data-block="{quoted(what)}"></aside>']
    kind = element.get("data-note")
    opening = "" if kind is None else f' data-note="{quoted(kind)}"'
    blocks = flow.inside(element, marks)
    return [f"<aside{opening}>{''.join(blocks)}</aside>"] if blocks else []


def _figure(element: Element, marks: Marks, flow: Flow) -> list[str]:
    if "data-embed" in element.attrib:
        return _embed(element, flow)
    captions = [child for child in element if child.tag == "figcaption"]
    blocks = flow.inside(element, marks, captions)
    lines = [line for caption in captions if (line := flow.one_line(caption, marks))]
    caption = " ".join(lines)
    if not blocks:
        return [f"<p>{caption}</p>"] if caption else []
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return [f"<figure>{_tight(blocks)}{below}</figure>"]


def _embed(element: Element, flow: Flow) -> list[str]:
    address, title = element.attrib["data-embed"], " ".join("".join(element.itertext()).split())
    if site_of(address):
        caption = f"<figcaption>{escaped(title)}</figcaption>" if title else ""
        return [f'<figure data-embed="{quoted(address)}">{caption}</figure>']
    flow.changes["Players of sites that have no card here became links"] += 1
    words = escaped(title or address)
    if not address.startswith(("http://", "https://")):
        return [f"<p>{words}</p>"]
    return [f'<p><a href="{quoted(address)}">{words}</a></p>']


def _table(element: Element, marks: Marks, flow: Flow) -> list[str]:
    """What is its head, its cells say, whatever it was called."""
    caption = element.find("caption")
    line = flow.one_line(caption, marks) if caption is not None else ""
    rows, changed = even(element)
    if changed:
        flow.changes["Cells of uneven tables added or cut to size"] += changed
    shown = [_row(row, marks, flow) for row in rows]
    if element.find("colgroup") is not None:
        flow.changes["Widths of table columns left out"] += 1
    if not shown:
        return [f"<p>{line}</p>"] if line else []
    heads = head_of(rows)
    parts = [f"<caption>{line}</caption>" if line else ""]
    for tag, part in (("thead", shown[:heads]), ("tbody", shown[heads:])):
        if part:
            parts.append(f"<{tag}>{''.join(part)}</{tag}>")
    return [f"<table>{''.join(parts)}</table>"]


def _row(row: Element, marks: Marks, flow: Flow) -> str:
    shown = "".join(
        f"<{cell.tag}{attributes_of(cell)}>{_tight(flow.inside(cell, marks))}</{cell.tag}>"
        for cell in cells_of(row)
    )
    return f"<tr>{shown}</tr>"


def _rule(element: Element, marks: Marks, flow: Flow) -> list[str]:
    return ["<hr>"]


BLOCKS: Final[dict[str, Callable[[Element, Marks, Flow], list[str]]]] = {
    "aside": _aside,
    "blockquote": _box,
    "details": _details,
    "dl": _terms,
    "figure": _figure,
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "hr": _rule,
    "ol": _list,
    "pre": _listing,
    "table": _table,
    "ul": _list,
}
