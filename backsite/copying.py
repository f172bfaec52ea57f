"""Many rows at once, by PostgreSQL's COPY."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

AnyRow = TypeVar("AnyRow")


def columns_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """All that can be written: not what the database generates."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def copy(rows: Iterable[models.Model], model: type[models.Model]) -> int:
    """Writes unsaved rows, their keys included, and returns how many. Belongs in a
    transaction of the caller's. No save() is called and no default left out. `rows` may
    not query: the connection is busy."""
    fields = columns_of(model)
    names = ", ".join(f'"{field.column}"' for field in fields)
    sql = f"COPY \"{model._meta.db_table}\" ({names}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    source = _Lines(_line(row, fields) for row in rows)
    with connection.cursor() as cursor:
        cursor.copy_expert(sql, source)
    return source.count


def reserve_keys(model: type[models.Model], count: int) -> range:
    """Primary keys that no other row will get."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
        first = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
            [model._meta.db_table, first + count],
        )
    return range(first, first + count)


def _line(row: models.Model, fields: list[models.Field[Any, Any]]) -> str:
    values = []
    for field in fields:
        value = field.get_db_prep_save(field.pre_save(row, True), connection)
        values.append("\\N" if value is None else value)
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


class _Lines:
    """A file to read from, as COPY wants one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = ""
        self.count = 0

    def read(self, size: int = -1) -> str:
        while len(self._rest) < size or size < 0:
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += line
            self.count += 1
        if size < 0:
            size = len(self._rest)
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def copy_values(model: type[models.Model], names: list[str], rows: Iterable[list[Any]]) -> int:
    """The same from bare values of the named columns; every other column has its field's
    default. For millions of rows: no object is made of any."""
    fields = columns_of(model)
    given = [field for name in names for field in fields if name in (field.name, field.attname)]
    others = [field for field in fields if field not in given]
    rest = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    columns = ", ".join(f'"{field.column}"' for field in [*given, *others])
    sql = f"COPY \"{model._meta.db_table}\" ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    source = _Lines(_pieces(rows, rest))
    with connection.cursor() as cursor:
        cursor.copy_expert(sql, source)
        return int(cursor.rowcount)


def _pieces(rows: Iterable[list[Any]], rest: list[Any]) -> Iterator[str]:
    """Some hundred lines at a time."""
    ending = ["\\N" if value is None else value for value in rest]
    for some in batched(rows, 500):
        piece = io.StringIO()
        csv.writer(piece, lineterminator="\n").writerows(
            [*("\\N" if value is None else value for value in row), *ending] for row in some
        )
        yield piece.getvalue()


def batched(rows: Iterable[AnyRow], size: int) -> Iterator[list[AnyRow]]:
    waiting = iter(rows)
    while some := list(islice(waiting, size)):
        yield some


@contextmanager
def without_indexes(model: type[models.Model]) -> Iterator[None]:
    """Inside a transaction, for more rows than are there: to build an index at once is several
    times quicker than to grow it. A process that is killed leaves everything as it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid), indexrelid::regclass::text FROM pg_index "
            "WHERE indrelid = %s::regclass AND NOT indisunique",
            [model._meta.db_table],
        )
        known = cursor.fetchall()
        for _, name in known:
            cursor.execute(f"DROP INDEX {name}")
        yield
        # What a row points to is looked at now: no index is made before that is done.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for definition, _ in known:
            cursor.execute(definition)
