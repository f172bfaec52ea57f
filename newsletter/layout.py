"""What an issue looks like: its text in the one layout, as HTML and as plain text.

Both hold places such as `[[leave_link]]`, which are filled in for each reader
(`newsletter.sending.mould`); nothing personal is in them before.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import css_inline
import lxml.html
from django.conf import settings
from django.template.loader import render_to_string
from lxml.html import HtmlElement

from articles.models import Site

from .blocks import CARD
from .blocks.filling import Filled, fill
from .measuring.marking import as_if_marked, marked
from .plain import plain_text
from .sending.mould import PLACE

if TYPE_CHECKING:
    from .models import Issue

LEAVE_LINK: Final = "[[leave_link]]"
PREHEADER_LENGTH: Final = 120
_inliner: Final = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


class Parts(NamedTuple):
    """The two forms of one letter; `filled`: its own words, as the site shows them too."""

    html: str
    text: str
    filled: Filled


def render(issue: Issue, *, for_good: bool = False, as_if_counted: bool = False) -> Parts:
    """The letter as everybody gets it, but for the places. `for_good`: as it goes out now, with
    what is needed to count where that is on. `as_if_counted`: as long as it would be then."""
    site = Site.current()
    filled = fill(issue)
    body = led = for_mail(filled.html)
    if for_good and issue.measured != "off":
        led = marked(body, issue)
    elif as_if_counted:
        led = as_if_marked(body, issue)
    values: dict[str, Any] = {
        "issue": issue,
        "site": site,
        "subject": issue.subject,
        "preheader": issue.preheader or beginning(filled.words, PREHEADER_LENGTH),
        "body": led,
        "text": plain_text(body),
        "site_url": settings.SITE_URL,
        "leave_link": LEAVE_LINK,
        "change_link": "[[preferences_link]]",
        "read_link": issue.read_link,
    }
    html = _inliner.inline(render_to_string("newsletter/issue/letter.html", values))
    text = render_to_string("newsletter/issue/letter.txt", values)
    return Parts(html, text, filled)


def beginning(text: str, most: int) -> str:
    """The first words, so many letters at most; a place for a word about the reader counts as
    it stands, and is never cut."""
    if len(text) <= most:
        return text
    cut = text.rfind(" ", 0, most)
    cut = cut if cut > 0 else most
    places = PLACE.finditer(text)
    cut = next((one.start() for one in places if one.start() < cut < one.end()), cut)
    return text[:cut].rstrip()


def for_mail(html: str) -> str:
    """Addresses of ours in full, and of each picture the one file that all programs show."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for picture in list(root.iter("picture")):
        for source in picture.findall("source"):
            source.drop_tree()
        picture.drop_tag()
    for element in root.iter("a", "img"):
        for name in ("href", "src"):
            if (address := element.get(name, "")).startswith("/"):
                element.set(name, f"{settings.SITE_URL}{address}")
        for name in ("srcset", "sizes", "loading", "decoding"):
            element.attrib.pop(name, None)
    for name in ("tabindex", CARD):
        for element in root.xpath(f".//*[@{name}]"):
            del element.attrib[name]
    return inner_html(root)


def inner_html(root: HtmlElement) -> str:
    return escape(root.text or "", quote=False) + "".join(
        lxml.html.tostring(child, encoding="unicode") for child in root
    )
