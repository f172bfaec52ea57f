"""What was read from mails beside what a person says is in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .reading import read
from .report import Report

KINDS: Final = ("hard", "soft", "complaint", "auto-reply", "delivered", "none")


@dataclass
class Score:
    """How many recipients were read right. `read_as` counts (kind it is, kind it was read as)."""

    read_as: Counter[tuple[str, str]] = field(default_factory=Counter)
    addressed: int = 0
    right: int = 0
    reasons: int = 0

    @property
    def total(self) -> int:
        return sum(self.read_as.values())

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """(what, how many, how they were read) for each kind, then altogether."""
        for wanted in KINDS:
            found = {kind: self.read_as[wanted, kind] for kind in KINDS}
            if of_kind := sum(found.values()):
                said = ", ".join(f"{kind} {count}" for kind, count in found.items() if count)
                yield wanted, str(of_kind), f"read as {said}"
        for name, count in (
            ("right recipient", self.addressed),
            ("right reason too", self.reasons),
            ("right recipient and kind", self.right),
        ):
            yield name, f"{count} of {self.total}", f"{count / max(self.total, 1):.1%}"


def compare(answers: Path) -> Score:
    """Reads the mails beside a file of answers: JSON, for each file's name the recipients in
    it, each with kind, status and reason. Raises OSError, or ValueError for another form."""
    known = json.loads(answers.read_text("utf-8"))
    score = Score()
    try:
        for name, expected in known.items():
            reports = read((answers.parent / name).read_bytes())
            for number, wanted in enumerate(expected):
                _add(score, wanted, _of(wanted["recipient"], number, reports))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{answers} does not list recipients for each file.") from error
    return score


def _add(score: Score, wanted: dict[str, str], found: Report) -> None:
    score.read_as[wanted["kind"], found.kind] += 1
    named = found.recipient.lower() == wanted["recipient"].lower()
    score.addressed += named
    score.right += named and found.kind == wanted["kind"]
    score.reasons += named and found.reason == wanted["reason"]


def _of(recipient: str, number: int, reports: list[Report]) -> Report:
    """The report on a recipient; where none names it, the one at its place."""
    for report in reports:
        if report.recipient.lower() == recipient.lower():
            return report
    return reports[min(number, len(reports) - 1)]
