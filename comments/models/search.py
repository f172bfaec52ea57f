"""What staff find a comment by: a column that the database generates from the row itself."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Func, Q

from articles.models import Article
from articles.models.search import CONFIGURATION, Joined, Weighted

AnyRows = TypeVar("AnyRows", bound=models.QuerySet[Any])

# Articles whose titles have the words; a search for a very common one is about comments.
MOST_ARTICLES: Final = 200


class Parts(Func):
    """An address as its words: PostgreSQL would take it for one."""

    function = "translate"
    template = "%(function)s(%(expressions)s, '@._+-', '     ')"


class Searchable(models.Model):
    search_vector = models.GeneratedField(
        expression=Joined(
            Weighted("name", weight="A"),
            Weighted("email", weight="B"),
            Weighted(Parts("email", output_field=models.TextField()), weight="B"),
            Weighted("text", weight="C"),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


def search_index(name: str) -> models.Index:
    return GinIndex(fields=["search_vector"], name=name)


def about(rows: AnyRows, typed: str) -> AnyRows:
    """Those whose words, writer or address fit what staff typed, or whose article's title
    does. Quotes, `or` and minus mean what they mean to readers; the last word may be a part
    of one. Whatever is typed: nothing is raised."""
    words = " ".join(typed.replace("\x00", " ").split())[:200]
    query = _query(words)
    titles = Article.objects.filter(head_vector=query).values_list("pk", flat=True)
    fits = Q(search_vector=query) | Q(article__in=list(titles[:MOST_ARTICLES]))
    return rows.filter(fits | Q(email__iexact=words))


def _query(words: str) -> SearchQuery:
    query = SearchQuery(words, config=CONFIGURATION, search_type="websearch")
    rest, _, last = words.rpartition(" ")
    if not last.isalnum() or '"' in words:
        return query
    begun = SearchQuery(f"{last}:*", config=CONFIGURATION, search_type="raw")
    if rest:
        begun = SearchQuery(rest, config=CONFIGURATION, search_type="websearch") & begun
    return query | begun
