"""What feeds and sitemaps must be, as grammars that a program checks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lxml import etree

HERE: Final = Path(__file__).resolve().parent
SITEMAPS: Final = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# By the name of the whole document.
GRAMMARS: Final = {
    "{http://www.w3.org/2005/Atom}feed": "atom.rng",
    "rss": "rss.rng",
    f"{SITEMAPS}urlset": "sitemap.xsd",
    f"{SITEMAPS}sitemapindex": "siteindex.xsd",
}


def faults(document: bytes) -> list[str]:
    """What a feed or a file of a sitemap is not as its format wants it."""
    root = etree.fromstring(document)
    grammar = GRAMMARS.get(str(root.tag))
    if grammar is None:
        return [f"It is no feed and no sitemap but {root.tag}."]
    read = etree.XMLSchema if grammar.endswith(".xsd") else etree.RelaxNG
    checker = read(etree.parse(str(HERE / grammar)))
    if checker.validate(root):
        return []
    return str(checker.error_log).splitlines()
