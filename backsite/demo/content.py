"""The demonstration's texts, as they lie in the files of this folder. Knows no database."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from articles.rendering import cited_keys

HERE: Final = Path(__file__).resolve().parent
PICTURES: Final = HERE / "pictures"

MARK: Final = re.compile(r'<cite data-ref="([^"]+)"></cite>')


@dataclass(frozen=True)
class Text:
    """One article or page: what is said about it (its .toml) and its body (its .html).

    The name of its files is its slug.
    """

    slug: str
    facts: dict[str, Any]
    body: str


def articles() -> list[Text]:
    """Oldest first, as they would have been written."""
    return sorted(_texts(HERE / "articles"), key=lambda text: -text.facts["published_days_ago"])


def pages() -> list[Text]:
    return _texts(HERE / "pages")


def site() -> dict[str, Any]:
    """The tables of site.toml: site, book, topics, letters, authors."""
    return _toml(HERE / "site.toml")


@cache
def references() -> dict[str, dict[str, Any]]:
    """What is known of each source, by the key that texts cite it with."""
    return _toml(HERE / "references.toml")


def comments() -> list[dict[str, Any]]:
    """Each after the one it answers; comments.toml explains the fields."""
    found: list[dict[str, Any]] = _toml(HERE / "comments.toml")["comments"]
    return found


def book() -> str:
    """The body of the free book, with its own list of sources at the end.

    A book has no table of references as an article has: its marks become links to that list.
    """
    body = (HERE / "book.html").read_text(encoding="utf-8")
    keys = cited_keys(body)
    numbers = {key: number for number, key in enumerate(keys, start=1)}
    numbered = MARK.sub(lambda mark: _book_mark(numbers[mark[1]]), body)
    sources = "\n".join(f"<li>{_source(key, numbers[key])}</li>" for key in keys)
    return f"{numbered}\n<h2>Sources</h2>\n<ol>\n{sources}\n</ol>\n"


def course() -> dict[str, Any]:
    """A name, and `lessons` in their order."""
    return _toml(HERE / "course.toml")


def link(reference: dict[str, Any]) -> str:
    """Where a reader can check it."""
    return f"https://doi.org/{reference['doi']}" if "doi" in reference else str(reference["url"])


def _book_mark(number: int) -> str:
    return f'<sup><a href="#source-{number}" title="Source {number}">{number}</a></sup>'


def _source(key: str, number: int) -> str:
    """One line of the book's list; the anchor is on the link, the one place that may have it."""
    facts = references()[key]
    year = f" ({facts['year']})" if "year" in facts else ""
    stop = "" if facts["title"].endswith("?") else "."
    address = escape(link(facts))
    return (
        f"{escape(facts['authors'])}{year}. <em>{escape(facts['title'])}{stop}</em> "
        f'{escape(facts["source"])}. <a id="source-{number}" href="{address}">{address}</a>'
    )


def _texts(folder: Path) -> list[Text]:
    return [
        Text(path.stem, _toml(path), path.with_suffix(".html").read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.toml"))
    ]


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
