"""From the text that WordPress stored to HTML that this site may show.

Nothing a writer wrote is dropped: what cannot be shown here (pictures and players at other
hosts: the public pages ask no other host for anything) becomes a link to where it is, and
every change is counted by its kind.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import lxml.html
import nh3
from lxml.html import HtmlElement

from backsite.wordpress.paragraphs import paragraphs
from backsite.wordpress.shortcodes import resolve

BLOCK: Final = re.compile(r"<!--\s*(/?)wp:([a-z][\w/-]{0,80})\s(?:(?!-->).){0,20000}?(/?)-->", re.DOTALL)
MORE: Final = re.compile(r"(?:<p>)?<!--\s*more\b.{0,200}?-->(?:</p>)?", re.DOTALL)
MARK: Final = re.compile(r"<!--.*?-->", re.DOTALL)
FORM: Final = re.compile(r"<form\b", re.IGNORECASE)
GIST: Final = re.compile(r"""src\s*=\s*["']?(https?://gist\.github\.com/[^"'\s>]+)""", re.IGNORECASE)

PLAYERS: Final = frozenset("audio embed iframe object source video".split())
RENAMED: Final = {"h1": "h2", "h5": "h4", "h6": "h4", "strike": "s", "tt": "code"}
PICTURE_NAME: Final = re.compile(r"\.(?:avif|bmp|gif|jpe?g|png|svg|webp)$", re.IGNORECASE)
# What stays in while the text is taken apart; the site's own list has the last word.
KEPT: Final = frozenset(
    "a abbr aside b blockquote br caption cite code col colgroup dd del details dl dt em "
    "figcaption figure h2 h3 h4 hr i img ins kbd li mark ol p pre q s small strong sub summary "
    "sup table tbody td tfoot th thead tr ul".split()
) | PLAYERS | RENAMED.keys()
KEPT_ATTRIBUTES: Final = {
    "*": {"id"},
    "a": {"href", "title", "name"},
    "abbr": {"title"},
    "audio": {"src"},
    "embed": {"src"},
    "iframe": {"src", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "object": {"data"},
    "ol": {"start", "reversed"},
    "source": {"src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "video": {"src"},
}
# A standfirst is one or two sentences; what stood above “more” may be a page long.
LONGEST_STANDFIRST: Final = 320

Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Text:
    """`lead` is plain text for a standfirst, empty where the writer gave none."""

    html: str
    lead: str = ""
    changes: Counter[str] = field(default_factory=Counter)


def convert(content: str, *, base: str, clean: Clean) -> Text:
    """The HTML of a body. `base` is the address the text had, for its relative links;
    `clean` is the sanitiser that has the last word."""
    changes: Counter[str] = Counter()
    above, marked, below = _split_at_more(content)
    lead = _as_lead(above) if marked and below.strip() else ""
    body = below if lead else f"{above}\n\n{below}"
    body = _without_scripts(body, changes)
    body = resolve(_blocks_to_paragraphs(body, changes), changes) if "<!-- wp:" in body else (
        paragraphs(resolve(body, changes))
    )
    if forms := len(FORM.findall(body)):
        changes["Form taken out, text inside it kept"] += forms
    root = _tree(body, changes)
    _relink(root, base)
    for element in list(root.iter(*RENAMED)):
        element.tag = RENAMED[str(element.tag)]
    for element in list(root.iter(*PLAYERS)):
        _link_player(element, base, changes)
    for element in list(root.iter("img")):
        _link_picture(element, base, changes)
    return Text(clean(_inner_html(root)).strip(), lead, changes)


def plain(text: str) -> str:
    """One line of plain text from a title or an excerpt, tags and entities resolved."""
    bare = nh3.clean(MARK.sub("", text), tags=set())
    # Twice: exports hold titles in which the entities themselves were escaped.
    return " ".join(html.unescape(html.unescape(bare)).split())


def _split_at_more(content: str) -> tuple[str, bool, str]:
    found = MORE.search(content)
    if not found:
        return "", False, content
    return content[: found.start()], True, content[found.end() :]


def _as_lead(above: str) -> str:
    """The text above “more” when it is one short plain paragraph, else nothing."""
    bare = MARK.sub("", above).strip()
    if re.search(r"<(?!/?(?:p|em|strong|b|i|span)\b)|\n\s*\n|\[", bare, re.IGNORECASE):
        return ""
    lead = plain(bare)
    return lead if len(lead) <= LONGEST_STANDFIRST else ""


def _without_scripts(text: str, changes: Counter[str]) -> str:
    for tag in ("script", "style"):
        parts, at, low = [], 0, text.lower()
        while (start := low.find(f"<{tag}", at)) >= 0:
            end = low.find(f"</{tag}", start)
            if end < 0:
                break
            stop = low.find(">", end) + 1 or len(text)
            gist = GIST.search(text, start, end)
            kept = f'<a href="{html.escape(gist[1])}">{html.escape(gist[1])}</a>' if gist else ""
            parts += [text[at:start], kept]
            changes[f"<{tag}> taken out"] += 1
            at = stop
        text = "".join(parts) + text[at:]
    return text


def _blocks_to_paragraphs(text: str, changes: Counter[str]) -> str:
    """Drops the block marks. Inside blocks the text is HTML already; between them it is
    the classic editor's and wants its paragraphs."""
    parts, at, depth = [], 0, 0
    for found in BLOCK.finditer(text):
        between = text[at : found.start()]
        parts.append(between if depth else paragraphs(between))
        closes, name, alone = found.groups()
        if closes:
            depth = max(0, depth - 1)
        elif alone:
            changes[f"Block “{name}”, which WordPress filled in itself, left out"] += 1
        else:
            depth += 1
        at = found.end()
    rest = text[at:]
    return "".join(parts) + (rest if depth else paragraphs(rest))


def _tree(body: str, changes: Counter[str]) -> HtmlElement:
    """Read by the rules of HTML5 first, since the parser of the tree closes elements in
    its own way and gives up below 256 levels; no word may get lost in that."""
    well_formed = nh3.clean(
        body, tags=set(KEPT), attributes=KEPT_ATTRIBUTES, link_rel=None
    )
    root = _parse(well_formed)
    words = html.unescape(nh3.clean(body, tags=set()))
    if "".join(root.text_content().split()) != "".join(words.split()):
        changes["Text nested too deeply; its formatting was given up, every word kept"] += 1
        root = _parse(nh3.clean(body, tags={"p", "br", "a"}, link_rel=None))
    return root


def _parse(text: str) -> HtmlElement:
    return lxml.html.fragment_fromstring(text or "<p></p>", create_parent="div")


def _relink(root: HtmlElement, base: str) -> None:
    for link in root.iter("a"):
        address = (link.get("href") or "").strip()
        if address and not address.startswith("#"):
            link.set("href", _absolute(address, base))
        if (name := link.get("name")) and not link.get("id"):
            link.set("id", name)


def _link_player(element: HtmlElement, base: str, changes: Counter[str]) -> None:
    address = (element.get("src") or element.get("data") or "").strip()
    if element.tag != "source":
        changes[f"<{element.tag}> became a link to what it showed"] += 1
    if address.startswith("//") or urlsplit(address).scheme in ("", "http", "https"):
        _put_before(element, _link(_absolute(address, base)) if address else None)
    element.drop_tag()


def _link_picture(image: HtmlElement, base: str, changes: Counter[str]) -> None:
    address = _absolute((image.get("src") or "").strip(), base)
    if image.get("width") in ("0", "1") and image.get("height") in ("0", "1"):
        changes["Invisible counting picture left out"] += 1
    elif urlsplit(address).scheme not in ("http", "https"):
        changes["Picture without an address left out, its description kept"] += 1
        _put_before(image, None, (image.get("alt") or "").strip())
    else:
        changes["Picture kept as a link to its old address"] += 1
        _put_picture(image, address)
    image.drop_tree()


def _put_picture(image: HtmlElement, address: str) -> None:
    parts = urlsplit(address)
    file = unquote(parts.path.rsplit("/", 1)[-1])
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
        beside.tail, around.tail = around.tail, " "
        around.addnext(beside)
        # lxml moves a tail along with its element.


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


def _inner_html(root: HtmlElement) -> str:
    parts = [lxml.html.tostring(child, encoding="unicode") for child in root]
    return html.escape(root.text or "", quote=False) + "".join(parts)
