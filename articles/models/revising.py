"""How the words of an article change: every save is kept, and any can be brought back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.db import models, transaction

from backsite.lib.records import Actor, actor_fields

if TYPE_CHECKING:
    from .revision import Revision

# The columns of an article that a revision holds, by what they hold; besides them its kind,
# its topics, tags, authors and references.
TEXTS: Final = (
    "title",
    "slug",
    "standfirst",
    "body",
    "key_points",
    "picture_alt",
    "picture_caption",
    "seo_title",
    "seo_description",
    "canonical_address",
)
PICTURES: Final = ("picture", "share_picture")
SWITCHES: Final = ("noindex", "featured", "comments_open")
COLUMNS: Final[tuple[str, ...]] = (*TEXTS, *PICTURES, *SWITCHES, "kind", "topic")
LISTS: Final = ("further_topics", "tags")
# The verbs of the events that say so.
OPENED: Final = "open comments"
CLOSED: Final = "close comments"
BEFORE: Final = "as it was before the first change that was kept"


class Revised(models.Model):
    """An article whose words are kept with each save.

    `revision` is the number of the newest one; 0: none was written yet.
    """

    revision = models.PositiveIntegerField(default=0, editable=False)

    RENDERED: ClassVar[tuple[str, ...]]

    # The manager of its Revision rows; mypy knows relations of concrete models only.
    revisions: Any

    class Meta:
        abstract = True

    @property
    def current_revision(self) -> Revision | None:
        """What readers get now, or would get if it were published."""
        newest: Revision | None = self.revisions.filter(number=self.revision).first()
        return newest

    def words(self) -> dict[str, Any]:
        """All its words as JSON: a revision without its number."""
        article: Any = self
        return {
            **{name: getattr(article, name) for name in TEXTS},
            **{name: named(getattr(article, name)) for name in PICTURES},
            **{name: getattr(article, name) for name in SWITCHES},
            "kind": str(article.kind),
            "topic": named(article.topic),
            **{name: [named(row) for row in getattr(article, name).all()] for name in LISTS},
            "authors": [named(row.author) for row in article.bylines.all()],
            "references": [_plain(row) for row in article.references.all()],
        }

    @transaction.atomic
    def revise(self, *, by: Actor, why: str = "", **fields: Any) -> Revision | None:
        """Changes the words and keeps them as a new revision.

        `fields` are COLUMNS, and lists: `further_topics`, `tags`, `authors` (in their
        order), `references` (dicts of their columns, by `key`).
        Without fields it keeps what has been saved already (the admin's form). None:
        nothing is different from the newest revision and no reason was given.
        """
        if fields:
            self.keep_first(by=None)
            self._change(fields)
        number = self._lock()
        words = self.words()
        newest = self.revisions.filter(number=number).first()
        if newest is not None and newest.words == words and not why:
            return None
        if newest is not None:
            self._keep_address(newest.words)
            self._tell_of_switch(newest.words, words, by, why)
        self.revision = number + 1
        self.save(update_fields=["revision"])
        written: Revision = self.revisions.create(
            number=self.revision, words=words, why=why, **actor_fields(by)
        )
        return written

    @transaction.atomic
    def keep_first(self, *, by: Actor) -> None:
        """Keeps the words as they stand in the table, where no revision does yet; to be
        called before they change."""
        if self.pk is None or self._lock():
            return
        stored = type(self)._default_manager.get(pk=self.pk)
        self.revision = 1
        self.save(update_fields=["revision"])
        self.revisions.create(number=1, words=stored.words(), why=BEFORE, **actor_fields(by))

    @transaction.atomic
    def restore(self, revision: Revision, *, by: Actor, why: str = "") -> list[str]:
        """Brings all of a revision back, as a new revision. Returns in sentences what could
        not be brought back, because it is gone or taken by another article."""
        from .revision import as_fields

        self._lock()
        others: Any = type(self)._default_manager.exclude(pk=self.pk)
        fields, lost = as_fields(revision, others)
        reason = f"Brought back revision {revision.number}. {why}".strip()
        self.revise(by=by, why=reason, **fields)
        return lost

    def _tell_of_switch(
        self, before: dict[str, Any], after: dict[str, Any], by: Actor, why: str
    ) -> None:
        """Whether readers may write here is a decision about them, not only a word changed."""
        if before.get("comments_open", True) != after["comments_open"]:
            article: Any = self
            verb = OPENED if after["comments_open"] else CLOSED
            article.events.create(verb=verb, why=why, **actor_fields(by))

    def _keep_address(self, before: dict[str, Any]) -> None:
        """Readers who follow the address it had still reach it."""
        from .address import moved

        article: Any = self
        address = article.address_of(before["slug"], before["kind"])
        if address != article.get_absolute_url():
            moved(article, from_=address)

    def _lock(self) -> int:
        """The number of the newest revision; nobody else writes one in this transaction."""
        rows = type(self)._default_manager.select_for_update().filter(pk=self.pk)
        self.revision = int(rows.values_list("revision", flat=True).get())
        return self.revision

    def _change(self, fields: dict[str, Any]) -> None:
        article: Any = self
        columns = [name for name in COLUMNS if name in fields]
        unknown = fields.keys() - {*COLUMNS, *LISTS, "authors", "references"}
        if unknown:
            raise TypeError(f"An article has no words called {', '.join(sorted(unknown))}.")
        for name in columns:
            setattr(article, name, fields[name])
        if columns:
            article.save(update_fields=columns)
        for name in LISTS:
            if name in fields:
                getattr(article, name).set(fields[name])
        if "authors" in fields:
            _set_authors(article, fields["authors"])
        if "references" in fields:
            _set_references(article, fields["references"])
        article.render()
        article.save(update_fields=self.RENDERED)


def named(row: Any) -> dict[str, Any] | None:
    """What a revision keeps of another row: enough to find it, and to say what is lost."""
    return None if row is None else {"id": row.pk, "name": str(row)}


def _plain(reference: models.Model) -> dict[str, Any]:
    """Its columns, but for those that only the database needs."""
    columns = [field.attname for field in reference._meta.concrete_fields]
    return {name: getattr(reference, name) for name in columns if name not in {"id", "article_id"}}


def _set_authors(article: Any, authors: Iterable[Any]) -> None:
    article.bylines.all().delete()
    for position, author in enumerate(authors, start=1):
        article.bylines.create(author=author, position=position)


def _set_references(article: Any, wanted: Iterable[dict[str, Any]]) -> None:
    """Rows that stay keep their identity: other tables may point to them."""
    wanted = list(wanted)
    article.references.exclude(key__in=[row["key"] for row in wanted]).delete()
    known = {field.attname for field in article.references.model._meta.concrete_fields}
    for row in wanted:
        columns = {name: value for name, value in row.items() if name in known and name != "key"}
        article.references.update_or_create(key=row["key"], defaults=columns)
