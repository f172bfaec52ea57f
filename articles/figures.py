"""How a text names the pictures that it shows: `<img data-picture="5" alt="…">`.

Rendering only puts them in order; `articles.pictures` fills in their files when a page is
made.
"""

from __future__ import annotations

import re
from typing import Final

from lxml.html import HtmlElement

MARK: Final = "data-picture"
# More digits than a number of the database has.
LONGEST_NUMBER: Final = 18
_MARKED: Final = re.compile(rf'{MARK}="([0-9]{{1,{LONGEST_NUMBER}}})"')


def render_pictures(marked: list[HtmlElement]) -> None:
    """Each picture alone in its paragraph becomes a figure, and none has any address but
    its number. A mark that names no picture goes."""
    for image in marked:
        for name in ("src", "width", "height", "loading", "decoding"):
            image.attrib.pop(name, None)
        if image.tag != "img" or not number_of(image):
            image.drop_tree()
            continue
        parent = image.getparent()
        if parent.tag == "p" and len(parent) == 1 and not parent.text_content().strip():
            parent.tag = "figure"


def numbers_in(html: str) -> list[int]:
    """The pictures that a rendered text names."""
    return [int(number) for number in set(_MARKED.findall(html))]


def number_of(image: HtmlElement) -> int:
    """0 where the mark names no picture."""
    mark = image.get(MARK, "")
    is_number = mark.isascii() and mark.isdigit() and len(mark) <= LONGEST_NUMBER
    return int(mark) if is_number else 0
