"""Feeds and sitemaps by the grammars of their formats (RFC 4287, RSS 2.0, sitemaps.org 0.9
with Google's pictures), which are in tests/formats, and what a grammar cannot say. The
sitemap also by sitemaps.org's own schema, which comes with the npm package `sitemap`.

The W3C's feed validator is in no registry of packages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lxml import etree

from tests.formats import faults

from .common import Row
from .gather import Answer
from .tools import Missing, node_tool

IMAGE: Final = "{http://www.google.com/schemas/sitemap-image/1.1}image"
ATOM: Final = "{http://www.w3.org/2005/Atom}"
IDS: Final = (f"{ATOM}entry/{ATOM}id", "channel/item/guid")


def judge(answers: list[Answer], folder: Path) -> list[Row]:
    xml = [answer for answer in answers if "xml" in answer.type and answer.status == 200]
    feeds = [answer for answer in xml if not answer.name.startswith("/sitemap")]
    maps = [answer for answer in xml if answer.name.startswith("/sitemap")]
    return [
        _row("feeds by RFC 4287 and RSS 2.0", feeds),
        _row("sitemap, its index and pictures by their schemas", maps),
        _sitemap([answer for answer in maps if "/sitemap-" in answer.name]),
        _row("feeds: an id of its own for each entry", feeds, _same_ids),
    ]


def _row(name: str, answers: list[Answer], look: Callable[[bytes], list[str]] = faults) -> Row:
    found = [f"{one.name}: {said}" for one in answers for said in look(one.text.encode())]
    print(*found, sep="\n", end="\n" * bool(found))
    limit = f"limit 0, in {len(answers)} of them"
    return Row(name, f"{len(found)} findings", limit, bool(found))


def _same_ids(document: bytes) -> list[str]:
    root = etree.fromstring(document)
    ids = [one.text for path in IDS for one in root.iterfind(path)]
    return [f"{one} stands there twice." for one, times in Counter(ids).items() if times > 1]


def _sitemap(parts: list[Answer]) -> Row:
    name = "sitemap by the schema of sitemaps.org itself"
    try:
        node_tool("html-validate")  # whatever installs the tools
    except Missing as missing:
        return Row(name, "not run", str(missing))
    folder = Path(__file__).parent / "tools" / "node_modules" / "sitemap" / "schema"
    schema = etree.XMLSchema(etree.parse(str(folder / "sitemap.xsd")))
    errors = 0
    for part in parts:
        root = etree.fromstring(part.text.encode())
        for image in root.findall(f".//{IMAGE}"):  # its schema is Google's, and not in there
            parent = image.getparent()
            assert parent is not None
            parent.remove(image)
        if not schema.validate(root):
            said = str(schema.error_log).splitlines()
            errors += len(said)
            print(f"{part.name}: {said[0]}")
    return Row(name, f"{errors} findings", f"limit 0, in {len(parts)} parts", bool(errors))
