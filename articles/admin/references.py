"""The places of references and authors, and marks in a text that lead nowhere."""

from __future__ import annotations

from articles.models import Article
from articles.rendering import cited_keys


def place_references(article: Article) -> None:
    """Gives each reference without a place (0) one after the others, in the order in
    which the text first cites them; those that it does not cite come last."""
    cited = {key: number for number, key in enumerate(cited_keys(article.body))}
    rows = list(article.references.all())
    placed = max((row.position for row in rows), default=0)
    new = [row for row in rows if not row.position]
    new.sort(key=lambda row: (cited.get(row.key, len(cited)), row.pk))
    for number, row in enumerate(new, start=placed + 1):
        row.position = number
        row.save(update_fields=["position"])


def place_authors(article: Article) -> None:
    """Numbers the authors 1, 2, 3 in the order they have; those without a place come last."""
    rows = sorted(article.bylines.all(), key=lambda row: (row.position or 10_000, row.pk))
    for number, row in enumerate(rows, start=1):
        if row.position != number:
            row.position = number
            row.save(update_fields=["position"])


def dead_marks(article: Article) -> list[str]:
    """Keys that the text cites and no reference has: readers see nothing of such a mark."""
    known = {row.key for row in article.references.all()}
    return [key for key in cited_keys(article.body) if key not in known]


def idle_references(article: Article) -> list[str]:
    """Keys of references that the text does not cite."""
    cited = set(cited_keys(article.body))
    return [row.key for row in article.references.all() if row.key not in cited]
