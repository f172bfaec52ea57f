"""Films and recordings at other sites. A reader who has not asked for one loads nothing
from there: what stands in an article is a card with a plain link.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import urlsplit

import lxml.html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from lxml.html import HtmlElement

# (site, what one finds there) by the host of an address. A card is trusted to lead to a film
# or a recording, so only sites that hold nothing else may have one.
SITES: Final = {
    "youtube.com": ("YouTube", "video"),
    "youtu.be": ("YouTube", "video"),
    "youtube-nocookie.com": ("YouTube", "video"),
    "vimeo.com": ("Vimeo", "video"),
    "player.vimeo.com": ("Vimeo", "video"),
    "ted.com": ("TED", "talk"),
    "soundcloud.com": ("SoundCloud", "recording"),
    "open.spotify.com": ("Spotify", "recording"),
    "podcasts.apple.com": ("Apple Podcasts", "recording"),
}
_KINDS: Final = {"video": _("Video"), "talk": _("Talk"), "recording": _("Recording")}
CARD: Final = (
    '<figure class="embed"><p><strong>{title}</strong> <span>{place}</span></p>'
    '<p><a class="button" href="{address}" rel="noopener">{verb}</a></p></figure>'
)


def site_of(address: str) -> tuple[str, str] | None:
    """(site, what one finds there), or None for an address that gets no card."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    return SITES.get((parts.hostname or "").removeprefix("www.").removeprefix("m."))


def show_embeds(marked: list[HtmlElement]) -> None:
    """Puts a card for each; one for a site that gets none becomes a plain link."""
    for element in marked:
        address = str(element.get("data-embed"))
        title = " ".join(element.text_content().split())
        new = _card(address, title)
        new.tail, element.tail = element.tail, None
        element.getparent().replace(element, new)


def _card(address: str, title: str) -> HtmlElement:
    found = site_of(address)
    if found is None:
        paragraph = lxml.html.Element("p")
        if address.startswith(("http://", "https://")):
            link = lxml.html.Element("a", href=address)
            link.text = title or address
            paragraph.append(link)
        else:
            paragraph.text = title
        return paragraph
    site, kind = found
    watched = kind in ("video", "talk")
    verb = gettext("Watch it at {site}") if watched else gettext("Listen to it at {site}")
    card = CARD.format(
        title=escape(title or str(_KINDS[kind])),
        place=escape(gettext("{kind} at {site}").format(kind=_KINDS[kind], site=site)),
        address=escape(address),
        verb=escape(verb.format(site=site)),
    )
    return lxml.html.fragment_fromstring(card)
