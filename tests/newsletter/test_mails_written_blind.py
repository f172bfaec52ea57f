"""Returned mails as many makes of server write them, whole files with their answers.

They were written before the reader was tried on them (docs/bounces.md has what it got right
then), and stay, so that a phrase for one server does not undo another's. Nobody's mail.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsletter.bounces import read
from newsletter.bounces.answers import compare

FOLDERS = sorted((Path(__file__).parent / "came_back").glob("*/answers.json"))
MAILS: list[tuple[Path, list[dict[str, str]]]] = [
    (answers.parent / name, known)
    for answers in FOLDERS
    for name, known in json.loads(answers.read_text("utf-8")).items()
]


@pytest.mark.parametrize(
    ("mail", "known"), MAILS, ids=[f"{mail.parent.name}/{mail.stem}" for mail, _ in MAILS]
)
def test_it_reads_whom_each_speaks_of_and_whether_for_good(
    mail: Path, known: list[dict[str, str]]
) -> None:
    found = {(one.recipient, one.kind) for one in read(mail.read_bytes())}
    assert found == {(one["recipient"], one["kind"]) for one in known}


def test_the_table_of_right_and_wrong_counts_them_all() -> None:
    scores = [compare(answers) for answers in FOLDERS]
    recipients = sum(len(known) for _, known in MAILS)
    assert recipients > 280
    assert sum(score.total for score in scores) == recipients
    assert sum(score.right for score in scores) == recipients
