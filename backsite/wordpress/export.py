"""What a WordPress export holds, in WordPress's own words and before any judgement of ours.

Texts are as the file gives them, entities of XML resolved; dates are still strings because
exports hold nonsense dates, which the importer has to report beside the item they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class ExportError(Exception):
    """The file cannot be read as an export. The message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Person:
    """A `wp:author`. `number` is 0 where the export gives none (WXR 1.0 and 1.1)."""

    login: str
    number: int = 0
    email: str = ""
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A category or tag. `parent` is the slug of another category, or empty."""

    kind: str
    slug: str
    name: str
    parent: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A `wp:comment`: a comment, pingback or trackback. Numbers are 0 where missing."""

    number: int
    author: str
    email: str
    url: str
    address: str
    date: str
    date_gmt: str
    content: str
    approved: str
    kind: str
    parent: int
    user: int


@dataclass(frozen=True, slots=True)
class Item:
    """One `item`: a post, a page, an attachment, or whatever else a plugin stored."""

    number: int
    kind: str
    title: str
    link: str
    guid: str
    slug: str
    status: str
    password: str
    creator: str
    content: str
    excerpt: str
    published: str
    date: str
    date_gmt: str
    modified_gmt: str
    parent: int
    sticky: bool
    comments_open: bool
    line: int
    terms: tuple[Term, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def called(self) -> str:
        """How the report names this item to a person."""
        return f"{self.kind or 'item'} “{self.title or self.slug or self.link or self.number}”"


@dataclass(slots=True)
class Head:
    """What stands in the channel before and between the items."""

    title: str = ""
    link: str = ""
    version: str = ""
    site: str = ""
    blog: str = ""
    people: list[Person] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
