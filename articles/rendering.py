"""From what a writer wrote to what readers get."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

import lxml.html
from django.utils.text import slugify
from django.utils.translation import gettext
from lxml import etree
from lxml.html import HtmlElement

from backsite.lib.remembered import remembered

from .embeds import show_embeds
from .figures import MARK, render_pictures
from .richtext import clean

# What stands in a body for something else: the attribute that marks it, and what puts the
# real thing in its place. It is given all elements so marked in one body at once, in their
# order (so that one query can serve them all), and changes them where they stand; what it
# puts there is not cleaned again. Called only where there are any.
Fill = Callable[[list[HtmlElement]], None]
BLOCKS: Final[list[tuple[str, Fill]]] = [
    ("data-embed", show_embeds),
    (MARK, render_pictures),
]


def _nothing(places: list[HtmlElement]) -> None:
    for place in places:
        place.drop_tree()


# What only letters can hold: copied into an article, it becomes nothing.
OF_LETTERS: Final[list[tuple[str, Fill]]] = [("data-block", _nothing)]

HEADINGS: Final = ("h2", "h3")
# Names that the page around the text uses itself.
PAGE_IDS: Final = ("main", "title", "key-points", "references", "comments", "respond")
INLINE: Final = frozenset(
    "a abbr b cite code del em i ins kbd mark q s small strong sub sup".split()
)


def render_body(
    body: str, reference_keys: list[str], *, extra: Sequence[tuple[str, Fill]] = OF_LETTERS
) -> tuple[str, str]:
    """(html, text) of a body.

    Reference marks (`<cite data-ref="KEY">`) get the number that their key has in
    `reference_keys` and a link to the list at the end; a mark without such a key
    becomes nothing. Headings get ids, tables a frame in which they can scroll, pictures
    load late. `text` is the plain text, for search and for the reading time. `extra`: more
    blocks, for this text alone.
    """
    root = lxml.html.fragment_fromstring(clean(body), create_parent="div")
    numbers = {key: number for number, key in enumerate(reference_keys, start=1)}
    _number_marks(root, numbers)
    _name_headings(root)
    _frame_tables(root)
    for note in root.iter("aside"):
        # Part of the text, not one more landmark of the page beside it.
        if note.get("data-note") is not None:
            note.set("role", "note")
    for image in root.iter("img"):
        image.set("loading", "lazy")
        image.set("decoding", "async")
    for attribute, fill in [*BLOCKS, *extra]:
        if marked := root.xpath(f".//*[@{attribute}]"):
            fill(marked)
    return _inner_html(root), _plain_text(root)


def words_in(text: str) -> int:
    return len(text.split())


@remembered(50)  # of what is read again and again; the texts stay in memory with it
def headings_in(html: str) -> tuple[tuple[str, str], ...]:
    """(id, text) of each h2, for a table of contents."""
    root = lxml.html.fragment_fromstring(html or "", create_parent="div")
    return tuple(
        (str(heading.get("id")), " ".join(heading.text_content().split()))
        for heading in root.iter("h2")
        if heading.get("id") and heading.getparent().tag != "aside"
    )


def heading_words(html: str) -> str:
    """The words of all headings, for search."""
    root = lxml.html.fragment_fromstring(html or "", create_parent="div")
    texts = (" ".join(part.text_content().split()) for part in root.iter("h2", "h3", "h4"))
    return "\n".join(text for text in texts if text)


def cited_keys(body: str) -> list[str]:
    """The keys that a body cites, each once, in the order of their first appearance."""
    return list(dict.fromkeys(re.findall(r'data-ref="([^"]+)"', body)))


def _number_marks(root: HtmlElement, numbers: dict[str, int]) -> None:
    seen: dict[str, int] = {}
    for mark in list(root.iter("cite")):
        key = mark.get("data-ref")
        if key is None:
            continue
        number = numbers.get(key)
        if number is None:
            mark.drop_tag()
            continue
        seen[key] = seen.get(key, 0) + 1
        link = lxml.html.Element("a", href=f"#ref-{number}", id=f"mark-{number}-{seen[key]}")
        link.set("aria-label", gettext("Reference {number}").format(number=number))
        link.text = str(number)
        frame = lxml.html.Element("sup")
        frame.set("class", "mark")
        frame.append(link)
        frame.tail = mark.tail
        mark.getparent().replace(mark, frame)


def _name_headings(root: HtmlElement) -> None:
    taken = set(PAGE_IDS)
    for heading in root.iter(*HEADINGS):
        name = base = heading.get("id") or slugify(heading.text_content())[:60] or "part"
        counter = 2
        while name in taken:
            name, counter = f"{base}-{counter}", counter + 1
        taken.add(name)
        heading.set("id", name)


def _frame_tables(root: HtmlElement) -> None:
    """A wide table scrolls in its own frame, by keyboard too, never the whole page."""
    for table in list(root.iter("table")):
        frame = lxml.html.Element("section")
        frame.set("class", "table-frame")
        frame.set("tabindex", "0")
        caption = table.find("caption")
        label = caption.text_content() if caption is not None else gettext("Table")
        frame.set("aria-label", " ".join(label.split()))
        frame.tail, table.tail = table.tail, None
        table.getparent().replace(table, frame)
        frame.append(table)


def _plain_text(root: HtmlElement) -> str:
    """The words, with a space where a block ends: two headings are not one word. Without
    the numbers of the reference marks, which would stick to the words before them."""
    for number in root.xpath("//sup[@class='mark']/a"):
        number.text = ""
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            pieces.append(element.text or "")
        else:
            pieces += ["" if element.tag in INLINE else " ", element.tail or ""]
    return " ".join("".join(pieces).split())


def _inner_html(root: HtmlElement) -> str:
    parts = [lxml.html.tostring(child, encoding="unicode") for child in root]
    return escape(root.text or "", quote=False) + "".join(parts)
