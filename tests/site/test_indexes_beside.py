"""Indexes on long tables are made while the site goes on writing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from backsite.lib.indexes import IndexBeside
from newsletter.models import Subscriber
from tests.newsletter.issues import make_readers

NAME = "subscriber_states"


def is_valid() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [NAME])
        [valid] = cursor.fetchone()
    return bool(valid)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_migration_has_left_is_made_anew() -> None:
    [index] = [index for index in Subscriber._meta.indexes if index.name == NAME]
    make_readers(2)
    table = Subscriber._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {NAME}")
        with pytest.raises(IntegrityError):  # it ends halfway, as one that is killed does
            cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON {table} (state)")
    assert not is_valid()
    state = ProjectState.from_apps(apps)
    with (
        CaptureQueriesContext(connection) as asked,
        connection.schema_editor(atomic=False) as editor,
    ):
        IndexBeside("subscriber", index).database_forwards("newsletter", editor, state, state)
    assert is_valid()
    assert all("CONCURRENTLY" in query["sql"] for query in asked if NAME in query["sql"])
