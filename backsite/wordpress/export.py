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
    terms: tuple[Term, ...] = ()
    remarks: tuple[Remark, ...] = ()
    # Of an attachment: where its file is, and its place among those of its article.
    file: str = ""
    order: int = 0
    alt: str = ""
    # The number of the attachment that stands above an article.
    thumbnail: int = 0

    @property
    def called(self) -> str:
        """How the report names this item to a person."""
        return f"{self.kind or 'item'} “{self.title or self.slug or self.link or self.number}”"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture of the old site's library. `parent` is the number of the article that it was
    uploaded for, `alt` says what it shows."""

    number: int
    address: str
    title: str
    alt: str
    caption: str
    parent: int
    order: int


@dataclass(slots=True)
class Head:
    """What stands in the channel before and between the items. People by login, terms by
    kind and slug; the first to say a thing is right."""

    link: str = ""
    version: str = ""
    site: str = ""
    blog: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    terms: dict[tuple[str, str], Term] = field(default_factory=dict)

    def add_person(self, person: Person) -> None:
        if person.login:
            self.people.setdefault(person.login, person)

    def add_term(self, term: Term) -> None:
        if term.slug:
            self.terms.setdefault((term.kind, term.slug), term)

    @property
    def origin(self) -> str:
        """Host and path of the exported site: the same through a move from http to https."""
        for address in (self.blog, self.link, self.site):
            bare = address.partition("://")[2].partition("?")[0].rstrip("/").lower()
            if bare:
                return bare
        return "unknown"
