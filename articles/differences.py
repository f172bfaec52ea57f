"""Two texts side by side, with what was taken out and what was put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

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


@dataclass(frozen=True)
class Row:
    """One paragraph on both sides; `skipped` unchanged ones stand for themselves."""

    kind: str  # "same", "changed", "out", "in", "skipped"
    before: SafeString = NOTHING
    after: SafeString = NOTHING
    skipped: int = 0


@dataclass(frozen=True)
class Difference:
    """What became of one part of an article: its title, its text, its tags."""

    name: str
    rows: list[Row]


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """The parts that differ between two revisions' `words`, in the order of the form."""
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = as_text(before.get(name)), as_text(after.get(name))
        if old != new:
            found.append(Difference(name.replace("_", " "), side_by_side(old, new)))
    return found


def as_text(part: Any) -> str:
    """One line for each thing in a list."""
    if part is None:
        return ""
    if isinstance(part, list):
        return "\n".join(as_text(row) for row in part)
    if isinstance(part, dict):
        if part.keys() == {"id", "name"}:
            return str(part["name"])
        return "; ".join(f"{name}: {value}" for name, value in part.items() if value)
    return str(part)


def side_by_side(before: str, after: str) -> list[Row]:
    old, new = paragraphs(before), paragraphs(after)
    rows: list[Row] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [Row("same", escape(text), escape(text)) for text in old[a:b]]
        else:
            rows += _changed(old[a:b], new[c:d])
    return _shortened(rows)


def paragraphs(text: str) -> list[str]:
    lines = (line.strip() for part in text.splitlines() for line in BLOCK_END.split(part))
    return [line for line in lines if line]


def _changed(old: list[str], new: list[str]) -> Iterator[Row]:
    """Pairs what is alike, in order; the others stand alone on their side."""
    start = 0
    for text in old:
        near = range(start, min(start + AHEAD, len(new)))
        match = next((at for at in near if _alike(text, new[at])), None)
        if match is None:
            yield Row("out", before=_all("del", text))
            continue
        yield from (Row("in", after=_all("ins", other)) for other in new[start:match])
        yield Row("changed", *_words(text, new[match]))
        start = match + 1
    yield from (Row("in", after=_all("ins", other)) for other in new[start:])


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
