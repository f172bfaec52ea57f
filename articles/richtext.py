"""What HTML an article may hold. One list, for everything that comes in: the editor,
imports, demonstration content.
"""

from __future__ import annotations

from typing import Final

import nh3

from backsite.lib.text import sendable

TAGS: Final = frozenset(
    "a abbr aside b blockquote br caption cite code col colgroup dd del details dl dt em "
    "figcaption figure h2 h3 h4 hr i img ins kbd li mark ol p pre q s small strong sub summary "
    "sup table tbody td tfoot th thead tr ul".split()
)
ATTRIBUTES: Final = {
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "aside": {"data-block", "data-cta", "data-note"},
    "blockquote": {"cite"},
    "cite": {"data-ref"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "figure": {"data-embed"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "img": {"src", "alt", "width", "height", "data-picture"},
    "ins": {"datetime"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
SCHEMES: Final = {"http", "https", "mailto", "tel"}


def clean(html: str) -> str:
    """The same text with nothing in it that could run, load or restyle."""
    return nh3.clean(
        sendable(html),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=SCHEMES,
        link_rel=None,
    )
