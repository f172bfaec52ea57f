"""Authors, topics and tags of an export in our tables.

Each is found again by its key. One that staff made before under the same name is taken for
the same and gets the key; nothing else of it is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar
from urllib.parse import unquote

from django.utils.text import slugify

from articles.models import Author, OldAddress, Tag, Topic
from articles.models.address import Target
from backsite.wordpress.export import Head, Person, Term
from backsite.wordpress.markup import plain
from backsite.wordpress.report import Report

LONGEST_NAME = 120
UNSORTED = "uncategorized"

Key = Callable[[str, str | int], str]
Row = TypeVar("Row", Author, Topic, Tag)


class Slugs:
    """Gives out addresses that nothing else has."""

    def __init__(self, taken: Iterable[str], longest: int) -> None:
        self._taken = set(taken)
        self._longest = longest

    def free(self, *wanted: str, usable: Callable[[str], bool] = bool) -> str:
        """The first of `wanted` that says anything in an address, numbered when it is taken."""
        base = next(filter(None, map(slugify, wanted)), "item")[: self._longest - 8].strip("-")
        slug, number = base, 2
        while slug in self._taken or not usable(slug):
            slug, number = f"{base}-{number}", number + 1
        self._taken.add(slug)
        return slug


class Filing:
    """Rows by login (`authors`) and by slug in the export (`topics`, `tags`)."""

    def __init__(self, head: Head, key: Key, report: Report) -> None:
        self.report = report
        self.authors: dict[str, Author] = {}
        self.topics: dict[str, Topic] = {}
        self.tags: dict[str, Tag] = {}
        self.author_numbers = {p.number for p in head.people.values() if p.number}
        self._key = key
        self._shelf_of_tags = _Shelf(Tag, report)
        self._head = head
        self._categories = {s: t for (kind, s), t in head.terms.items() if kind == "category"}

    def take(self) -> None:
        """Finds or makes the rows. Belongs in a transaction of the caller's."""
        self.report.authors = len(self._head.people)
        self.report.topics = len(self._categories)
        self._take_authors()
        self._take_topics()
        tags = {slug: term for (kind, slug), term in self._head.terms.items() if kind == "tag"}
        self.report.tags = len(tags)
        for slug, term in tags.items():
            self.tags[slug] = self._tag(slug, slug, term)
        OldAddress.objects.keep_imported(self._former_addresses())

    def _former_addresses(self) -> Iterator[tuple[str, Target]]:
        """Where WordPress had its lists, unless somebody gave them a base of their own."""
        site = self._head.link.rstrip("/") if "://" in self._head.link else ""
        for slug, topic in self.topics.items():
            way = "/".join([*reversed(self._ancestors(slug)), slug])
            yield from ((f"{site}/category/{name}/", topic) for name in (way, slug))
        yield from ((f"{site}/tag/{slug}/", tag) for slug, tag in self.tags.items())
        for login, author in self.authors.items():
            yield f"{site}/author/{slugify(login)}/", author

    def file(self, terms: Iterable[Term]) -> tuple[Topic | None, list[Tag]]:
        """An article has one topic here: the most special of its categories. The others
        become tags of the same name, so that it can still be found under them."""
        categories = list(dict.fromkeys(t.slug for t in terms if t.kind == "category"))
        tags = [self.tags[t.slug] for t in terms if t.kind == "tag" and t.slug in self.tags]
        ranked = sorted(
            categories, key=lambda slug: (slug == UNSORTED, -len(self._ancestors(slug)))
        )
        if not ranked:
            return None, _once(tags)
        chosen, others = ranked[0], ranked[1:]
        above = self._ancestors(chosen)
        also = [slug for slug in others if slug not in above and slug != UNSORTED]
        tags += [self._tag_for(slug) for slug in also]
        return self.topics.get(chosen), _once(tags)

    def _tag_for(self, slug: str) -> Tag:
        term = self._categories[slug]
        self.report.mend("Filed under several categories; one is the topic, the others are tags")
        if slug not in self.tags:
            self.tags[slug] = self._tag(f"category:{slug}", slug, term)
        return self.tags[slug]

    def _tag(self, name: str, slug: str, term: Term) -> Tag:
        called = plain(term.name) or slug
        return self._shelf_of_tags.row(self._key("tag", name), called, unquote(slug), called)

    def _ancestors(self, slug: str) -> list[str]:
        above: list[str] = []
        while (term := self._categories.get(slug)) and term.parent in self._categories:
            if term.parent in above:
                break
            above.append(slug := term.parent)
        return above

    def _take_authors(self) -> None:
        shelf = _Shelf(Author, self.report)
        for login, person in self._head.people.items():
            name = _name(person)
            self.authors[login] = shelf.row(self._key("author", login), name, name, login)

    def _take_topics(self) -> None:
        shelf = _Shelf(Topic, self.report)
        # Parents first: the further from the top, the later.
        for slug in sorted(self._categories, key=lambda slug: len(self._ancestors(slug))):
            term = self._categories[slug]
            parent = self.topics.get(term.parent)
            if term.parent and parent is None:
                self.report.mend(
                    "Category without a parent that could be used, put at the top", term.name
                )
            self.topics[slug] = shelf.row(
                self._key("topic", slug),
                plain(term.name) or slug,
                unquote(slug),
                term.name,
                parent=parent,
                introduction=plain(term.description),
            )


class _Shelf(Generic[Row]):
    """The rows of one table while an import looks through them."""

    def __init__(self, model: type[Row], report: Report) -> None:
        self._model: type[Row] = model
        self._report = report
        rows: list[Row] = list(model._default_manager.all())
        self._by_key: dict[str, Row] = {row.import_key: row for row in rows if row.import_key}
        self._by_name: dict[str, Row] = {
            row.name.casefold(): row for row in rows if not row.import_key
        }
        self._slugs = Slugs((row.slug for row in rows), LONGEST_NAME)

    def row(self, key: str, name: str, *slugs: str, **fields: object) -> Row:
        row = self._by_key.get(key) or self._adopted(key, name)
        if row is None:
            row = self._model._default_manager.create(
                import_key=key,
                name=name[:LONGEST_NAME],
                slug=self._slugs.free(*slugs),
                **fields,
            )
            self._report.written[str(self._model._meta.verbose_name_plural)] += 1
        self._by_key[key] = row
        return row

    def _adopted(self, key: str, name: str) -> Row | None:
        row: Row | None = self._by_name.pop(name[:LONGEST_NAME].casefold(), None)
        if row is not None:
            row.import_key = key
            row.save(update_fields=["import_key"])
        return row


def _name(person: Person) -> str:
    """What readers are to call the author; a login that is an e-mail address stays private."""
    full = f"{person.first_name} {person.last_name}"
    return plain(person.display_name) or plain(full) or person.login.partition("@")[0]


def _once(tags: list[Tag]) -> list[Tag]:
    return list({tag.pk: tag for tag in tags}.values())
