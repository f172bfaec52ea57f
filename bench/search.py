"""How long the search page takes with 100,000 articles of 6 kB, whatever is looked for, and
the site's other pages beside it."""

from __future__ import annotations

import random
import statistics
import time
import urllib.parse
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Final

from .common import Row, site
from .load import ARTICLES, SEED, prepare
from .posts import processor_seconds

EACH_KIND: Final = 25
LIMIT_MILLISECONDS: Final = 50.0
ENDS: Final = (b"</html>", b"</feed>", b"</rss>", b"</urlset>", b"</sitemapindex>")
HOSTILE: Final = (
    "the or a or of or to",
    "-pain -back",
    "pain " * 30,
    '"a" "b" "c" or',
    "a* b:* !c & (d | e)",
    "\x00%s'; DROP TABLE articles_article; --",
    "x" * 5_000,
    "ألم الظهر 🦴",
    "back or pain or with or from or have or this or they or been or more or other or were",
)
PAGES: Final = {
    "home": "/",
    "all articles": "/articles/",
    "all articles, page 5,000": "/articles/?page=5000",
    "topic": "/topics/load-topic-3/",
    "small topic": "/topics/understanding-back-pain/",
    "author": "/authors/load-author-3/",
    "article": "/articles/load-article-500/",
    "feed": "/feed/",
    "feed of a topic": "/topics/load-topic-3/feed/",
    "sitemap index": "/sitemap.xml",
    "last part of the sitemap": "/sitemap-articles-200.xml",
}


def measure() -> list[Row]:
    # Every page made anew: kept ones cost the same at any size.
    data = prepare()
    with site(data, PAGE_CACHE_MEGABYTES="0") as (address, _):
        # Other words first: a database that was started a moment ago reads all from disk.
        for paths in _queries(SEED + 1).values():
            _times(address, paths)
        times, cpu = {}, {}
        for kind, paths in _queries(SEED).items():
            before = sum(processor_seconds(data, address)[:2])
            times[kind] = _times(address, paths)
            cpu[kind] = (sum(processor_seconds(data, address)[:2]) - before) * 1_000 / len(paths)
        others = {name: _times(address, [path] * EACH_KIND) for name, path in PAGES.items()}
    everything = sorted(one for kind in times.values() for one in kind)
    rows = [
        Row(
            f"search: {kind}",
            f"{statistics.median(found):.1f} ms",
            f"worst {max(found):.1f} ms; {cpu[kind]:.1f} ms of CPU each (web and PostgreSQL)",
        )
        for kind, found in times.items()
    ]
    p95 = everything[int(len(everything) * 0.95)]
    name = f"search in {ARTICLES:,} articles, {len(everything)} queries, p95"
    against = (
        f"limit {LIMIT_MILLISECONDS:.0f} ms; p50 {statistics.median(everything):.1f} ms, "
        f"worst {everything[-1]:.1f} ms"
    )
    rows.append(Row(name, f"{p95:.1f} ms", against, p95 > LIMIT_MILLISECONDS))
    for name, found in others.items():
        figure = f"{statistics.median(found):.1f} ms"
        rows.append(Row(f"{name} with as many", figure, f"worst {max(found):.1f} ms"))
    return rows


def _queries(seed: int) -> dict[str, list[str]]:
    """Addresses, the same ones each time: words of the load, from the most frequent to the
    rarest."""
    from backsite.made_up import Texts

    chance, words = random.Random(seed), Texts(SEED).words  # noqa: S311  # no secret
    content = [word for word in words if len(word) > 4]
    common, medium, rare = content[:40], content[200:1_200], content[5_000:]

    def some(make: Callable[[], str]) -> list[str]:
        return [make() for _ in range(EACH_KIND)]

    def mistyped() -> str:
        word = chance.choice(medium)
        place = chance.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    kinds = {
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
        "hostile": [HOSTILE[number % len(HOSTILE)] for number in range(EACH_KIND)],
    }
    return {
        kind: [f"/search/?{urllib.parse.urlencode({'q': query})}" for query in queries]
        for kind, queries in kinds.items()
    }


def _times(address: str, paths: list[str]) -> list[float]:
    """Milliseconds until the whole page is there, one request after the other."""
    connection = HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=30)
    times = []
    for path in paths:
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - begin) * 1_000)
        if answer.status != 200 or not body.rstrip().endswith(ENDS):
            raise RuntimeError(f"{path} answered {answer.status}.")
    return times
