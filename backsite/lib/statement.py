"""SQL that each connection to the database parses and plans once, and then only runs.

For statements whose planning costs more than their work. What a page asks by models is a
`Prepared` of `backsite.lib.prepared`; this is for SQL that is written by hand.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection

_PLACE: Final = re.compile(r"%\((\w+)\)s")
# Of each connection, which statements it knows. They outlive a transaction that is rolled back,
# and go with the connection.
_known: Final[WeakKeyDictionary[Any, set[str]]] = WeakKeyDictionary()
# What the server says where it and we no longer agree on what the connection knows: a
# migration gave a column another type; somebody made it forget (DISCARD ALL); it knows
# something that we were not told of (interrupted in between).
_OUTDATED: Final = frozenset(["0A000", "26000", "42P05"])


def _given(value: Any) -> Any:
    """Numbers of a list as one text: an array written out is read number by number as SQL."""
    if isinstance(value, list) and all(isinstance(one, int) for one in value):
        return f"{{{','.join(map(str, value))}}}"
    return value


class Known:
    """A statement with its places written as PostgreSQL has them: `$1`, `$2`, …"""

    def __init__(self, sql: str, places: int, types: str = "") -> None:
        self._name = f"backsite_{blake2b(f'{types} {sql}'.encode(), digest_size=8).hexdigest()}"
        self._prepare = f"PREPARE {self._name} {types} AS {sql}"
        given = f" ({', '.join(['%s'] * places)})" if places else ""
        self._execute = f"EXECUTE {self._name}{given}"

    def run(self, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Its rows; none of a statement that gives none."""
        given = [_given(value) for value in values]
        try:
            return self._run(given)
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", "") not in _OUTDATED:
                raise
            if connection.in_atomic_block:  # this request is lost, the next is not
                connection.close_at = time.monotonic()
                raise
            connection.close()
            return self._run(given)

    def _run(self, given: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            self._make_known()
            cursor.execute(self._execute, given)
            return cursor.fetchall() if cursor.description else []

    def _make_known(self) -> None:
        """Not counted among a page's questions: it is asked once in a connection's life."""
        driver: Any = connection.connection
        known = _known.setdefault(driver, set())
        if self._name not in known:
            with connection.wrap_database_errors, driver.cursor() as cursor:
                cursor.execute(self._prepare)
            known.add(self._name)


class Statement:
    """`sql` has places such as `%(key)s`; `types` say what PostgreSQL is to take each for."""

    def __init__(self, sql: str, **types: str) -> None:
        self._order = list(types)
        named = _PLACE.sub(lambda place: f"${self._order.index(place[1]) + 1}", sql)
        kinds = f"({', '.join(types.values())})" if types else ""
        self._known = Known(named, len(self._order), kinds)

    def run(self, **values: Any) -> list[tuple[Any, ...]]:
        """Its rows; none of a statement that gives none."""
        return self._known.run([values[name] for name in self._order])
