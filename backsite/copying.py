"""Many rows at once, by PostgreSQL's COPY."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, models


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
