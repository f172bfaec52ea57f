"""Questions to the database that a page asks each time it is made: put into SQL once in a
process, and several of them sent in one go.

To build a query from models takes Django longer than PostgreSQL to answer it, and each query
costs more on its way than in the database. Here the queries are still written with models.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

from django.db import connection, models
from django.db.models import Expression, Field, QuerySet
from django.db.models.expressions import RawSQL
from psycopg2.extensions import AsIs

from .statement import Known


class Given(Expression):
    """The place of a value that is named when the question is asked."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or models.IntegerField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def among(name: str, kind: str = "bigint") -> RawSQL:
    """For `…__in=`: the given list, of that type of PostgreSQL."""
    return RawSQL(f"SELECT unnest(%s::{kind}[])", (Given(name),))  # noqa: S611  # ours


@dataclass(frozen=True)
class Rows:
    """A question written as SQL; its rows come as lists, of what JSON knows."""

    sql: str
    columns: int


Question: TypeAlias = "QuerySet[Any] | Rows"

# What JSON has no type for, and how Django's own fields read it.
_AS_TEXT: Final = (
    models.DateField,  # and moments
    models.TimeField,
    models.DecimalField,
    models.UUIDField,
    models.DurationField,
)


class Prepared:
    """`make` gives the questions, by name, with `Given` for what differs each time.

    They must not prefetch: let them select what they join. Of several, columns of bytes are
    more than can be carried.
    """

    def __init__(self, make: Callable[[], Mapping[str, Question]]) -> None:
        self._make = make

    def ask(self, **values: Any) -> dict[str, list[Any]]:
        """The objects of each, in one query."""
        rows = self._rows(values)
        if len(self._parts) == 1:
            name, part = next(iter(self._parts.items()))
            return {name: part.read(rows)}
        return self.objects_of(rows[0])

    def said(self, **values: Any) -> tuple[str | None, ...]:
        """Of several questions: the answers as they came, equal where nothing has changed."""
        return self._rows(values)[0]

    def objects_of(self, said: Iterable[str | None]) -> dict[str, list[Any]]:
        return {
            name: part.read_json(json.loads(answer) if answer else [])
            for (name, part), answer in zip(self._parts.items(), said, strict=True)
        }

    def _rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._statement.run([values[name] for name in self._names])

    @cached_property
    def _parts(self) -> dict[str, _Part]:
        return {name: _Part(question) for name, question in self._make().items()}

    @cached_property
    def _names(self) -> list[str]:
        """What is given at each place that is left open, in their order."""
        values = (value for part in self._parts.values() for value in part.values)
        return [value.name for value in values if isinstance(value, Given)]

    @cached_property
    def _statement(self) -> Known:
        """With all else written out: an index of a part of a table is used where the part is
        named, and not where it is only given."""
        parts = list(self._parts.values())
        sql = parts[0].sql
        if len(parts) > 1:
            sql = f"SELECT {', '.join(part.as_json() for part in parts)}"
        numbers = count(1)
        values = [
            AsIs(f"${next(numbers)}") if isinstance(value, Given) else value
            for part in parts
            for value in part.values
        ]
        connection.ensure_connection()
        driver: Any = connection.connection
        with driver.cursor() as cursor:
            return Known(cursor.mogrify(sql, values).decode(), len(self._names))


class _Part:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.values: tuple[Any, ...] = ()
        self._fields: list[Field[Any, Any] | None]
        if isinstance(question, Rows):
            self.sql, self._fields = question.sql, [None] * question.columns
            return
        self._compiler: Any = question.query.get_compiler(using=question.db)
        self.sql, self.values = self._compiler.as_sql()
        selected = [expression for expression, _, _ in self._compiler.select]
        self._fields = [expression.output_field for expression in selected]
        self._converters = self._compiler.get_converters(selected)

    def as_json(self) -> str:
        """A subquery that gives all rows as one text. Columns go by their places: joined
        tables have columns of the same name."""
        names = [f"c{place}" for place in range(len(self._fields))]
        shown = [
            f"{name}::text AS {name}" if isinstance(field, models.JSONField) else name
            for name, field in zip(names, self._fields, strict=True)
        ]
        return (
            f"(SELECT json_agg(row)::text FROM (SELECT {', '.join(shown)} "  # noqa: S608  # ours
            f"FROM ({self.sql}) AS one ({', '.join(names)})) AS row)"
        )

    def read_json(self, found: list[dict[str, Any]]) -> list[Any]:
        rows = [list(row.values()) for row in found]
        for place, field in enumerate(self._fields):
            if isinstance(field, _AS_TEXT):
                for row in rows:
                    row[place] = field.to_python(row[place])
        return self.read(rows)

    def read(self, rows: Iterable[Any]) -> list[Any]:
        """Django's own way from rows to objects, with what was compiled once."""
        if isinstance(self.question, Rows):
            return list(rows)
        known = self._compiler
        answered = SimpleNamespace(
            select=known.select,
            klass_info=known.klass_info,
            annotation_col_map=known.annotation_col_map,
            execute_sql=lambda **_: [rows],
            results_iter=self._converted,
        )
        asked: Any = SimpleNamespace(
            db=self.question.db,
            query=SimpleNamespace(get_compiler=lambda **_: answered),
            model=self.question.model,
            _known_related_objects={},
        )
        objects: Any = self.question._iterable_class
        return list(objects(asked))

    def _converted(self, results: list[Iterable[Any]], **_: Any) -> Iterable[Any]:
        if not self._converters:
            return results[0]
        converted: Iterable[Any] = self._compiler.apply_converters(results[0], self._converters)
        return converted


def keep(row: models.Model, name: str, found: Iterable[models.Model]) -> None:
    """As if these had been prefetched for `row.<name>.all()`."""
    related: Any = row._meta.get_field(name).related_model
    answered = related._default_manager.all()
    answered._result_cache = list(found)
    kept: Any = row
    if not hasattr(row, "_prefetched_objects_cache"):
        kept._prefetched_objects_cache = {}
    kept._prefetched_objects_cache[name] = answered
