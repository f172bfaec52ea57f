"""The database that tests share, and how it is emptied between them."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase

# Django truncates every table after a test that committed, which makes some hundred files
# anew, and then writes again what it derives from the code. Few rows are deleted sooner.
# The moderation log is guarded against everybody else.
EMPTY: Final = """
SET LOCAL backsite.erasing = 'on';
SET CONSTRAINTS ALL DEFERRED;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    AND tablename NOT IN ('django_content_type', 'auth_permission', 'django_migrations')
  LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
END $$
"""


def prepare(patch: pytest.MonkeyPatch) -> None:
    """Every test begins with empty tables. The rows that migrations leave would be there
    only until the first test that empties all tables behind it."""
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        # Nothing here has to outlive a power cut. A killed process loses nothing by it.
        name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    connection.close()
    patch.setattr(TransactionTestCase, "_fixture_teardown", _empty)


def _empty(case: Any) -> None:
    """Once more where a page that was closing wrote a row meanwhile."""
    for is_last in (False, True):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(EMPTY)
        except IntegrityError:
            if is_last:
                raise
        else:
            return
