"""From what somebody typed to HTML that is safe to show.

Readers write light text: empty lines part paragraphs, `*words*` are emphasised and
`**words**` strong, lines with `-` or `1.` are lists, lines with `>` a quotation, addresses
of pages become links. E-mail addresses that readers typed into their words are not shown:
those who gather addresses for advertising read pages like ours. The text keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Final

import nh3
from django.utils.html import escape, urlize
from django.utils.translation import gettext_lazy as _

# Imported comments may hold the few tags that WordPress lets its readers type.
TAGS: Final = set("a b blockquote br code em i li ol p pre strong ul".split())
# ugc: a link that a reader placed, nothing that the site vouches for.
LINK_REL: Final = "nofollow ugc noopener"

PLAIN: Final = "plain"
HTML: Final = "html"
LIGHT: Final = "light"

# What readers see in place of an address of somebody's mail.
HIDDEN_ADDRESS: Final = _("(e-mail address not shown)")
# Not after a slash: an address of a page may hold an @.
_MAIL_ADDRESS: Final = re.compile(r"(?<![\w.+%/@-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")

# What stands beside paragraphs, not inside them.
BLOCK: Final = re.compile(r"(<(blockquote|pre|ol|ul)\b.*?</\2\s*>)", re.DOTALL | re.IGNORECASE)

_QUOTED: Final = re.compile(r" {0,3}> ?")
_BULLET: Final = re.compile(r" {0,3}[-*•] +(?=\S)")
_NUMBER: Final = re.compile(r" {0,3}(\d{1,3})[.)] +(?=\S)")
# A quotation in a quotation is somebody's history of mails; deeper ones lie flat.
_DEEPEST_QUOTE: Final = 3

# What is left of a link whose address was none.
_LEADS_NOWHERE: Final = re.compile(rf'<a rel="{LINK_REL}">(.*?)</a>', re.DOTALL)
_LINK: Final = re.compile(r"(<a [^>]*>.*?</a>)", re.DOTALL)
_STRONG: Final = re.compile(r"(?<![\w*])\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*(?![\w*])")
_EMPHASIS: Final = re.compile(
    r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"
)


def render(text: str, fmt: str = PLAIN, *, addresses: bool = False) -> str:
    """Safe HTML of a comment. `addresses`: e-mail addresses in it are meant to be seen."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not addresses:
        text = without_addresses(text)
    makers: dict[str, Callable[[str], str]] = {PLAIN: _plain, HTML: _simple_html, LIGHT: _light}
    html = nh3.clean(
        makers[fmt](text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel=LINK_REL,
    )
    return _LEADS_NOWHERE.sub(r"\1", html)


def without_addresses(text: str) -> str:
    """The text as others may read it."""
    return _MAIL_ADDRESS.sub(str(HIDDEN_ADDRESS), text)


def _plain(text: str) -> str:
    return _paragraphs(urlize(escape(text)))


def _simple_html(text: str) -> str:
    if re.search(r"<p\b", text, re.IGNORECASE):
        return text
    pieces = BLOCK.split(text)
    # The split gives text, block, the block's name, text, block, its name, text ...
    html = _paragraphs(pieces[0])
    for block, after in zip(pieces[1::3], pieces[3::3], strict=True):
        html += block + _paragraphs(after)
    return html


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in re.split(r"\n{2,}", text) if part.strip()]
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)


def _light(text: str, depth: int = 0) -> str:
    html = ""
    for kind, group in groupby(text.split("\n"), key=_kind_of):
        lines = list(group)
        if kind == "quote":
            inner = "\n".join(_QUOTED.sub("", line, count=1) for line in lines)
            deeper = depth + 1 < _DEEPEST_QUOTE
            html += (
                f"<blockquote>{_light(inner, depth + 1) if deeper else _flat(inner)}</blockquote>"
            )
        elif kind == "bullets":
            html += f"<ul>{_items(lines, _BULLET)}</ul>"
        elif kind == "numbers":
            first = _NUMBER.match(lines[0])
            start = int(first[1]) if first else 1
            html += f'<ol start="{start}">{_items(lines, _NUMBER)}</ol>'
        elif kind == "words":
            html += _flat("\n".join(lines))
    return html


def _kind_of(line: str) -> str:
    if not line.strip():
        return "nothing"
    for kind, sign in (("quote", _QUOTED), ("bullets", _BULLET), ("numbers", _NUMBER)):
        if sign.match(line):
            return kind
    return "words"


def _items(lines: list[str], sign: re.Pattern[str]) -> str:
    return "".join(f"<li>{_inline(sign.sub('', line, count=1))}</li>" for line in lines)


def _flat(text: str) -> str:
    lines = [_inline(line.strip()) for line in text.strip().split("\n")]
    return f"<p>{'<br>'.join(lines)}</p>" if any(lines) else ""


def _inline(text: str) -> str:
    pieces = _LINK.split(urlize(escape(text)))
    return "".join(piece if number % 2 else _stressed(piece) for number, piece in enumerate(pieces))


def _stressed(html: str) -> str:
    html = _STRONG.sub(r"<strong>\1</strong>", html)
    return _EMPHASIS.sub(lambda found: f"<em>{found[1] or found[2]}</em>", html)
