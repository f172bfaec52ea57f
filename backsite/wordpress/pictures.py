"""Pictures of an imported text: those whose files are at hand become pictures of this site,
the others a figure with a link to where they are. Readers load nothing from there.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import lxml.html
from lxml.html import HtmlElement

from backsite.wordpress.export import Attachment
from backsite.wordpress.media import absolute, link_to, put_before, speakable

PICTURE_NAME: Final = re.compile(r"\.(?:avif|bmp|gif|jpe?g|png|svg|webp)$", re.IGNORECASE)
# A sign in the line, such as a smile, is no figure.
SIGN: Final = 48
# Where a figure may stand beside paragraphs.
ROOMS: Final = frozenset("address article blockquote center div footer header main section".split())


@dataclass(frozen=True, slots=True)
class Known:
    """A picture of this site, and what the old one said that it shows."""

    number: int
    alt: str


def _no_picture(address: str) -> Known | None:
    return None


def _no_gallery(given: dict[str, str]) -> list[Attachment]:
    return []


@dataclass(frozen=True, slots=True)
class OldPictures:
    """`find` gives the picture here for an address there, `gallery` the pictures that the
    attributes of a [gallery] name."""

    find: Callable[[str], Known | None] = _no_picture
    gallery: Callable[[dict[str, str]], list[Attachment]] = _no_gallery


def gallery_html(pictures: list[Attachment]) -> str:
    """One figure after the other: a text here has no galleries."""
    return "".join(
        f'\n\n<figure><img src="{html.escape(one.address)}" alt="{html.escape(one.alt)}">'
        f"<figcaption>{one.caption}</figcaption></figure>\n\n"
        for one in pictures
    )


def open_galleries(root: HtmlElement) -> None:
    """A figure of figures, and the list in it, leave their figures behind."""
    for figure in list(root.iter("figure")):
        if figure.getparent() is None or next(figure.iterdescendants("figure"), None) is None:
            continue
        for caption in figure.findall("figcaption"):
            caption.tag = "p"
        for part in [child for child in figure.iter("ul", "ol", "li") if child is not figure]:
            part.drop_tag()
        figure.drop_tag()


def place_picture(
    image: HtmlElement, root: HtmlElement, base: str, old: OldPictures, changes: Counter[str]
) -> None:
    source = (image.get("src") or "").strip()
    address = absolute(source, base) if source else ""
    if image.get("width") in ("0", "1") and image.get("height") in ("0", "1"):
        changes["Invisible counting pictures left out"] += 1
        image.drop_tree()
    elif urlsplit(address).scheme not in ("http", "https"):
        changes["Pictures without an address left out, their descriptions kept"] += 1
        put_before(image, None, (image.get("alt") or "").strip())
        image.drop_tree()
    elif known := old.find(address):
        changes["Pictures taken in with their files"] += 1
        _take_in(image, root, known)
    else:
        changes["Pictures kept as links to their old addresses"] += 1
        parent = image.getparent()
        _put_link(image, address)
        image.drop_tree()
        if parent is not None:
            _frame_lone_link(parent, root)


def _take_in(image: HtmlElement, root: HtmlElement, known: Known) -> None:
    shown: HtmlElement = lxml.html.Element("img")
    shown.set("data-picture", str(known.number))
    shown.set("alt", " ".join((image.get("alt") or known.alt).split()))
    old, around = image, image.getparent()
    if around is not None and around.tag == "a" and not around.text_content().strip():
        old = around
        if not PICTURE_NAME.search(urlsplit(around.get("href") or "").path):
            link = link_to(str(around.get("href") or ""))
            link.text = None
            link.append(shown)
            shown = link
    parent = old.getparent()
    if parent is None:
        return
    beside = parent.tag == "p" and (parent.getparent() is root or parent.getparent().tag in ROOMS)
    if beside and not _is_sign(image):
        parent.addprevious(_figure(shown))
    elif parent is root or parent.tag in ROOMS:
        old.addprevious(_figure(shown))
    else:
        old.addprevious(shown)
    old.drop_tree()


def _figure(shown: HtmlElement) -> HtmlElement:
    figure = lxml.html.Element("figure")
    figure.append(shown)
    return figure


def _is_sign(image: HtmlElement) -> bool:
    sizes = (image.get("width") or "", image.get("height") or "")
    return any(size.isascii() and size.isdigit() and int(size[:6]) <= SIGN for size in sizes)


def _frame_lone_link(parent: HtmlElement, root: HtmlElement) -> None:
    """A paragraph with nothing in it but the link of a picture was a picture between
    paragraphs."""
    holder = parent.getparent() if parent.tag == "a" else parent
    if holder is None or holder.tag != "p" or holder.getparent() is not root:
        return
    links = holder.findall("a")
    loose = [holder.text or "", *(child.tail or "" for child in holder)]
    if links and len(links) == len(holder) and not "".join(loose).strip():
        holder.tag = "figure"


def _put_link(image: HtmlElement, address: str) -> None:
    parts = urlsplit(address)
    file = speakable(unquote(parts.path.rsplit("/", 1)[-1]))
    alt = " ".join((image.get("alt") or image.get("title") or file or "no description").split())
    around = next(image.iterancestors("a"), None)
    if around is None:
        put_before(image, link_to(address, f"Picture: {alt} ({parts.netloc})"))
    elif PICTURE_NAME.search(urlsplit(around.get("href") or "").path):
        # The link around a picture leads as a rule to the same picture at full size.
        put_before(image, None, f"Picture: {alt} ({parts.netloc})")
    else:
        put_before(image, None, f"Picture: {alt}")
        beside = link_to(address, f"({parts.netloc})")
        beside.tail, around.tail = around.tail, None
        around.addnext(beside)
        around.tail = " "
