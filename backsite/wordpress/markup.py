"""From the text that WordPress stored to HTML that this site may show.

Nothing a writer wrote is dropped: what cannot be shown here (pictures and players at other
hosts: the public pages ask no other host for anything) becomes a link to where it is, and
every change is counted by its kind.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import lxml.html
import nh3
from lxml.html import HtmlElement

from articles.normal import normalise
from backsite.wordpress.lost import count_lost_formatting
from backsite.wordpress.media import link_player, relink, speakable
from backsite.wordpress.paragraphs import paragraphs
from backsite.wordpress.pictures import OldPictures, open_galleries, place_picture
from backsite.wordpress.players import show_lone_addresses
from backsite.wordpress.shortcodes import resolve

BLOCK: Final = re.compile(r"\s*(/?)wp:([a-z][\w/-]{0,80})(?=\s|$)")
MORE: Final = re.compile(r"(?:<p>)?<!--\s*more\b.{0,200}?-->(?:</p>)?", re.DOTALL)
MARK: Final = re.compile(r"<!--.*?-->", re.DOTALL)
FORM: Final = re.compile(r"<form\b", re.IGNORECASE)
GIST: Final = re.compile(
    r"""src\s*=\s*["']?(https?://gist\.github\.com/[^"'\s>]+)""", re.IGNORECASE
)

PLAYERS: Final = frozenset("audio embed iframe object source video".split())
RENAMED: Final = {
    "acronym": "abbr",
    "dir": "ul",
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "strike": "s",
    "tt": "code",
}
BOXES: Final = frozenset("address article center div footer header main section".split())
EMPTY: Final = re.compile(r"(?:\s|&nbsp;|</?p>|<br>)*")
# What stays in while the text is taken apart; the site's own list has the last word.
KEPT: Final = (
    frozenset(
        "a abbr aside b blockquote br caption cite code col colgroup dd del details dl dt em "
        "figcaption figure h2 h3 h4 hr i img ins kbd li mark ol p pre q s small strong sub summary "
        "sup table tbody td tfoot th thead tr ul".split()
    )
    | PLAYERS
    | RENAMED.keys()
    | BOXES
)
KEPT_ATTRIBUTES: Final = {
    "*": {"id"},
    "a": {"href", "title", "name"},
    "abbr": {"title"},
    "acronym": {"title"},
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
STANDALONE: Final = BOXES | frozenset(
    "aside blockquote details dl figure h2 h3 h4 hr ol p pre table ul".split()
)
# A standfirst is one or two sentences; what stood above “more” may be a page long.
LONGEST_STANDFIRST: Final = 320

Clean = Callable[[str], str]
NO_PICTURES: Final = OldPictures()


@dataclass(frozen=True, slots=True)
class Text:
    """`lead` is plain text for a standfirst, empty where the writer gave none. A change
    reads "what was done", or "what was done<tab>to what"."""

    html: str
    lead: str = ""
    changes: Counter[str] = field(default_factory=Counter)


def convert(content: str, *, base: str, clean: Clean, old: OldPictures = NO_PICTURES) -> Text:
    """The HTML of a body, in the form in which the editor writes it. `base` is the address
    the text had, for its relative links; `clean` is the sanitiser."""
    changes: Counter[str] = Counter()
    above, marked, below = _split_at_more(content)
    lead = _as_lead(above) if marked and below.strip() else ""
    body = below if lead else f"{above}\n\n{below}"
    body = _without_scripts(body, changes)
    body = (
        resolve(_blocks_to_paragraphs(body, changes), changes, old)
        if "<!-- wp:" in body
        else (paragraphs(resolve(body, changes, old)))
    )
    if forms := len(FORM.findall(body)):
        changes["Forms taken out, text inside them kept"] += forms
    count_lost_formatting(body, KEPT, changes)
    root = _tree(body, changes)
    relink(root, base)
    for element in list(root.iter(*RENAMED)):
        element.tag = RENAMED[str(element.tag)]
    for element in list(root.iter(*PLAYERS)):
        link_player(element, root, base, changes)
    open_galleries(root)
    for element in list(root.iter("img")):
        place_picture(element, root, base, old, changes)
    for element in reversed(list(root.iter(*BOXES))):
        _unbox(element, root)
    show_lone_addresses(root, changes)
    shown = normalise(clean(_inner_html(root)))
    changes.update(shown.changes)
    return Text("" if EMPTY.fullmatch(shown.html) else shown.html, lead, changes)


def plain(text: str) -> str:
    """One line of plain text from a title or an excerpt, tags and entities resolved."""
    bare = nh3.clean(MARK.sub("", text), tags=set())
    # Twice: exports hold titles in which the entities themselves were escaped.
    return " ".join(speakable(html.unescape(html.unescape(bare))).split())


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
            changes[f"Code that would have run or restyled the page taken out\t<{tag}>"] += 1
            at = stop
        text = "".join(parts) + text[at:]
    return text


def _blocks_to_paragraphs(text: str, changes: Counter[str]) -> str:
    """Drops the block marks. Inside blocks the text is HTML already; between them it is
    the classic editor's and wants its paragraphs."""
    parts, at, depth = [], 0, 0
    for start, end, found in _block_marks(text):
        between = text[at:start]
        parts.append(between if depth else paragraphs(between))
        closes, name = found.groups()
        alone = text[start:end].rstrip("->").endswith("/")
        if closes:
            depth = max(0, depth - 1)
        elif alone:
            changes[f"Blocks that WordPress filled in itself left out\t{name}"] += 1
        else:
            depth += 1
        at = end
    rest = text[at:]
    return "".join(parts) + (rest if depth else paragraphs(rest))


def _block_marks(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """(start, end, what it says) of each comment that marks a block."""
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        at = end + len("-->")
        if found := BLOCK.match(text, start + len("<!--"), end):
            yield start, at, found


def _tree(body: str, changes: Counter[str]) -> HtmlElement:
    """Read by the rules of HTML5 first, since the parser of the tree closes elements in
    its own way and gives up below 256 levels; no word may get lost in that."""
    well_formed = nh3.clean(body, tags=set(KEPT), attributes=KEPT_ATTRIBUTES, link_rel=None)
    root = _parse(speakable(well_formed))
    words = speakable(html.unescape(nh3.clean(body, tags=set())))
    if "".join(root.text_content().split()) != "".join(words.split()):
        changes["Text nested too deeply; its formatting was given up, every word kept"] += 1
        root = _parse(nh3.clean(body, tags={"p", "br", "a"}, link_rel=None))
    return root


def _parse(text: str) -> HtmlElement:
    return lxml.html.fragment_fromstring(text or "<p></p>", create_parent="div")


def _unbox(box: HtmlElement, root: HtmlElement) -> None:
    """A box that holds only words is a paragraph, any other goes and leaves what it held."""
    if box is root:
        return
    holds_words = bool(box.text_content().strip())
    if (
        holds_words
        and box.getparent() is root
        and not any(child.tag in STANDALONE for child in box)
    ):
        box.tag = "p"
    else:
        box.drop_tag()


def _inner_html(root: HtmlElement) -> str:
    parts = [lxml.html.tostring(child, encoding="unicode") for child in root]
    return html.escape(root.text or "", quote=False) + "".join(parts)
