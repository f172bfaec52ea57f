#!/usr/bin/env python3
"""How well the spam filter's classifier does on comments it has not seen, beside its peers. (How
long it takes is in bench/judging.py.)

    python3 bench/spam.py [--data FOLDER]       the table of docs/spam-filter.md
    python3 bench/all.py spam [--data FOLDER]   the same as lines among all measurements

FOLDER holds youtube-*.csv, blog-ham.csv and blog-spam.csv (columns text, label, author,
author_url). Each YouTube set is held out in turn, the two others and both blog files are
learned. The blog files are cut in six: whole stretches of the ham, which are whole blogs
mostly, and whole families of the spam, so that no variant of a template is on both sides.
A peer that is not installed is left out, and the table says so.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.common import Row  # noqa: E402 - found by the line above
from comments.filter.classifier.trial import (  # noqa: E402
    Result,
    Trained,
    read,
    result_of,
)
from comments.filter.classifier.trial import Row as Comment  # noqa: E402

DATA: Final = Path(os.environ.get("BENCH_SPAM_DATA") or ROOT.parent / "shared" / "data" / "spam")
FOLDS: Final = 6
SAME_FAMILY: Final = 0.3  # this much of their words in common, at least
MOST_HAM_BLOCKED: Final = 0.01

Stops = Callable[[list[Comment], list[Comment]], list[bool]]
Split = tuple[str, list[Comment], list[Comment]]


def measure() -> list[Row]:
    if not DATA.is_dir():
        return [Row("spam filter", "–", f"not measured: there is no {DATA} (--data FOLDER)")]
    rows = []
    for name, results in table(DATA).items():
        ours, *others = results.items()
        peers = ", ".join(f"{who} {short(result)}" for who, result in others)
        failed = name == BLOG and (ours[1].ham_blocked or 0.0) > MOST_HAM_BLOCKED
        rows.append(Row(f"spam: {name}", short(ours[1]), peers, failed))
    return rows


BLOG: Final = "blog comments"


def table(folder: Path) -> dict[str, dict[str, Result]]:
    """Results by what was held out, then by who judged."""
    from bench.spam_peers import peers

    judges: dict[str, Stops] = {
        "this filter": ours,
        "this filter, text alone": lambda train, test: ours(bare(train), bare(test)),
        **peers(),
    }
    found: dict[str, dict[str, list[tuple[bool, bool]]]] = {}
    for name, train, test in splits(folder):
        print(f"  {name} …", file=sys.stderr, flush=True)
        for who, stops in judges.items():
            pairs = found.setdefault(name, {}).setdefault(who, [])
            pairs += zip((row.spam for row in test), stops(train, test), strict=True)
    return {name: {who: result_of(p) for who, p in by.items()} for name, by in found.items()}


def ours(train: list[Comment], test: list[Comment]) -> list[bool]:
    trained = Trained(train)
    return [trained.stops(row) for row in test]


def bare(rows: Iterable[Comment]) -> list[Comment]:
    return [Comment(row.text, row.spam, None, None) for row in rows]


def splits(folder: Path) -> Iterator[Split]:
    videos = {path.stem: read(path) for path in sorted(folder.glob("youtube-*.csv"))}
    ham, spam = read(folder / "blog-ham.csv"), read(folder / "blog-spam.csv")
    for name, test in videos.items():
        others = [row for other, rows in videos.items() if other != name for row in rows]
        yield name, [*others, *ham, *spam], test
    every = [row for rows in videos.values() for row in rows]
    fold_of_ham = [number * FOLDS // len(ham) for number in range(len(ham))]
    fold_of_spam = [family % FOLDS for family in families([row.text for row in spam])]
    blog = [*zip(fold_of_ham, ham, strict=True), *zip(fold_of_spam, spam, strict=True)]
    for fold in range(FOLDS):
        kept = [row for where, row in blog if where != fold]
        yield BLOG, [*every, *kept], [row for where, row in blog if where == fold]


def families(texts: list[str]) -> list[int]:
    """A number for each text, the same for variants of one template."""
    known: list[list[frozenset[str]]] = []
    numbers = []
    for text in texts:
        words = frozenset(re.findall(r"\w+", text.casefold()))
        near = [number for number, others in enumerate(known) if _is_near(words, others)]
        if not near:
            known.append([])
            near = [len(known) - 1]
        known[near[0]].append(words)
        numbers.append(near[0])
    return numbers


def _is_near(words: frozenset[str], others: list[frozenset[str]]) -> bool:
    return any(len(words & other) > SAME_FAMILY * len(words | other) for other in others)


def short(result: Result) -> str:
    caught, blocked = percent(result.spam_caught), percent(result.ham_blocked)
    return f"MCC {result.mcc or 0:.3f} (caught {caught}, ham blocked {blocked})"


def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.1f} %"


def main(words: list[str]) -> int:
    folder = Path(words[words.index("--data") + 1]) if "--data" in words else DATA
    if not folder.is_dir():
        print(f"There is no folder {folder}; name one with --data FOLDER.", file=sys.stderr)
        return 1
    out = csv.writer(sys.stdout, delimiter="|", lineterminator="\n")
    out.writerow(["held out ", " judge ", " right ", " spam caught ", " ham blocked ", " MCC"])
    out.writerow([" --- ", " --- ", " ---: ", " ---: ", " ---: ", " ---:"])
    for name, results in table(folder).items():
        for who, result in results.items():
            figures = map(percent, (result.accuracy, result.spam_caught, result.ham_blocked))
            out.writerow(
                [f"{name} ", f" {who} ", *(f" {f} " for f in figures), f" {result.mcc:.3f}"]
            )
    return 0


if __name__ == "__main__":
    from backsite.lib import bootstrap

    bootstrap.ensure(ROOT, "test")
    sys.exit(main(sys.argv[1:]))
