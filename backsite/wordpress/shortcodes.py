"""WordPress's [shortcodes]: what plugins filled in when a page was shown.

Only what is certainly a shortcode is touched: people write [sic] and [1] too. Certain is a
name that WordPress itself knows, a name with a closing tag of its own, or one with attributes.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Final

from backsite.wordpress.pictures import OldPictures, gallery_html

NO_PICTURES: Final = OldPictures()
ATTRIBUTES: Final = r"""(?:\s+[\w-]+\s*=\s*(?:"[^"]{0,4000}"|'[^']{0,4000}'|[^\s"'\]]{1,500}))"""
SHORTCODE: Final = re.compile(
    rf"(?<!\[)\[(?P<close>/?)(?P<name>[a-z][\w-]{{1,40}})"
    rf"(?P<attributes>{ATTRIBUTES}{{0,40}})(?P<rest>[^\[\]<>\n]{{0,500}}?)\s*/?\](?!\])",
    re.IGNORECASE,
)
ATTRIBUTE: Final = re.compile(
    r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'\]]+))""", re.IGNORECASE
)
ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\]]+")
CORE: Final = frozenset("audio caption embed gallery playlist video wp_caption".split())
# Those of WordPress.com and Jetpack that stand alone and hold nothing but an address.
PLAYERS: Final = frozenset("audio embed soundcloud ted video vimeo youtube".split())
# Those that may name a film by its number alone.
BY_NAME: Final = {
    "vimeo": "https://vimeo.com/{}",
    "youtube": "https://www.youtube.com/watch?v={}",
}
FILM: Final = re.compile(r"[\w-]{6,20}")
# Syntax highlighters name the shortcode after themselves or after the language.
CODE: Final = re.compile(
    r"(?:source)?code|source|pre|cc[\w-]{0,20}|"
    r"bash|c|cpp|csharp|css|diff|html|java|javascript|js|perl|php|python|r|ruby|shell|sql|xml",
    re.IGNORECASE,
)


def resolve(text: str, changes: Counter[str], old: OldPictures = NO_PICTURES) -> str:
    """The text with shortcodes turned into HTML or taken out, inner text kept; what was
    done to which is counted in `changes`."""
    closed = {found["name"].lower() for found in SHORTCODE.finditer(text) if found["close"]}
    parts: list[str] = []
    at = 0
    while found := SHORTCODE.search(text, at):
        name = found["name"].lower()
        parts.append(text[at : found.start()])
        at = found.end()
        if not _certain(found, closed):
            parts.append(found.group())
            continue
        inner, after = ("", at) if found["close"] else _inner(text, at, name, closed)
        if CODE.fullmatch(name) and after > at:
            parts.append(_listing(inner))
            at = after
        elif name in ("caption", "wp_caption") and after > at:
            parts.append(_figure(found["attributes"], resolve(inner, changes, old)))
            at = after
        elif name == "gallery" and (pictures := old.gallery(_given(found))):
            parts.append(gallery_html(pictures))
            changes["Galleries became pictures one after the other"] += 1
        else:
            parts.append(_player(found, name))
            if not found["close"]:
                changes[f"Shortcodes taken out, text inside them kept\t[{name}]"] += 1
    parts.append(text[at:])
    return "".join(parts)


def _certain(found: re.Match[str], closed: set[str]) -> bool:
    name = found["name"].lower()
    bare = not found["attributes"].strip()
    if name in CORE or name in PLAYERS:
        return True
    if found["close"]:
        return not found["rest"].strip() and bare
    return name in closed or (not bare and not found["rest"].strip())


def _inner(text: str, start: int, name: str, closed: set[str]) -> tuple[str, int]:
    """The text up to the closing tag, and where that ends; ("", start) without one."""
    if name not in closed:
        return "", start
    end = re.compile(rf"\[/{re.escape(name)}\s*\]", re.IGNORECASE).search(text, start)
    return (text[start : end.start()], end.end()) if end else ("", start)


def _listing(code: str) -> str:
    """Highlighters show text as it is; entities in it were written by WordPress's editor."""
    plain = re.sub(r"</?p>|<br\s*/?>", "", code).strip("\r\n")
    shown = re.sub(r"&(?!#?\w{1,32};)", "&amp;", plain).replace("<", "&lt;").replace(">", "&gt;")
    return f"\n\n<pre><code>{shown}</code></pre>\n\n"


def _figure(attributes: str, inner: str) -> str:
    given = _attributes(attributes)
    picture = re.match(r"\s*(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?", inner, re.IGNORECASE)
    # Before WordPress 3.4 the caption was an attribute, since then it follows the picture.
    end = picture.end() if picture else 0
    caption = given.get("caption") or (inner[end:].strip() if picture else "")
    shown = inner[:end].strip() if picture else inner.strip()
    return f"\n\n<figure>{shown}<figcaption>{caption}</figcaption></figure>\n\n"


def _given(found: re.Match[str]) -> dict[str, str]:
    return _attributes(html.unescape(found["attributes"]))


def _attributes(text: str) -> dict[str, str]:
    return {key.lower(): a or b or c for key, a, b, c in ATTRIBUTE.findall(text)}


def _player(found: re.Match[str], name: str) -> str:
    """A link to what a player would have shown, when the shortcode names an address."""
    address = ADDRESS.search(html.unescape(found["attributes"] + found["rest"]))
    named = BY_NAME.get(name, "")
    number = FILM.fullmatch(found["rest"].strip()) if named else None
    if name not in PLAYERS or found["close"] or not (address or number):
        return ""
    safe = html.escape(address.group() if address else named.format(number and number[0]))
    return f'<a href="{safe}">{safe}</a>'
