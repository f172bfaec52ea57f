"""Takes in one piece of a list: the lines go by COPY into a table of this transaction, and
from there all at once to where they belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils import timezone

from ..models.subscriber import Subscriber, mark_of
from .lines import Line, Refused, line_of
from .reading import Sheet
from .tables import insert, refuse_known, stage

if TYPE_CHECKING:
    from ..models.importing import ListImport


def take_piece(
    run: ListImport, sheet: Callable[[], Sheet], size: int
) -> tuple[int, dict[str, int]]:
    """(lines done, what became of them so far). Writes nothing but refusals in a dry run."""
    from ..models.importing import counted

    reader = _reader(run, sheet)
    lines: list[Line] = []
    refused: list[tuple[int, str, str]] = []
    for number, cells in islice(reader.rows, size):
        reader.done += 1
        try:
            line = line_of(number, cells, run.mapping)
            if (before := reader.seen.setdefault(line.key, number)) != number:
                raise Refused(f"the address stands in line {before} already")
        except Refused as error:
            refused.append((number, _typed(cells or [], run.mapping), str(error)))
        else:
            lines.append(line)
    counts = _write(run, lines, refused)
    if reader.done >= run.total:
        _readers.clear()
    return reader.done, counted(run.counts, counts)


@dataclass
class _Reader:
    """Where this process stands in a file. The table holds the truth: a reader that stands
    elsewhere than the run is made anew, by passing over what was done."""

    of: tuple[Any, ...]
    rows: Iterator[tuple[int, list[str] | None]]
    done: int = 0
    seen: dict[str, int] = field(default_factory=dict)


_readers: Final[list[_Reader]] = []


def _reader(run: ListImport, sheet: Callable[[], Sheet]) -> _Reader:
    of = (run.pk, run.began_at, run.is_real, tuple(run.mapping.items()))
    kept = _readers.pop() if _readers else None
    if kept is None or kept.of != of or kept.done != run.done or run.done == 0:
        kept = _Reader(of, sheet().rows())
        for number, cells in islice(kept.rows, run.done):
            kept.done += 1
            kept.seen.setdefault(_typed(cells or [], run.mapping).lower(), number)
    _readers.append(kept)
    return kept


def _typed(cells: list[str], mapping: dict[str, int]) -> str:
    place = mapping["email"]
    return cells[place].strip()[:320] if place < len(cells) else ""


def _write(
    run: ListImport, lines: list[Line], refused: list[tuple[int, str, str]]
) -> dict[str, int]:
    values = {
        "now": timezone.now(),
        "program": run.program,
        "name": run.name,
        "actor": run.actor,
        "by": run.by_id,
        "run": run.pk,
    }
    with connection.cursor() as cursor:
        stage(cursor, _without_erased(lines, refused))
        refused += refuse_known(cursor)
        if run.is_real:
            insert(cursor, values)
        cursor.execute(
            "SELECT state, count(*), count(*) FILTER (WHERE suppress <> '') FROM piece GROUP BY 1"
        )
        rows = cursor.fetchall()
        cursor.execute("DROP TABLE piece")
    _keep_refusals(run, refused)
    counts = {state: number for state, number, _ in rows}
    counts["suppressed"] = sum(row[2] for row in rows)
    counts["refused"] = len(refused)
    return counts


def _without_erased(lines: list[Line], refused: list[tuple[int, str, str]]) -> list[Line]:
    """Whoever was erased is known by a mark alone: a list must not bring them back."""
    marks = Subscriber.objects.exclude(erased_mark="").values_list("erased_mark", flat=True)
    if not marks.exists():
        return lines
    mark = {line.number: mark_of(line.email) for line in lines}
    erased = set(marks.filter(erased_mark__in=list(mark.values())))
    why = "was erased here; only they themselves can come back"
    refused += [(line.number, line.email, why) for line in lines if mark[line.number] in erased]
    return [line for line in lines if mark[line.number] not in erased]


def _keep_refusals(run: ListImport, refused: list[tuple[int, str, str]]) -> None:
    from ..models.importing import ImportRefusal

    ImportRefusal.objects.bulk_create(
        [
            ImportRefusal(run=run, line=line, email=email.replace("\x00", ""), why=why[:300])
            for line, email, why in refused
        ],
        ignore_conflicts=True,
        batch_size=2_000,
    )
