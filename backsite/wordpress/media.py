"""Pictures, players and links of an imported text.

The public pages ask no other host for anything, so a picture or a player that stays at its
old address becomes a link to it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
from lxml.html import HtmlElement

from backsite.lib.text import sendable

PICTURE_NAME: Final = re.compile(r"\.(?:avif|bmp|gif|jpe?g|png|svg|webp)$", re.IGNORECASE)


def speakable(text: str) -> str:
    """Without what no XML may hold and an entity or a %00 of HTML can smuggle in."""
    return sendable(text)


def relink(root: HtmlElement, base: str) -> None:
    for link in root.iter("a"):
        address = (link.get("href") or "").strip()
        if address and not address.startswith("#"):
            link.set("href", _absolute(address, base))
        if (name := link.get("name")) and not link.get("id"):
            link.set("id", name)


def _standing(link: HtmlElement, element: HtmlElement, root: HtmlElement) -> HtmlElement:
    """The link, as a paragraph where the element stood between paragraphs."""
    if element.getparent() is not root:
        return link
    paragraph = lxml.html.Element("p")
    paragraph.append(link)
    return paragraph


def link_player(element: HtmlElement, root: HtmlElement, base: str, changes: Counter[str]) -> None:
    address = (element.get("src") or element.get("data") or "").strip()
    if element.tag != "source":
        changes[f"Players became links to what they showed\t<{element.tag}>"] += 1
    if address and _absolute(address, base).startswith(("http://", "https://")):
        _put_before(element, _standing(_link(_absolute(address, base)), element, root))
    element.drop_tag()


def link_picture(image: HtmlElement, base: str, changes: Counter[str]) -> None:
    source = (image.get("src") or "").strip()
    address = _absolute(source, base) if source else ""
    if image.get("width") in ("0", "1") and image.get("height") in ("0", "1"):
        changes["Invisible counting pictures left out"] += 1
    elif urlsplit(address).scheme not in ("http", "https"):
        changes["Pictures without an address left out, their descriptions kept"] += 1
        _put_before(image, None, (image.get("alt") or "").strip())
    else:
        changes["Pictures kept as links to their old addresses"] += 1
        _put_picture(image, address)
    image.drop_tree()


def _put_picture(image: HtmlElement, address: str) -> None:
    parts = urlsplit(address)
    file = speakable(unquote(parts.path.rsplit("/", 1)[-1]))
    alt = " ".join((image.get("alt") or image.get("title") or file or "no description").split())
    around = next(image.iterancestors("a"), None)
    if around is None:
        _put_before(image, _link(address, f"Picture: {alt} ({parts.netloc})"))
    elif PICTURE_NAME.search(urlsplit(around.get("href") or "").path):
        # The link around a picture leads as a rule to the same picture at full size.
        _put_before(image, None, f"Picture: {alt} ({parts.netloc})")
    else:
        _put_before(image, None, f"Picture: {alt}")
        beside = _link(address, f"({parts.netloc})")
        beside.tail, around.tail = around.tail, None
        around.addnext(beside)
        around.tail = " "


def _put_before(element: HtmlElement, new: HtmlElement | None, text: str = "") -> None:
    if new is not None:
        element.addprevious(new)
        return
    elder, parent = element.getprevious(), element.getparent()
    if elder is not None:
        elder.tail = (elder.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def _link(address: str, words: str = "") -> HtmlElement:
    link = lxml.html.Element("a", href=address)
    link.text = words or address
    return link


def _absolute(address: str, base: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # an address that is none, such as http://[broken
        return ""
