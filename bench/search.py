"""How long the search page takes with 100,000 articles of 6 kB, whatever is looked for."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from .common import ROOT, Row, data_folder, site

ARTICLES: Final = int(os.environ.get("BENCH_ARTICLES", "100000"))
SEED: Final = 1
EACH_KIND: Final = 25
LIMIT_MILLISECONDS: Final = 50.0


def measure() -> list[Row]:
    with data_folder() as data, site(data) as (address, _):
        _load(data)
        times = {kind: _times(address, queries) for kind, queries in _queries().items()}
    everything = sorted(one for kind in times.values() for one in kind)
    rows = [
        Row(f"search: {kind}", f"{statistics.median(found):.1f} ms", f"worst {max(found):.1f} ms")
        for kind, found in times.items()
    ]
    p95 = everything[int(len(everything) * 0.95)]
    name = f"search in {ARTICLES:,} articles, {len(everything)} queries, p95"
    against = (
        f"limit {LIMIT_MILLISECONDS:.0f} ms; p50 {statistics.median(everything):.1f} ms, "
        f"worst {everything[-1]:.1f} ms"
    )
    return [*rows, Row(name, f"{p95:.1f} ms", against, p95 > LIMIT_MILLISECONDS)]


def _load(data: Path) -> None:
    words = ["make_load", "--yes", "--articles", str(ARTICLES), "--seed", str(SEED)]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["BACKSITE_DATA"] = str(data)
    command = [sys.executable, "manage.py", *words]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)


def _queries() -> dict[str, list[str]]:
    """The same ones each time: words of the load, from the most frequent to the rarest."""
    from backsite.made_up import Texts

    chance, words = random.Random(SEED), Texts(SEED).words  # noqa: S311  # no secret
    content = [word for word in words if len(word) > 4]
    common, medium, rare = content[:40], content[200:1_200], content[5_000:]

    def some(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(EACH_KIND)]

    def mistyped() -> str:
        word = chance.choice(medium)
        place = chance.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return {
        "very common word": some(lambda: chance.choice(common)),
        "common word": some(lambda: chance.choice(medium)),
        "rare word": some(lambda: chance.choice(rare)),
        "two words": some(lambda: f"{chance.choice(common)} {chance.choice(medium)}"),
        "four common words": some(lambda: " ".join(chance.sample(common, 4))),
        "beginning of a word": some(
            lambda: f"{chance.choice(common)} {chance.choice(content)[:3]}"
        ),
        "mistyped word": some(mistyped),
        "phrase, or what is not there": some(
            lambda: (
                f'"{" ".join(chance.sample(medium, 2))}"'
                if chance.random() < 0.5
                else f"qq{chance.choice(rare)}xx"
            )
        ),
    }


def _times(address: str, queries: list[str]) -> list[float]:
    """Milliseconds until the whole page is there, one request after the other."""
    connection = HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=30)
    times = []
    for query in queries:
        path = f"/search/?{urllib.parse.urlencode({'q': query})}"
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - begin) * 1_000)
        if answer.status != 200 or b"</html>" not in body:
            raise RuntimeError(f"{path} answered {answer.status}.")
    return times
