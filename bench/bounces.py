"""How many real bounces are read right, against a collection with answers.

The collection lies beside the checkout (`../shared/data/bounces`) or where the environment
variable BOUNCES names it: one mail a file, and `answers.json`, which lists for each file
what is to be found: recipient, kind, status, reason.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from typing import Final

from newsletter.bounces import read
from newsletter.bounces.answers import compare

from .common import ROOT, Row

FOLDER: Final = Path(os.environ.get("BOUNCES", ROOT.parent / "shared" / "data" / "bounces"))
# What the best public parser reaches on the collection that these were taken from.
PEER: Final = 0.986
LIMIT: Final = 0.975


def measure() -> list[Row]:
    answers = FOLDER / "answers.json"
    if not answers.exists():
        return [Row("bounces read right", "-", f"no collection at {FOLDER}; set BOUNCES")]
    score = compare(answers)
    share = score.right / score.total
    milliseconds = [_cost(path) for path in FOLDER.iterdir() if path.suffix != ".json"]
    return [
        *(Row(f"bounces: {name}", figure, against) for name, figure, against in score.rows()),
        Row(
            "a mail is read in",
            f"{statistics.median(milliseconds):.1f} ms CPU",
            f"worst {max(milliseconds):.0f} ms",
        ),
        Row(
            "right recipient and kind",
            f"{share:.1%}",
            f"the best public parser {PEER:.1%} (kind alone)",
            share < LIMIT,
        ),
    ]


def _cost(path: Path) -> float:
    raw = path.read_bytes()
    begun = time.process_time()
    read(raw)
    return (time.process_time() - begun) * 1000
