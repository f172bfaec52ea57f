"""What is looked at before an issue may leave. What blocks can be overridden, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import lxml.html
from django.conf import settings

from articles.internal_links import dead_links
from articles.models import Article, Site

from . import layout
from .blocks.filling import Filled
from .elsewhere import addresses_in
from .measuring.marking import mark_of
from .models.link_look import LinkLook
from .models.measuring import Measuring
from .sending.casting import reader_links
from .sending.mould import filled, places_in
from .sending_domain import advice

if TYPE_CHECKING:
    from .models import Issue

# Gmail shows no more of a mail than that, and hides the link to leave with the rest.
GMAIL_CLIPS_AT: Final = 102 * 1_024
LONGEST_SUBJECT: Final = 60
KNOWN_PLACES: Final = frozenset({"first_name", "leave_link", "preferences_link", "read_link"})


class Finding(NamedTuple):
    """`blocks`: it must not leave like this, unless somebody says why it should."""

    blocks: bool
    words: str


def look_at(issue: Issue) -> list[Finding]:
    """What speaks against sending it as it is now, the gravest first."""
    parts = layout.render(issue)
    found = [*_words(issue), *_size(issue), *_parts(parts), *_blocks(issue, parts.filled)]
    found += [*_links(issue.body, parts.html), *_elsewhere(parts.filled.html), *_site()]
    if not issue.audience().exists():
        found.append(Finding(True, "Nobody would get it: its audience is empty."))
    return sorted(found, key=lambda finding: not finding.blocks)


def _words(issue: Issue) -> Iterator[Finding]:
    if not issue.subject.strip():
        yield Finding(True, "It has no subject.")
    if len(issue.subject) > LONGEST_SUBJECT:
        said = f"The subject has {len(issue.subject)} characters; phones show about 40."
        yield Finding(False, said)
    if not issue.body.strip():
        yield Finding(True, "It has no text.")
    if issue.tries_subjects and issue.trial_hours and Measuring.now() == Measuring.Mode.OFF:
        said = "Neither openings nor links are counted: you will be asked which subject is better."
        yield Finding(False, said)
    if not issue.preheader:
        yield Finding(False, "Without a preheader, inboxes show the first words of the text.")


def _size(issue: Issue) -> Iterator[Finding]:
    """As it leaves: with each reader's own links, which are longer than the places for them."""
    mode = Measuring.now()
    html = layout.render(issue, as_if_counted=mode != Measuring.Mode.OFF).html
    longest = {**reader_links(10**9, 1), "mark": mark_of(10**9, "", mode), "first_name": "Anna"}
    size = len(filled(html, longest, as_html=True).encode())
    if size > GMAIL_CLIPS_AT:
        yield Finding(
            False,
            f"It has {size // 1_024} kB; Gmail shows the first 102 and hides the rest, "
            "with the link to leave.",
        )


def _parts(parts: layout.Parts) -> Iterator[Finding]:
    for name in ("html", "text"):
        if layout.LEAVE_LINK not in getattr(parts, name):
            yield Finding(True, f"The link to leave is missing in the {name} part.")
    for name in sorted(places_in(parts.html + parts.text) - KNOWN_PLACES):
        yield Finding(True, f"[[{name}]] is nothing that we know of a reader.")


def _blocks(issue: Issue, filled: Filled) -> Iterator[Finding]:
    """What the site has put in is of now; what was there when somebody last looked may differ."""
    for words in filled.left_out:
        yield Finding(True, words)
    for card in filled.things:
        if card.changed_at and card.changed_at > issue.edited_at:
            said = f"“{card.title}” has changed since this issue was last saved: look at it again."
            yield Finding(False, said)


def _links(body: str, html: str) -> Iterator[Finding]:
    for address, words in dead_links(Article(body=body)):
        yield Finding(True, f"The link “{words}” leads nowhere: {address}")
    root = lxml.html.document_fromstring(html)
    for image in root.iter("img"):
        if not image.get("alt"):
            yield Finding(False, "A picture has no words for those who do not see it.")


def _elsewhere(html: str) -> Iterator[Finding]:
    """What the worker has seen of pages of other sites; nothing is asked of them here."""
    wanted = addresses_in(html)
    looks = {row.address: row for row in LinkLook.objects.of(wanted)}
    unseen = [address for address in wanted if address not in looks or not looks[address].found]
    if unseen:
        noun = "link to another site is" if len(unseen) == 1 else "links to other sites are"
        yield Finding(False, f"{len(unseen)} {noun} not looked at yet; look again in a moment.")
    for address, row in looks.items():
        if row.found in (LinkLook.Found.GONE, LinkLook.Found.UNSURE):
            said = f"The link “{wanted[address]}” {row.get_found_display()}: {address}"
            yield Finding(row.found == LinkLook.Found.GONE, f"{said}. {row.words}")


def _site() -> Iterator[Finding]:
    if not settings.MAIL_LEAVES:
        yield Finding(True, "No mail leaves this site: EMAIL_URL is not set.")
    if not Site.current().postal_address.strip():
        yield Finding(
            True,
            "The postal address is missing (Site identity); the law in most places asks for it.",
        )
    if not settings.HTTPS:
        yield Finding(
            True,
            "SITE_URL does not begin with https://, so mail programs offer no button to leave "
            "(RFC 8058).",
        )
    provider = settings.EMAIL_BACKEND.startswith("anymail.")
    if not settings.RETURN_ADDRESS and not provider:
        yield Finding(False, "RETURN_ADDRESS is not set: what comes back is not understood.")
    for words in advice(signs_ourselves=bool(settings.DKIM_SELECTOR), provider=provider):
        yield Finding(False, words)
