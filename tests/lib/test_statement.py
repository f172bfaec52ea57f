"""SQL that a connection plans once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import SafeString

from backsite.lib.remembered import remembered
from backsite.lib.statement import Statement

SUM = Statement(
    "SELECT %(one)s + %(two)s, cardinality(%(many)s), %(one)s", one="int", two="int", many="int[]"
)


@pytest.mark.django_db
def test_it_says_the_same_each_time_and_is_one_question() -> None:
    with CaptureQueriesContext(connection) as asked:
        found = [SUM.run(one=1, two=number, many=[7] * number) for number in range(3)]
    assert found == [[(1, 0, 1)], [(2, 1, 1)], [(3, 2, 1)]]
    assert len(asked) == 3


@pytest.mark.django_db
def test_what_was_rolled_back_does_not_take_it_along() -> None:
    fresh = Statement("SELECT now() - %(ago)s < now()", ago="interval")
    with transaction.atomic():
        fresh.run(ago=timedelta(hours=1))
        transaction.set_rollback(True)
    assert fresh.run(ago=timedelta(hours=1)) == [(True,)]


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_learns_it_anew() -> None:
    assert SUM.run(one=1, two=2, many=[]) == [(3, 0, 1)]
    connection.close()
    assert SUM.run(one=1, two=2, many=[]) == [(3, 0, 1)]


@pytest.mark.django_db
def test_a_statement_that_cannot_be_planned_is_an_error_of_django() -> None:
    missing = Statement("SELECT there_is_no_such_column FROM django_migrations")
    with pytest.raises(ProgrammingError), transaction.atomic():
        missing.run()


def test_what_is_remembered_is_made_once_for_all_that_makes_a_difference() -> None:
    made = []

    @remembered(10)
    def greeting(name: str, *, loud: bool = False) -> str:
        made.append((name, loud))
        return f"Hello {name}"

    assert [greeting("Ada"), greeting("Ada")] == ["Hello Ada"] * 2
    greeting("Ada", loud=True)
    greeting(SafeString("Ada"))
    assert made == [("Ada", False), ("Ada", True), ("Ada", False)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "what",
    [
        "DEALLOCATE ALL",
        "ALTER TABLE django_site_of_a_test ALTER name TYPE varchar(300)",
        "its beginning was interrupted",
    ],
)
def test_it_recovers_when_the_server_knows_something_else(what: str) -> None:
    names = Statement("SELECT name FROM django_site_of_a_test")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_site_of_a_test (name varchar(200))")
    try:
        assert names.run() == []
        if what == "its beginning was interrupted":
            connection.close()
            what = f"PREPARE {names._known._name} AS SELECT 1"
        with connection.cursor() as cursor:
            cursor.execute(what)
        assert names.run() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE django_site_of_a_test")
