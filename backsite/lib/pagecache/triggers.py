"""The database itself says which pages a change touches, when the change is committed.

So nobody can forget to say it: not a verb, not the admin, not an import, not somebody who
corrects a row by hand. What is rolled back is never told (PostgreSQL, NOTIFY).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from .listener import CHANNEL
from .tags import EVERYTHING

FUNCTION: Final = "backsite_page_changed"
PREFIX: Final = "page_changed"
IN_BULK: Final = "backsite.in_bulk"

# The arguments are tags; `%column` in one stands for that column of the row.
_FUNCTION_SQL: Final = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    tag text;
    name text;
BEGIN
    IF current_setting('{IN_BULK}', true) = 'on' THEN RETURN NULL; END IF;
    IF TG_LEVEL = 'ROW' THEN
        IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF;
        IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
    END IF;
    FOREACH tag IN ARRAY TG_ARGV LOOP
        name := substring(tag FROM '%(\\w+)$');
        IF name IS NULL THEN
            PERFORM pg_notify('{CHANNEL}', tag);
        ELSE
            IF before IS NOT NULL THEN
                PERFORM pg_notify('{CHANNEL}', replace(tag, '%' || name, before ->> name));
            END IF;
            IF after IS NOT NULL THEN
                PERFORM pg_notify('{CHANNEL}', replace(tag, '%' || name, after ->> name));
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""


@dataclass(frozen=True)
class Watch:
    """`tags` are told when a row of `table` is written.

    `only`: an SQL condition on one row, written with `ROW.`; told when it holds before or
    after. `columns`: an update is told only when one of these differs. Without `only`,
    `columns` and a `%column` in a tag, one statement is told once, however many rows.
    `name` tells two watches of one table apart.
    """

    table: str
    tags: tuple[str, ...]
    only: str = ""
    columns: tuple[str, ...] = ()
    name: str = ""

    def sql(self) -> list[str]:
        if not (self.only or self.columns or any("%" in tag for tag in self.tags)):
            return [self._trigger("any", "INSERT OR UPDATE OR DELETE OR TRUNCATE", "STATEMENT")]
        before = self.only.replace("ROW.", "OLD.")
        after = self.only.replace("ROW.", "NEW.")
        either = f"({before}) OR ({after})" if self.only else ""
        differs = " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in self.columns)
        changed = " AND ".join(f"({part})" for part in (either, differs) if part)
        return [
            self._trigger("insert", "INSERT", "ROW", after),
            self._trigger("update", "UPDATE", "ROW", changed),
            self._trigger("delete", "DELETE", "ROW", before),
        ]

    def undo_sql(self) -> list[str]:
        kinds = ("any", "insert", "update", "delete")
        return [f"DROP TRIGGER IF EXISTS {self._name(kind)} ON {self.table}" for kind in kinds]

    def _name(self, kind: str) -> str:
        return "_".join(part for part in (PREFIX, self.name, kind) if part)

    def _trigger(self, kind: str, events: str, level: str, when: str = "") -> str:
        tags = ", ".join("'" + tag.replace("'", "''") + "'" for tag in self.tags)
        condition = f" WHEN ({when})" if when else ""
        return (
            f"CREATE TRIGGER {self._name(kind)} AFTER {events} ON {self.table} "
            f"FOR EACH {level}{condition} EXECUTE FUNCTION {FUNCTION}({tags})"
        )


@contextmanager
def in_bulk(connection: Any) -> Iterator[None]:
    """Inside a transaction: what is written by the hundred thousand is told once, as
    `everything`, instead of row by row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {IN_BULK} = 'on'")
        yield
        cursor.execute(f"SET LOCAL {IN_BULK} = 'off'")
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, EVERYTHING])


def install(connection: Any, watches: list[Watch]) -> None:
    """Safe to call again: a watch replaces the one of the same name."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTION_SQL)
        for watch in watches:
            for statement in [*watch.undo_sql(), *watch.sql()]:
                cursor.execute(statement)


def remove(connection: Any, watches: list[Watch]) -> None:
    with connection.cursor() as cursor:
        for watch in watches:
            for statement in watch.undo_sql():
                cursor.execute(statement)


def watched_tables(connection: Any) -> set[str]:
    """Which tables of this database tell of their changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s",
            [f"{PREFIX}%"],
        )
        return {name for (name,) in cursor.fetchall()}
