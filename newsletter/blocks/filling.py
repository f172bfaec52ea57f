"""Puts the things themselves where an issue's text has marks for them. Done once for an issue,
when it begins to go out: no reader's letter asks for anything again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import lxml.html
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from lxml.html import HtmlElement

from articles.models import Call
from articles.rendering import render_body

from . import NEW, PROVIDERS, Card

if TYPE_CHECKING:
    from ..models import Issue

CALLS = "data-cta"
MARK = "data-block"


@dataclass
class Filled:
    """`left_out`: in sentences, which marks became nothing. `things`: what stands in it."""

    html: str = ""
    words: str = ""
    left_out: list[str] = field(default_factory=list)
    things: list[Card] = field(default_factory=list)


def fill(issue: Issue) -> Filled:
    """The issue's text as readers get it, with places for what differs from one to another."""
    filled = Filled()
    blocks = _Blocks(issue, filled)
    extra = [(MARK, blocks.show), (CALLS, blocks.show_calls)]
    filled.html, filled.words = render_body(issue.body, [], extra=extra)
    return filled


class _Blocks:
    def __init__(self, issue: Issue, filled: Filled) -> None:
        self._issue, self._filled = issue, filled

    def show(self, places: list[HtmlElement]) -> None:
        picked: dict[str, set[str]] = defaultdict(set)
        for place in places:
            kind, choice = _parts(place)
            if choice != NEW:
                picked[kind].add(choice)
        known = {
            (kind, key): card
            for kind, keys in picked.items()
            if kind in PROVIDERS
            for key, card in PROVIDERS[kind].named(keys).items()
        }
        for place in places:
            kind, choice = _parts(place)
            if choice == NEW and kind in PROVIDERS:
                cards = self._new(kind, picked[kind])
            else:
                cards = [known[kind, choice]] if (kind, choice) in known else []
            if not cards:
                self._left_out(kind, choice)
            self._filled.things += cards
            _replace(place, "newsletter/issue/_cards.html", {"cards": cards, "kind": kind})

    def show_calls(self, places: list[HtmlElement]) -> None:
        keys = {str(place.get(CALLS)) for place in places}
        known = (
            Call.objects.in_use()
            .filter(key__in=keys)
            .select_related("picture")
            .in_bulk(field_name="key")
        )
        for place in places:
            key = str(place.get(CALLS))
            call = known.get(key)
            address = _leads_to(call) if call else ""
            if not address:
                self._filled.left_out.append(f"The call to action “{key}” is not in use.")
            _replace(
                place,
                "newsletter/issue/_call.html",
                {"call": call if address else None, "address": address},
            )

    def _new(self, kind: str, picked: set[str]) -> list[Card]:
        letter, since = self._issue.letter, self._issue.new_since()
        return PROVIDERS[kind].new(since, topic=letter.topic, but=picked)

    def _left_out(self, kind: str, choice: str) -> None:
        if choice == NEW:
            since: datetime = self._issue.new_since()
            said = f"There are no new {kind} since {since:%-d %B %Y}: that block is empty."
        else:
            said = f"What the block “{kind}: {choice}” shows was withdrawn, or never was there."
        self._filled.left_out.append(said)


def _parts(place: HtmlElement) -> tuple[str, str]:
    kind, _, choice = str(place.get(MARK)).partition(":")
    return kind, choice


def _leads_to(call: Call) -> str:
    """Where somebody goes who has the letter already; empty where nothing is there."""
    from ..models import Book  # its own mails are laid out as issues are

    if call.target == Call.Target.ADDRESS:
        return call.address
    if call.target == Call.Target.NEWSLETTER:
        return reverse("newsletter:sign_up")
    book = Book.objects.current()
    return reverse("newsletter:book_offer", args=[book.slug]) if book else ""


def _replace(place: HtmlElement, template: str, values: dict[str, Any]) -> None:
    """The mark's place in the text stays, whatever words follow it."""
    html = render_to_string(template, {**values, "site_url": settings.SITE_URL})
    there = lxml.html.fragment_fromstring(_harmless(html), create_parent="div")
    there.set("class", "from-the-site")
    there.tail = place.tail
    parent = place.getparent()
    if len(there):
        parent.replace(place, there)
    else:
        place.drop_tree()


def _harmless(html: str) -> str:
    """What readers or writers of other texts wrote is no place for a word about a reader."""
    return re.sub(r"\[(?=\[)", "[\u2060", html)
