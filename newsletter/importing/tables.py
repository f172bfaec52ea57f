"""The statements that bring a piece of a list to where it belongs, all its lines at once."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from django.db import connection, models

from ..models.choice import Choice
from ..models.consent import ConsentEvent
from ..models.letter import Letter
from ..models.subscriber import Subscriber
from ..models.suppression import Suppression, SuppressionEvent
from .lines import Line

_COLUMNS: Final[dict[str, str]] = {
    "line": "integer", "email": "text", "key": "text", "first_name": "text", "state": "text",
    "suppress": "text", "asked_at": "timestamptz", "confirmed_at": "timestamptz",
    "left_at": "timestamptz", "left_why": "text", "page": "text", "form": "text",
    "wording": "text", "network": "text", "letters": "text",
}  # fmt: skip
_STATES: Final = {"subscribed": "confirmed", "pending": "pending", "left": "left"}
# Where a file of ours comes back, what people consented to is in it; others say where from.
_WHY: Final = "'imported from ' || %(program)s || ', file “' || %(name)s || '”'"


def stage(cursor: Any, lines: list[Line]) -> None:
    typed = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    cursor.execute(f"CREATE TEMP TABLE piece ({typed}) ON COMMIT DROP")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line in lines:
        writer.writerow([
            line.number, line.email, line.key, line.first_name, _STATES[line.stands],
            line.suppress, _at(line.asked_at), _at(line.confirmed_at), _at(line.left_at),
            line.left_why, line.page, line.form, line.wording, line.network, line.letters,
        ])  # fmt: skip
    text.seek(0)
    cursor.copy_expert("COPY piece FROM STDIN WITH (FORMAT csv, NULL '\\N')", text)
    cursor.execute("CREATE INDEX ON piece (key)")
    cursor.execute("ANALYZE piece")


def _at(moment: Any) -> str:
    return moment.isoformat() if moment else "\\N"


def refuse_known(cursor: Any) -> list[tuple[int, str, str]]:
    """Takes away who is known here: what people did on this site stands above a file."""
    subscriber, suppression = Subscriber._meta.db_table, Suppression._meta.db_table
    cursor.execute(f"""
        DELETE FROM piece USING {suppression} s
        WHERE s.email = piece.key AND s.lifted_at IS NULL AND piece.suppress = ''
          AND piece.state <> 'left'
          AND NOT EXISTS (SELECT 1 FROM {subscriber} p WHERE lower(p.email) = piece.key)
        RETURNING line, piece.email, s.reason
    """)  # noqa: S608  # the names of our own tables
    reasons = dict(Suppression.Reason.choices)
    found = [
        (line, email, f"the address is suppressed here ({reasons.get(reason, reason)})")
        for line, email, reason in cursor.fetchall()
    ]
    cursor.execute(f"""
        DELETE FROM piece USING {subscriber} p WHERE lower(p.email) = piece.key
        RETURNING line, piece.email, p.state, piece.state
    """)  # noqa: S608  # the names of our own tables
    return found + [
        (line, email, _known_in_words(here, there))
        for line, email, here, there in cursor.fetchall()
    ]


def _known_in_words(here: str, there: str) -> str:
    if here == "left" and there != "left":
        return "has left this list; only they themselves can come back"
    if here == "confirmed" and there == "left":
        return "is subscribed here, and has left according to the file: decide yourself"
    return "is on the list already; nothing was changed"


def insert(cursor: Any, values: dict[str, Any]) -> None:
    person = {
        "email": "email",
        "first_name": "first_name",
        "state": "state",
        "created_at": "LEAST(COALESCE(asked_at, confirmed_at, %(now)s), %(now)s)",
        "confirmed_at": "CASE WHEN state = 'confirmed' OR confirmed_at IS NOT NULL "
        "THEN LEAST(COALESCE(confirmed_at, asked_at, %(now)s), %(now)s) END",
        "left_at": "CASE WHEN state = 'left' THEN LEAST(COALESCE(left_at, %(now)s), %(now)s) END",
    }
    # Two imports at once, or a sign-up this moment: whoever is there first stays.
    cursor.execute("CREATE TEMP TABLE taken (id bigint, key text) ON COMMIT DROP")
    new = _insert_of(Subscriber, person, "FROM piece")
    cursor.execute(
        f"WITH new AS ({new} ON CONFLICT DO NOTHING RETURNING id, lower(email)) "  # noqa: S608  # ours
        "INSERT INTO taken SELECT * FROM new",
        values,
    )
    cursor.execute("CREATE INDEX ON taken (key)")
    cursor.execute("DELETE FROM piece WHERE key NOT IN (SELECT key FROM taken)")
    event = {
        "subscriber_id": "taken.id",
        "verb": "'import'",
        "by_id": "%(by)s::bigint",
        "actor": "%(actor)s",
        "why": f"{_WHY} || CASE WHEN state = 'left' THEN ', where they had left' || "
        "CASE WHEN left_why <> '' THEN ': ' || left_why ELSE '' END ELSE '' END",
        "at": "LEAST(COALESCE(confirmed_at, asked_at, %(now)s), %(now)s)",
        "source_page": "page",
        "form": "CASE WHEN form = '' THEN 'import' ELSE form END",
        "wording": "wording",
        "about": "letters",
        "address_hash": "network",
    }
    both = "FROM piece JOIN taken USING (key)"
    cursor.execute(_insert_of(ConsentEvent, event, both), values)
    _insert_choices(cursor, values)
    _insert_suppressions(cursor, values)
    cursor.execute("DROP TABLE taken")


def _insert_choices(cursor: Any, values: dict[str, Any]) -> None:
    """The letters that the file names, or those of every sign-up."""
    usual = {letter.pk for letter in Letter.of_sign_up()}
    for pk, key in Letter.objects.values_list("pk", "key"):
        named = "position(%(letter)s IN ' ' || letters || ' ') > 0"
        wanted = f"({named} OR letters = '')" if pk in usual else named
        choice = {
            "subscriber_id": "taken.id",
            "letter_id": "%(letter_pk)s",
            "since": "LEAST(COALESCE(confirmed_at, asked_at, %(now)s), %(now)s)",
        }
        cursor.execute(
            _insert_of(
                Choice,
                choice,
                f"FROM piece JOIN taken USING (key) WHERE state = 'confirmed' AND {wanted}",
            ),
            {**values, "letter": f" {key} ", "letter_pk": pk},
        )


def _insert_suppressions(cursor: Any, values: dict[str, Any]) -> None:
    row = {
        "email": "key",
        "reason": "suppress",
        "at": "%(now)s",
        "evidence": _WHY,
    }
    event = {
        "suppression_id": "put.id",
        "verb": "'suppress: ' || put.reason",
        "by_id": "%(by)s::bigint",
        "actor": "%(actor)s",
        "why": _WHY,
        "at": "%(now)s",
    }
    cursor.execute(
        f"WITH put AS ({_insert_of(Suppression, row, 'FROM piece WHERE suppress <> %(nothing)s')} "
        f"ON CONFLICT DO NOTHING RETURNING id, reason) "
        f"{_insert_of(SuppressionEvent, event, 'FROM put')}",
        {**values, "nothing": ""},
    )


def _insert_of(model: type[models.Model], known: dict[str, str], source: str) -> str:
    """INSERT … SELECT of these columns; every other one gets what the model gives it."""
    columns = dict(known)
    for column in model._meta.concrete_fields:
        name = column.column or ""
        if column.primary_key or column.generated or name in columns:
            continue
        default = column.get_db_prep_save(column.get_default(), connection)
        if default is not None:
            with connection.cursor() as cursor:
                columns[name] = cursor.mogrify("%s", [default]).decode().replace("%", "%%")
    names = ", ".join(f'"{name}"' for name in columns)
    table, values = model._meta.db_table, ", ".join(columns.values())
    return f'INSERT INTO "{table}" ({names}) SELECT {values} {source}'  # our own
