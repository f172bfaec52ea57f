#!/usr/bin/env python3
"""Every measurement as one table: what was measured, the figure, what it is held against.

    python3 bench/all.py            all of them, about a quarter of an hour
    python3 bench/all.py start      those whose name contains a word
    python3 bench/all.py sending-rates   of sending only how fast; `sending-memory`: long lists
    python3 bench/all.py sending --short   with small counts: whether it works, no figures
    python3 bench/all.py --short    ratios alone, within a minute: fails where one has fallen by
                                    half since it was recorded (bench/recorded.json)
    python3 bench/all.py --record   the same, and records them: on a quiet machine
    python3 bench/all.py spam --data FOLDER   the folder of comments to judge

Each is the median of three runs, made on this machine in this run; its limit or peer is
measured beside it; the search is measured once, with many queries. Needs `wrk` for the load,
and nginx for what it does before the site.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bench.common import Row

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
RECORDED: Final = ROOT / "bench" / "recorded.json"
FALLEN: Final = 0.5


def main(words: list[str]) -> int:
    if "--data" in words:  # of the spam filter, which looks for it there
        place = words.index("--data")
        os.environ["BENCH_SPAM_DATA"] = str(Path(*words[place + 1 : place + 2]).absolute())
        words = words[:place] + words[place + 2 :]
    # Whoever ends it ends what it has started: databases, servers, senders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = [word for word in words if not word.startswith("--")]
    if "--record" in words or ("--short" in words and not names):
        return short(record="--record" in words)
    from bench import (
        bounces,
        comments,
        importing,
        judging,
        lists,
        pages,
        posts,
        search,
        sending,
        spam,
        start,
    )
    from bench.common import EFFORT, told

    EFFORT.is_short = "--short" in words
    rows: list[Row] = []
    kinds: tuple[tuple[str, Callable[[], list[Row]]], ...] = (
        ("start", start.measure),
        ("pages", pages.measure),
        ("posts", posts.measure),
        ("comments", comments.measure),
        ("judging", judging.measure),
        ("search", search.measure),
        ("lists", lists.measure),
        ("bounces", bounces.measure),
        ("importing", importing.measure),
        ("sending-rates", sending.rates),
        ("sending-memory", sending.lists),
        ("spam", spam.measure),
    )
    for name, measure in kinds:
        if names and not any(word in name for word in names):
            continue
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        rows += measure()
    return told(rows)


def short(*, record: bool) -> int:
    """Absolute figures say nothing on a busy machine; what is measured beside each other does."""
    from bench import comments, pages
    from bench.common import EFFORT, data_folder

    EFFORT.runs, EFFORT.seconds = (3, 3) if record else (1, 1)
    fallen: list[str] = []
    with data_folder() as data:
        kinds: dict[str, Callable[[], list[Row]]] = {
            "comments": lambda: comments.long_discussions(data),
            "pages": lambda: pages.measured_in(data, short=True),
        }
        if record:
            found = {name: ratios(measure) for name, measure in kinds.items()}
            RECORDED.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
            return 0
        known: dict[str, dict[str, float]] = json.loads(RECORDED.read_text())
        for name, measure in kinds.items():
            # What somebody else did to the machine in that second is not there next time.
            fallen += fall(ratios(measure), known[name]) and fall(ratios(measure), known[name])
    for line in fallen:
        print(f"Fallen by half: {line}", file=sys.stderr)
    return 1 if fallen else 0


def ratios(measure: Callable[[], list[Row]]) -> dict[str, float]:
    from bench.common import told

    rows = measure()
    told(rows)
    return {row.name: round(row.ratio, 3) for row in rows if row.ratio is not None}


def fall(found: dict[str, float], known: dict[str, float]) -> list[str]:
    return [
        f"{name}: {found[name]} now, {ratio} when it was recorded"
        for name, ratio in known.items()
        if name in found and found[name] < ratio * FALLEN
    ]


if __name__ == "__main__":
    from backsite.lib import bootstrap

    bootstrap.ensure(ROOT, "test")
    sys.exit(main(sys.argv[1:]))
