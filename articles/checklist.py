"""What an editor looks for before an article goes out. It points and explains; only what
would break the page stands in the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import lxml.html
from lxml.html import HtmlElement

from .internal_links import dead_links
from .models import Article
from .models.call import MARK, calls_for
from .rendering import cited_keys

WARN: Final = "warn"
BLOCK: Final = "block"

# Words that say nothing to somebody who hears the links of a page one after the other
# (WCAG 2.2, 2.4.4 Link Purpose).
VAGUE: Final = frozenset(
    "click here|here|this|more|read more|read on|learn more|link|this link|this page|this article|"
    "click|more info|more information|continue|go|details|see more|see here|page|website".split("|")
)
# Sentences that rest on somebody's findings. It is a hint: a share of the reader's own day
# ("half of your walk") is none, a figure with “per cent” mostly is.
CLAIM: Final = re.compile(
    r"\d\s*(?:%|per ?cent\b)|\b(?:stud(?:y|ies)|trials?|meta-analys[ie]s|systematic review|"
    r"researchers|hazard ratio|risk ratio|odds ratio)\b",
    re.IGNORECASE,
)
SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
# More of the same kind are counted: a list of forty helps nobody.
MOST_OF_A_KIND: Final = 5
QUOTED: Final = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a field's name or the first words of the place, ready to be searched for."""

    level: Literal["warn", "block"]
    words: str
    where: str = ""

    @property
    def blocks(self) -> bool:
        return self.level == BLOCK


def check(article: Article) -> list[Finding]:
    """What was found in a saved article, obstacles first."""
    root = lxml.html.fragment_fromstring(article.body or "", create_parent="div")
    found: list[Finding] = []
    for look in (*OF_THE_ARTICLE, *OF_ITS_REVIEW):
        found += look(article)
    for examine in OF_THE_TEXT:
        found += _at_most(list(examine(root)))
    return sorted(found, key=lambda finding: not finding.blocks)


def obstacles(article: Article) -> list[Finding]:
    """What keeps it from being published: readers would get a page that does not work."""
    return [finding for finding in check(article) if finding.blocks]


def no_words(article: Article) -> Iterator[Finding]:
    if not article.body.strip():
        yield Finding(BLOCK, "There is nothing to read yet.", "Text")


def no_standfirst(article: Article) -> Iterator[Finding]:
    if not article.standfirst.strip():
        yield Finding(WARN, "Lists and search results show nothing but the title.", "Standfirst")


def no_topic(article: Article) -> Iterator[Finding]:
    if not article.is_page and article.topic_id is None:
        yield Finding(WARN, "Readers will not find it under any topic.", "Topic")


def no_author(article: Article) -> Iterator[Finding]:
    if not article.is_page and not article.bylines.exists():
        yield Finding(
            WARN, "Nobody stands behind it: readers want to know who wrote it.", "Authors"
        )


def lead_picture_without_alt(article: Article) -> Iterator[Finding]:
    described = article.picture_alt or getattr(article.picture, "alt", "")
    if article.picture and not described:
        yield Finding(
            WARN, "Somebody who cannot see the lead picture learns nothing of it.", "Lead picture"
        )


def dead_marks(article: Article) -> Iterator[Finding]:
    known = {reference.key for reference in article.references.all()}
    for key in cited_keys(article.body):
        if key not in known:
            yield Finding(
                WARN,
                f"The text cites {key}, and no reference has that key: readers see nothing of "
                "the mark.",
                "References",
            )


def dead_calls(article: Article) -> Iterator[Finding]:
    inside, _ = calls_for(article.body, [])
    for key in sorted(set(MARK.findall(article.body)) - inside.keys()):
        yield Finding(
            WARN,
            f"There is no call to action “{key}” in use: readers see nothing in its place.",
            "Text",
        )


def links_to_nowhere(article: Article) -> Iterator[Finding]:
    for address, words in dead_links(article):
        yield Finding(WARN, f"The link to {address} leads nowhere.", _short(words))


def review_due(article: Article) -> Iterator[Finding]:
    """A review that readers no longer see, and why; silent where there never was one."""
    review = article.latest_review
    for trouble in review.troubles(article.content_hash()) if review else []:
        yield Finding(
            WARN,
            f"The review by {review} is not shown to readers: {trouble.label}.",
            "Medical review",
        )


def pictures(root: HtmlElement) -> Iterator[Finding]:
    for image in root.iter("img"):
        name = image.get("src") or image.get("data-picture") or ""
        where = name.rsplit("/", 1)[-1]
        if not name:
            yield Finding(
                BLOCK,
                "A picture in the text has no address: readers see a broken frame.",
                _near(image),
            )
        elif not (image.get("alt") or "").strip():
            yield Finding(
                WARN,
                "A picture in the text is not described. If it only decorates, leave it so.",
                f"Picture {where}",
            )


def vague_links(root: HtmlElement) -> Iterator[Finding]:
    for link in root.iter("a"):
        words = " ".join(link.text_content().split())
        if link.get("href") and words.lower().strip(" .:…→»>") in VAGUE:
            yield Finding(
                WARN,
                f"A link says only “{words}”. Say where it leads: some readers hear nothing else.",
                _near(link),
            )


def skipped_headings(root: HtmlElement) -> Iterator[Finding]:
    """The page's title is the first level, so the text begins with the second."""
    headings = [heading for heading in root.iter("h2", "h3", "h4") if _in_the_flow(heading)]
    levels = [1, *(int(str(heading.tag)[1]) for heading in headings)]
    for heading, (above, level) in zip(headings, pairwise(levels), strict=True):
        if level > above + 1:
            yield Finding(
                WARN,
                f"This heading is of level {level}, and what stands above it of level {above}: "
                "a level is skipped.",
                _short(heading.text_content()),
            )


def claims_without_reference(root: HtmlElement) -> Iterator[Finding]:
    """One mark serves its whole paragraph, a link to the source too."""
    for block in root.iter("p", "li"):
        if block.xpath(".//cite[@data-ref] | .//a[starts-with(@href, 'http')] | .//p"):
            continue
        if not _in_the_flow(block):
            continue
        for sentence in SENTENCE.split(" ".join(block.text_content().split())):
            if CLAIM.search(sentence) and not sentence.endswith("?"):
                yield Finding(WARN, "This may be a claim that wants a reference.", _short(sentence))
                break


OF_THE_ARTICLE: Final[tuple[Callable[[Article], Iterator[Finding]], ...]] = (
    no_words,
    no_standfirst,
    no_topic,
    no_author,
    lead_picture_without_alt,
    dead_marks,
    dead_calls,
    links_to_nowhere,
)
OF_ITS_REVIEW: Final[tuple[Callable[[Article], Iterator[Finding]], ...]] = (review_due,)
OF_THE_TEXT: Final[tuple[Callable[[HtmlElement], Iterator[Finding]], ...]] = (
    pictures,
    vague_links,
    skipped_headings,
    claims_without_reference,
)


def _at_most(found: list[Finding]) -> list[Finding]:
    if len(found) <= MOST_OF_A_KIND:
        return found
    more = len(found) - MOST_OF_A_KIND
    return [*found[:MOST_OF_A_KIND], Finding(found[-1].level, f"And {more} more of this kind.")]


def _in_the_flow(element: HtmlElement) -> bool:
    """Boxes beside the text have headings and advice of their own."""
    return next(element.iterancestors("aside"), None) is None


def _near(element: HtmlElement) -> str:
    block = next(element.iterancestors("p", "li", "td", "figure"), None)
    return _short("" if block is None else block.text_content())


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…"
