"""Players of other sites, as the cards that stand for them here: nothing is loaded from there
before a reader follows the link."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Final
from urllib.parse import parse_qs, urlsplit

import lxml.html
from lxml.html import HtmlElement

from articles.embeds import site_of

# (address of a player, address of the page on which a reader finds the same), the part in
# brackets being the film's own name.
PAGES: Final = (
    (
        re.compile(r"//(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|v|shorts)/([\w-]{6,20})"),
        "https://www.youtube.com/watch?v={}",
    ),
    (re.compile(r"//youtu\.be/([\w-]{6,20})"), "https://www.youtube.com/watch?v={}"),
    (re.compile(r"//player\.vimeo\.com/video/(\d{1,12})"), "https://vimeo.com/{}"),
    (re.compile(r"//embed\.ted\.com/talks/([\w-]{1,200})"), "https://www.ted.com/talks/{}"),
)
WATCHED: Final = re.compile(r"//(?:www\.|m\.)?youtube\.com/watch")
FILM: Final = re.compile(r"[\w-]{6,20}")
ADDRESS: Final = re.compile(r"https?://\S{1,500}")
# One of these holds a line, in which a card has no room.
LINES: Final = frozenset("a abbr b cite code em h2 h3 h4 i li s small strong td th".split())


def page_of(address: str) -> str:
    """The page of the film or recording behind a player's address; empty where there is no
    card for its site."""
    address = html.unescape(address.strip())
    if address.startswith("//"):
        address = f"https:{address}"
    for player, page in PAGES:
        if found := player.search(address):
            return page.format(found[1])
    if WATCHED.search(address):
        films = parse_qs(urlsplit(address).query).get("v", [""])
        found = FILM.match(films[0])
        return PAGES[0][1].format(found[0]) if found else ""
    # A list, a channel or the front page of such a site is no film.
    return address if site_of(address) and urlsplit(address).path.strip("/") else ""


def card(address: str, title: str, changes: Counter[str]) -> HtmlElement | None:
    """The block of our own for it; None where its site has none."""
    page = page_of(address)
    found = site_of(page) if page else None
    if found is None:
        return None
    changes[f"Players became cards with a link\t{found[0]}"] += 1
    figure = lxml.html.Element("figure")
    figure.set("data-embed", page)
    words = " ".join(title.split())
    if words:
        caption = lxml.html.Element("figcaption")
        caption.text = words
        figure.append(caption)
    return figure


def has_room(element: HtmlElement) -> bool:
    return not any(ancestor.tag in LINES for ancestor in element.iterancestors())


def show_lone_addresses(root: HtmlElement, changes: Counter[str]) -> None:
    """WordPress made a player of an address alone in its line; so did the block around one."""
    for element in list(root.iter("p", "figure")):
        gone = not any(ancestor is root for ancestor in element.iterancestors())
        if gone or element.get("data-embed") or not has_room(element):
            continue
        caption = element.find("figcaption")
        title = "" if caption is None else caption.text_content()
        whole = element.text_content().strip().removesuffix(title.strip()).strip()
        if not ADDRESS.fullmatch(whole) or _holds_more(element):
            continue
        made = card(whole, title, changes)
        if made is not None:
            made.tail = element.tail
            element.getparent().replace(element, made)


def _holds_more(element: HtmlElement) -> bool:
    """Anything but the address, a link on it, and a caption."""
    kinds = {str(child.tag) for child in element.iterdescendants() if child.tag != "figcaption"}
    caption = element.find("figcaption")
    inside = set() if caption is None else {str(child.tag) for child in caption.iterdescendants()}
    return bool(kinds - inside - {"a", "br", "div", "p"})
