"""What the head and the foot of every page lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .article import Article
from .topic import USED, Topic, below

# Written out, because every page asks it: to build it from models takes longer than to answer.
ENTRIES: Final = f"""{USED}
SELECT 'topic', id, name, slug, introduction, parent_id, id IN (SELECT id FROM used), position
FROM articles_topic
UNION ALL
SELECT 'page', id, title, slug, '', NULL, TRUE, 0 FROM articles_article
WHERE state = 'published' AND kind = 'page'
ORDER BY 8, 3, 2"""  # noqa: S608  # ours


@dataclass(frozen=True)
class Navigation:
    """The tree of topics, in their chosen order, and the published pages by title. The rows
    have what a link to them needs, and nothing more."""

    tree: list[Topic] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    pages: list[Article] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[Sequence[Any]]) -> Navigation:
        """From the rows of ENTRIES."""
        found = cls()
        for kind, pk, name, slug, introduction, parent, used, _ in entries:
            if kind == "page":
                page = Article(pk=pk, title=name, slug=slug, kind=Article.Kind.PAGE)
                found.pages.append(page)
                continue
            given = {"name": name, "slug": slug, "introduction": introduction}
            found.tree.append(Topic(pk=pk, parent_id=parent, **given))
            if used:
                found.used.add(pk)
        return found

    @property
    def topics(self) -> list[Topic]:
        """Those at the top with something to read in or below them: an empty page helps
        nobody."""
        return self.under(None)

    def under(self, topic: Topic | None) -> list[Topic]:
        above = topic.pk if topic else None
        return [one for one in self.tree if one.parent_id == above and one.pk in self.used]

    def below(self, topic: Topic) -> set[int]:
        """Keys of the topic and of all that stand under it, at any depth."""
        return below(topic, {one.pk: one.parent_id for one in self.tree})
