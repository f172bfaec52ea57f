#!/usr/bin/env python3
"""Every measurement as one table: what was measured, the figure, what it is held against.

    python3 bench/all.py            all of them, about a quarter of an hour
    python3 bench/all.py start      those whose name contains a word

Each is the median of three runs, made on this machine in this run; its limit or peer is
measured beside it; the search is measured once, with many queries. Needs `wrk` for the load.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main(words: list[str]) -> int:
    from bench import comments, pages, search, start
    from bench.common import Row

    rows: list[Row] = []
    kinds = (("start", start), ("pages", pages), ("comments", comments), ("search", search))
    for name, module in kinds:
        if words and not any(word in name for word in words):
            continue
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        rows += module.measure()
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        print(f"{row.name:<{width}}  {row.figure:>14}  {row.against}")
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    from backsite.lib import bootstrap

    bootstrap.ensure(ROOT, "test")
    sys.exit(main(sys.argv[1:]))
