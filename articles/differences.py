"""Two revisions side by side, with what was taken out and what was put in: the words as a
person reads them, or the HTML behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .prose import Line, lines_of, short_source, source_in_words

# Where a block of HTML ends, a paragraph ends for the eye.
BLOCK_END: Final = re.compile(
    r"(?<=</p>)|(?<=</h[1-6]>)|(?<=</li>)|(?<=</tr>)|(?<=</figure>)|(?<=</aside>)"
    r"|(?<=</blockquote>)|(?<=</[uo]l>)|(?<=</table>)|(?<=</pre>)|(?<=</dd>)|(?<=</dt>)"
)
PIECE: Final = re.compile(r"<[^<>]+>|\w+|\s+|[^\w\s]")
WORD: Final = re.compile(r"\w{2,}|\d")
# Comparing word by word takes the product of both lengths: paragraphs longer than this
# (a pasted page without a single end of a paragraph) are shown as a whole.
MOST_PIECES: Final = 3_000
# Paragraphs that share less than this are not one paragraph that changed.
ALIKE: Final = 0.35
# How many paragraphs further on the other half of a changed one is looked for.
AHEAD: Final = 6
# Unchanged paragraphs left around a change, so that one sees where it is.
AROUND: Final = 1

NOTHING: Final = SafeString("")
# As the form calls them, where a column's name says it badly.
NAMES: Final = {
    "body": "text",
    "comments_open": "open for comments",
    "featured": "at the top of the home page",
    "noindex": "kept out of search engines",
    "picture": "lead picture",
    "picture_alt": "what the lead picture shows",
    "picture_caption": "caption of the lead picture",
    "seo_description": "description for search engines",
    "seo_title": "title for search engines",
    "share_picture": "picture where the page is shared",
    "slug": "address",
}
ONLY_LOOKS: Final = "The words are the same. Only how they look changed: see the HTML source."


@dataclass(frozen=True)
class Row:
    """One paragraph on both sides; `skipped` unchanged ones stand for themselves. `what`
    names what it is, where it is no plain paragraph: a heading, an item of a list."""

    kind: str  # "same", "changed", "out", "in", "skipped"
    before: SafeString = NOTHING
    after: SafeString = NOTHING
    skipped: int = 0
    what: str = ""


@dataclass(frozen=True)
class Difference:
    """What became of one part of an article: its title, its text, its tags."""

    name: str
    rows: list[Row]
    note: str = ""


def compare(
    before: dict[str, Any], after: dict[str, Any], *, source: bool = False
) -> list[Difference]:
    """The parts that differ between two revisions' `words`, in the order of the form. A part
    that one of them did not keep (it is older than the part) is left out.

    `source`: the text as HTML, rather than as it is read.
    """
    found = []
    for name in [name for name in after if name in before and before[name] != after[name]]:
        read = as_lines if source or name != "body" else _as_read
        sides = [read(words[name], words) for words in (before, after)]
        if sides[0] != sides[1]:
            rows, note = _rows(*sides), ""
        elif name == "body":
            rows, note = [], ONLY_LOOKS
        else:
            continue
        found.append(Difference(NAMES.get(name, name.replace("_", " ")), rows, note))
    return found


def as_lines(part: Any, words: dict[str, Any]) -> list[Line]:
    """One line for each paragraph, and for each thing in a list."""
    if isinstance(part, list):
        return [line for row in part for line in as_lines(row, words)]
    return [Line("", text) for text in paragraphs(_as_text(part))]


def _as_read(body: Any, words: dict[str, Any]) -> list[Line]:
    sources = {str(row["key"]): short_source(row) for row in words.get("references") or ()}
    return lines_of(str(body), sources)


def _as_text(part: Any) -> str:
    if part is None:
        return ""
    if isinstance(part, bool):
        return "yes" if part else "no"
    if isinstance(part, dict):
        return str(part["name"]) if part.keys() == {"id", "name"} else source_in_words(part)
    return str(part)


def side_by_side(before: str, after: str) -> list[Row]:
    """Two texts of which every line, and every block of HTML, is a paragraph."""
    return _rows(*([Line("", part) for part in paragraphs(text)] for text in (before, after)))


def _rows(old: list[Line], new: list[Line]) -> list[Row]:
    rows: list[Row] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [
                Row("same", escape(line.words), escape(line.words), what=line.what)
                for line in old[a:b]
            ]
        else:
            rows += _changed(old[a:b], new[c:d])
    return _shortened(rows)


def paragraphs(text: str) -> list[str]:
    lines = (line.strip() for part in text.splitlines() for line in BLOCK_END.split(part))
    return [line for line in lines if line]


def _changed(old: list[Line], new: list[Line]) -> Iterator[Row]:
    """Pairs what is alike, in order; the others stand alone on their side."""
    start = 0
    if len(old) == len(new) == 1 and not _alike(old[0].words, new[0].words):
        sides = _all("del", old[0].words), _all("ins", new[0].words)
        yield Row("changed", *sides, what=_called(old[0], new[0]))
        return
    for line in old:
        near = range(start, min(start + AHEAD, len(new)))
        match = next((at for at in near if _alike(line.words, new[at].words)), None)
        if match is None:
            yield Row("out", before=_all("del", line.words), what=line.what)
            continue
        yield from map(_put_in, new[start:match])
        other = new[match]
        yield Row("changed", *_words(line.words, other.words), what=_called(line, other))
        start = match + 1
    yield from map(_put_in, new[start:])


def _put_in(line: Line) -> Row:
    return Row("in", after=_all("ins", line.words), what=line.what)


def _called(before: Line, after: Line) -> str:
    if before.what == after.what:
        return before.what
    return f"{before.what or 'Paragraph'} → {after.what or 'Paragraph'}"


def _alike(old: str, new: str) -> bool:
    """By their words alone: spaces and tags are the same everywhere."""
    words = SequenceMatcher(None, WORD.findall(old), WORD.findall(new), autojunk=False)
    return words.quick_ratio() >= ALIKE


def _words(old: str, new: str) -> tuple[SafeString, SafeString]:
    a, b = PIECE.findall(old), PIECE.findall(new)
    if max(len(a), len(b)) > MOST_PIECES:
        return _all("del", old), _all("ins", new)
    left, right = [], []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        was, became = "".join(a[i:j]), "".join(b[k:m])
        left.append(escape(was) if kind == "equal" else _all("del", was))
        right.append(escape(became) if kind == "equal" else _all("ins", became))
    return _together(left), _together(right)


def _together(pieces: list[SafeString]) -> SafeString:
    return mark_safe("".join(pieces))  # noqa: S308  # each piece was escaped


def _all(tag: str, text: str) -> SafeString:
    if not text:
        return NOTHING
    return format_html("<{}>{}</{}>", SafeString(tag), text, SafeString(tag))


def _shortened(rows: list[Row]) -> list[Row]:
    """Without the long runs in which nothing changed."""
    near = {
        at + step
        for at, row in enumerate(rows)
        if row.kind != "same"
        for step in range(-AROUND, AROUND + 1)
    }
    short: list[Row] = []
    for at, row in enumerate(rows):
        if at in near:
            short.append(row)
        elif short and short[-1].kind == "skipped":
            short[-1] = Row("skipped", skipped=short[-1].skipped + 1)
        else:
            short.append(Row("skipped", skipped=1))
    return short
