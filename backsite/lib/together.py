"""New rows of several tables in one statement, which each connection to the database plans once.

To write them one by one, Django takes longer to build the SQL than PostgreSQL to run it, and each
goes its own way to the database and back.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import count
from typing import Any, Final

from django.db import connection, models

from .statement import Known

# A cast to varchar(40) would cut a longer value without a word; without it that is an error.
_LENGTH: Final = re.compile(r"\(\d+\)")


class Together:
    """A row of `first`, and one of each of `others`, which point to it by their field `key`."""

    def __init__(self, first: type[models.Model], key: str, *others: type[models.Model]) -> None:
        self._models, self._key = (first, *others), key

    def create(self, first: models.Model, *others: models.Model) -> None:
        """They are new, and come in the order of the models; no signal is sent. What the
        database makes of them is read when it is asked for."""
        rows = (first, *others)
        values = [
            field.get_db_prep_save(field.pre_save(row, True), connection)
            for row, fields in zip(rows, self._fields, strict=True)
            for field in fields
        ]
        [(first.pk,)] = self._statement.run(values)
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias
        for row in others:
            setattr(row, self._key, first)

    @cached_property
    def _fields(self) -> list[list[Any]]:
        """What is given for each: not its own number, nor the one of the first."""
        return [
            [
                field
                for field in model._meta.local_concrete_fields
                if not (field.generated or field.primary_key or (place and field.name == self._key))
            ]
            for place, model in enumerate(self._models)
        ]

    @cached_property
    def _statement(self) -> Known:
        numbers, inserts = count(1), []
        for place, (model, fields) in enumerate(zip(self._models, self._fields, strict=True)):
            columns = [field.column for field in fields]
            given = [f"${next(numbers)}::{_type(field)}" for field in fields]
            end = " RETURNING id"
            if place:
                key: Any = model._meta.get_field(self._key)
                columns, given = [*columns, key.column], [*given, "first.id"]
                end = " FROM first"
            inserts.append(
                f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
                f"SELECT {', '.join(given)}{end}"
            )
        parts = [f"part{place} AS ({sql})" for place, sql in enumerate(inserts[1:])]
        written = ", ".join([f"first AS ({inserts[0]})", *parts])
        sql = f"WITH {written} SELECT id FROM first"  # noqa: S608  # ours
        return Known(sql, next(numbers) - 1)


def _type(field: models.Field[Any, Any]) -> str:
    return _LENGTH.sub("", str(field.cast_db_type(connection)))
