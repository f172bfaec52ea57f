"""From what a reader typed to HTML that is safe to show."""

from __future__ import annotations

import re
from typing import Final

import nh3
from django.utils.html import escape, urlize

# Imported comments may hold the few tags that WordPress lets its readers type.
TAGS: Final = set("a b blockquote br code em i li ol p pre strong ul".split())
# ugc: a link that a reader placed, nothing that the site vouches for.
LINK_REL: Final = "nofollow ugc noopener"

PLAIN: Final = "plain"
HTML: Final = "html"


# What stands beside paragraphs, not inside them.
BLOCK: Final = re.compile(r"(<(blockquote|pre|ol|ul)\b.*?</\2\s*>)", re.DOTALL | re.IGNORECASE)


def render(text: str, fmt: str = PLAIN) -> str:
    """Safe HTML of a comment typed as plain text or (imports) as simple HTML.

    Empty lines part paragraphs, single line breaks stay, bare addresses become links.
    """
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if fmt == PLAIN:
        html = _paragraphs(urlize(escape(text)))
    elif re.search(r"<p\b", text, re.IGNORECASE):
        html = text
    else:
        pieces = BLOCK.split(text)
        # The split gives text, block, the block's name, text, block, its name, text ...
        html = _paragraphs(pieces[0])
        for block, after in zip(pieces[1::3], pieces[3::3], strict=True):
            html += block + _paragraphs(after)
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=LINK_REL,
    )


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in re.split(r"\n{2,}", text) if part.strip()]
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)
