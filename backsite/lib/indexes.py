"""Indexes on tables that may be long, made while the site goes on writing into them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently


class IndexBeside(AddIndexConcurrently):
    """For a migration with `atomic = False`: nothing takes it back when it is killed, and what it
    leaves, PostgreSQL keeps as an invalid index of that name. Begun again, it clears that away
    first."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
