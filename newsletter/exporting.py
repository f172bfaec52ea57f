"""The whole list as a file, with each person's consent; what this site imports again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch

from .importing.report import as_csv
from .models import Choice, ConsentEvent, Subscriber, Suppression

AT_ONCE: Final = 2_000
HEADER: Final = (
    "email", "first name", "state", "created at", "confirmed at", "left at", "left why",
    "letters", "frequency", "paused until", "suppressed", "consent at", "consent page",
    "consent form", "consent wording", "consent network hash",
)  # fmt: skip
# The event that proves consent, the strongest first.
_PROOFS: Final = ("confirm", "import", "ask")


def lines() -> Iterator[str]:
    """Everybody, then the addresses that get no mail and are nobody's."""
    return as_csv(_rows())


def _rows() -> Iterator[tuple[Any, ...]]:
    yield HEADER
    suppressed = dict(Suppression.objects.in_force().values_list("email", "reason"))
    people = Subscriber.objects.order_by("pk").prefetch_related(
        Prefetch("choices", Choice.objects.standing().select_related("letter")),
        Prefetch("events", ConsentEvent.objects.order_by("-at", "-pk")),
    )
    for person in people.iterator(AT_ONCE):
        yield _row(person, suppressed.pop(person.email.lower(), ""))
    for address, reason in suppressed.items():
        yield (address, "", "suppressed", *[""] * 7, reason, *[""] * 5)


def _row(person: Subscriber, suppressed: str) -> tuple[Any, ...]:
    events = list(person.events.all())
    proof = next((one for verb in _PROOFS for one in events if one.verb == verb), None)
    left = next((one for one in events if one.verb == "leave"), None)
    letters = " ".join(choice.letter.key for choice in person.choices.all())
    return (
        person.email,
        person.first_name,
        person.get_state_display(),
        _at(person.created_at),
        _at(person.confirmed_at),
        _at(person.left_at),
        left.why if left else "",
        letters,
        person.frequency,
        _at(person.paused_until),
        suppressed,
        _at(proof.at if proof else None),
        proof.source_page if proof else "",
        proof.form if proof else "",
        proof.wording if proof else "",
        proof.address_hash if proof else "",
    )


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
