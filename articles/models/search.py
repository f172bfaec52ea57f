"""What an article is found by: a column that the database generates from the row itself."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import Func, QuerySet

AnyModel = TypeVar("AnyModel", bound=models.Model)

# One configuration for all columns and for the query: a word is then cut to its stem in
# the same way on both sides. ('simple' for names would need each query twice, and a word
# to leave out would mean two things.) A name that is a stop word is found by its other part.
CONFIGURATION: Final = "english"
# The names that an article is filed under, of a row of articles_article called "article".
NAMES: Final = """concat_ws(E'\\n',
    (SELECT name FROM articles_topic topic WHERE topic.id = article.topic_id),
    (SELECT string_agg(topic.name, E'\\n' ORDER BY topic.id) FROM articles_topic topic
        JOIN articles_article_further_topics link ON link.topic_id = topic.id
        WHERE link.article_id = article.id),
    (SELECT string_agg(author.name, E'\\n' ORDER BY line.position, line.id)
        FROM articles_author author JOIN articles_byline line ON line.author_id = author.id
        WHERE line.article_id = article.id),
    (SELECT string_agg(tag.name, E'\\n' ORDER BY tag.name) FROM articles_tag tag
        JOIN articles_article_tags link ON link.tag_id = tag.id
        WHERE link.article_id = article.id))"""
# PostgreSQL refuses a vector of more than 1 MB; this many characters of four bytes each
# stay below it, and are some 35,000 words.
LONGEST_TEXT: Final = 200_000


class Weighted(Func):
    """A text column as a search vector of one weight, immutable as a generated column
    must be (the configuration is named, never the session's)."""

    function = "to_tsvector"
    template = (
        "setweight(%(function)s('english'::regconfig, left(%(expressions)s, %(most)s)), "
        "'%(weight)s')"
    )
    arity = 1

    def __init__(self, expression: Any, *, weight: str, most: int = 10_000) -> None:
        super().__init__(expression, weight=weight, most=most, output_field=SearchVectorField())


class Joined(Func):
    """Search vectors one after the other."""

    template = "%(expressions)s"
    arg_joiner = " || "

    def __init__(self, *vectors: Any) -> None:
        super().__init__(*vectors, output_field=SearchVectorField())


def _head() -> tuple[Weighted, ...]:
    return (
        Weighted("title", weight="A"),
        Weighted("standfirst", weight="B"),
        Weighted("headings_text", weight="B"),
        Weighted("names_text", weight="C"),
    )


class WithoutVectors(models.Manager[AnyModel]):
    """Rows without their vectors, which are as long as the text and of use to SQL alone."""

    def get_queryset(self) -> QuerySet[AnyModel]:
        vectors = [
            field.name
            for field in self.model._meta.concrete_fields
            if isinstance(field, models.GeneratedField)
            and isinstance(field.output_field, SearchVectorField)
        ]
        return super().get_queryset().defer(*vectors)


def names_of(article_id: int | None) -> str:
    """Its topics, authors and tags, as they are saved."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {NAMES} FROM articles_article article WHERE id = %s",  # noqa: S608  # ours
            [article_id],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def refresh_names(article_ids: list[int]) -> None:
    """Puts right the names of those whose topics, authors or tags are called otherwise now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE articles_article article SET names_text = {NAMES} "  # noqa: S608  # ours
            f"WHERE id = ANY(%s) AND names_text <> {NAMES}",
            [article_ids],
        )


def search_indexes(name: str) -> list[models.Index]:
    return [
        GinIndex(fields=["search_vector"], name=f"{name}_search"),
        GinIndex(fields=["head_vector"], name=f"{name}_search_head"),
    ]


class Searchable(models.Model):
    """`headings_text` and `names_text` are there because a generated column sees only its
    own row: `render()` fills the one, `refresh_names` the other.

    `head_vector` is short enough to lie in the row itself, so that many rows can be ranked
    by it at once; `search_vector` has the whole text and decides what is found.
    """

    headings_text = models.TextField(blank=True, editable=False)
    names_text = models.TextField(blank=True, editable=False)
    head_vector = models.GeneratedField(
        expression=Joined(*_head()), output_field=SearchVectorField(), db_persist=True
    )
    search_vector = models.GeneratedField(
        expression=Joined(*_head(), Weighted("search_text", weight="D", most=LONGEST_TEXT)),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        abstract = True
