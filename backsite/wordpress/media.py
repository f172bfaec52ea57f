"""Players and links of an imported text.

The public pages ask no other host for anything, so a player becomes a card with a link, or a
plain link to what it showed.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import urljoin

import lxml.html
from lxml.html import HtmlElement

from backsite.lib.text import sendable
from backsite.wordpress.players import card, has_room


def speakable(text: str) -> str:
    """Without what no XML may hold and an entity or a %00 of HTML can smuggle in."""
    return sendable(text)


def relink(root: HtmlElement, base: str) -> None:
    for link in root.iter("a"):
        address = (link.get("href") or "").strip()
        if address and not address.startswith("#"):
            link.set("href", absolute(address, base))
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
    made = card(address, element.get("title") or "", changes) if has_room(element) else None
    if made is not None:
        put_before(element, made)
        element.drop_tag()
        return
    if element.tag != "source":
        changes[f"Players became links to what they showed\t<{element.tag}>"] += 1
    if address and absolute(address, base).startswith(("http://", "https://")):
        put_before(element, _standing(link_to(absolute(address, base)), element, root))
    element.drop_tag()


def put_before(element: HtmlElement, new: HtmlElement | None, text: str = "") -> None:
    if new is not None:
        element.addprevious(new)
        return
    elder, parent = element.getprevious(), element.getparent()
    if elder is not None:
        elder.tail = (elder.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def link_to(address: str, words: str = "") -> HtmlElement:
    link = lxml.html.Element("a", href=address)
    link.text = words or address
    return link


def absolute(address: str, base: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # an address that is none, such as http://[broken
        return ""
