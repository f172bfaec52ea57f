"""What readers wrote, where the site shows a letter: gone there once it is gone elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lxml.html import HtmlElement

from . import CARD, PROVIDERS


def take_out_the_gone(roots: Iterable[HtmlElement]) -> None:
    """Asks once for each kind, however many letters there are."""
    cards = [card for root in roots for card in root.xpath(f".//*[@{CARD}]")]
    keys: dict[str, set[str]] = defaultdict(set)
    for card in cards:
        kind, key, _ = card.get(CARD).split(":")
        keys[kind].add(key)
    there = {
        f"{kind}:{card.mark}"
        for kind in PROVIDERS.keys() & keys.keys()
        for card in PROVIDERS[kind].named(keys[kind]).values()
    }
    for card in cards:
        if card.attrib.pop(CARD) not in there:
            card.drop_tree()
