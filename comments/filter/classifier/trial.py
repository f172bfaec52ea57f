"""The classifier tried on files, in memory: what `manage.py evaluate_spam` prints."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Final

from ..lines import DOUBT_LINE
from .counts import Counts, Seen
from .features import Features, features_of
from .limits import has_enough_for_line, has_learned_enough, weight_of
from .line import Lines, draw, examples_of
from .opinion import Opinion, opinion_on
from .sentences import sentences_of

# Above this probability the vote alone reaches the line from which a comment is held.
THRESHOLD: Final = 0.5
NEEDED: Final = ("text", "label")
# The csv module's own limit of 128 kB would refuse what the classifier only looks at in part.
LONGEST_FIELD: Final = 2**30


class FileError(Exception):
    """One line for the person at the keyboard: which file, where, and what is wrong."""


@dataclass(frozen=True)
class Row:
    text: str
    spam: bool
    author: str | None
    website: str | None

    @property
    def features(self) -> Features:
        return features_of(self.text, self.author, self.website)


def read(path: Path) -> list[Row]:
    """The rows of a CSV file with a header; raises FileError."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(_rows(path, csv.DictReader(lines, strict=True)))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise FileError(
            f"{path} is not UTF-8 (byte {error.object[error.start]:#04x}): save it as UTF-8."
        ) from None
    except csv.Error as error:
        raise FileError(f"{path} is no readable CSV: {error}.") from None
    if not rows:
        raise FileError(f"{path} has no rows.")
    return rows


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[Row]:
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise FileError(
            f"{path} has no column {' and no column '.join(missing)}: its first line must name "
            "text and label, and may name author and author_url."
        )
    for number, row in enumerate(reader, start=1):
        label = (row["label"] or "").strip()
        if label not in ("0", "1"):
            raise FileError(
                f"{path}, row {number} (line {reader.line_num}): the label is {label[:40]!r} and "
                "must be 1 for spam or 0."
            )
        yield Row(row["text"] or "", label == "1", row.get("author"), row.get("author_url"))


class Trained:
    """Learns as the site does, from rows instead of decisions, and touches no table."""

    def __init__(self, rows: Iterable[Row]) -> None:
        known = [(row, row.features) for row in rows]
        spam = sum(row.spam for row, _ in known)
        seen: dict[str, list[int]] = {}
        for row, features in known:
            for feature in features.told:
                seen.setdefault(feature, [0, 0])[0 if row.spam else 1] += 1
        total = Seen(spam, len(known) - spam)
        self.counts = Counts(total, {name: Seen(*both) for name, both in seen.items()})
        self.is_quiet = not has_learned_enough(total)
        self.lines: Lines | None = None
        if not self.is_quiet and has_enough_for_line(total):
            self.lines = draw(
                [
                    example
                    for row, features in known
                    for example in examples_of(row.text, row.author, features, spam=row.spam)
                ]
            )

    def opinion(self, row: Row) -> Opinion | None:
        if self.is_quiet:
            return None
        features = row.features
        line = self.lines.of(features) if self.lines else None
        return opinion_on(features, self.counts, line, lambda: sentences_of(row.text, row.author))

    def stops(self, row: Row) -> bool:
        """Whether its vote alone would keep the comment from being published."""
        opinion = self.opinion(row)
        return opinion is not None and weight_of(opinion) >= DOUBT_LINE


@dataclass(frozen=True)
class Result:
    """Fractions; None where a test of one kind leaves nothing to count."""

    accuracy: float
    spam_caught: float | None
    ham_blocked: float | None
    mcc: float | None
    threshold: float

    def as_json(self) -> dict[str, float | None]:
        return asdict(self)


def result_of(stopped: Iterable[tuple[bool, bool]]) -> Result:
    """From pairs: whether it is spam, whether it was stopped."""
    pairs = list(stopped)
    caught = sum(spam and stop for spam, stop in pairs)
    missed = sum(spam and not stop for spam, stop in pairs)
    blocked = sum(stop and not spam for spam, stop in pairs)
    passed = len(pairs) - caught - missed - blocked
    spam, ham = caught + missed, blocked + passed
    return Result(
        accuracy=(caught + passed) / len(pairs),
        spam_caught=caught / spam if spam else None,
        ham_blocked=blocked / ham if ham else None,
        mcc=_mcc(caught, missed, blocked, passed) if spam and ham else None,
        threshold=THRESHOLD,
    )


def _mcc(caught: int, missed: int, blocked: int, passed: int) -> float:
    """Matthews' correlation; 0, as usual, where everything was called the same."""
    product = (caught + blocked) * (caught + missed) * (passed + blocked) * (passed + missed)
    return (caught * passed - blocked * missed) / sqrt(product) if product else 0.0


def try_out(train: Iterable[Row], test: Iterable[Row]) -> Result:
    trained = Trained(train)
    return result_of((row.spam, trained.stops(row)) for row in test)
