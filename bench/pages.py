"""Pages that are kept, pages made anew for each request, and what the same servers do with
nothing to make. One core for the server with all its parts, one for the load."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .comments import ARTICLE, FEW, in_shell
from .common import (
    SERVER_CORE,
    Row,
    data_folder,
    free_port,
    median,
    on_core,
    requests_per_second,
    site,
)
from .nginx import NGINX, nginx

BARE: Final = """
BODY = b"x" * 30_000
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "30000")])
    return [BODY]
"""
# Of the bare callable, for a page that is kept; of nginx's own file, behind nginx. Half of
# it fails the run.
REACH: Final = 0.5
REACH_BEHIND: Final = 0.8
PAGES: Final = {
    "home": "/",
    "article": "/articles/good-days-and-bad-days/",
    f"article with {FEW} comments": ARTICLE,
}
BROTLI: Final = "Accept-Encoding: br"
GZIP: Final = "Accept-Encoding: gzip"
FILL: Final = """
from django.db import connection
from bench.comments import ARTICLE, FEW, FILL
with connection.cursor() as cursor:
    cursor.execute(FILL, {"path": ARTICLE, "count": FEW})
"""


def measure() -> list[Row]:
    with data_folder() as data:
        with site(data):
            pass
        return measured_in(data)


def measured_in(data: Path, *, short: bool = False) -> list[Row]:
    """`data`: of a site that was started before. `short`: the ratios alone, within seconds."""
    with bare_server(data) as address:
        bare = median(lambda: requests_per_second(address))
    rows = [Row("bare callable, 30 kB", f"{bare:,.0f}/s", "the server’s own limit")]
    with site(data, one_core=True, SHARED_CACHE_SECONDS="3600") as (address, _):
        in_shell(data, FILL)
        kept = _speeds(address)
        megabytes = memory_of(address)
        rows += behind_nginx(data, address)
    fresh = {} if short else _fresh(data)
    for name in PAGES:
        plain, small = kept[name]
        # A page of 240 kB cannot leave as often as one of 30 unless it is compressed.
        share = max(plain, small) / bare
        against = f"{plain / bare:.2f} of the limit; {small / bare:.2f} compressed (reach {REACH})"
        figure = f"{plain:,.0f}/s"
        rows.append(Row(f"{name}, kept", figure, against, share < REACH / 2, share))
        if name in fresh:
            made = fresh[name]
            against = f"1/{plain / made:,.0f} of a kept one; {made / bare:.4f} of the limit"
            rows.append(Row(f"{name}, made anew", f"{made:,.0f}/s", against))
    rows.append(Row("memory of a web process", f"{megabytes:.0f} MB", "after the load above"))
    return rows


def behind_nginx(data: Path, address: str) -> list[Row]:
    """The same page from nginx's page cache, and as a file of nginx's, compressed ahead."""
    if NGINX is None:
        return [Row("behind nginx", "not measured", "nginx is not here: apt install nginx-light")]
    path, port = ARTICLE, free_port()
    folder = Path(tempfile.mkdtemp(prefix="nginx-", dir=data))  # a second run begins empty, too
    page = urllib.request.urlopen(address + path, timeout=20).read()
    (data / "static" / "page.html").write_bytes(page)
    (data / "static" / "page.html.gz").write_bytes(gzip.compress(page, 6, mtime=0))
    upstream = int(address.rpartition(":")[2])
    with nginx(folder, data, port, upstream, *on_core(SERVER_CORE)) as front:
        own = median(lambda: requests_per_second(f"{front}/static/page.html", GZIP))
        kept = median(lambda: requests_per_second(front + path, GZIP))
    share = kept / own
    return [
        Row("nginx’s own file, the same page", f"{own:,.0f}/s", "nginx’s limit, compressed"),
        Row(
            f"article with {FEW} comments, behind nginx",
            f"{kept:,.0f}/s",
            f"{share:.2f} of nginx’s limit (reach {REACH_BEHIND})",
            share < REACH_BEHIND / 2,
            share,
        ),
    ]


def _fresh(data: Path) -> dict[str, float]:
    with site(data, one_core=True, PAGE_CACHE_MEGABYTES="0") as (address, _):
        return {
            name: median(partial(requests_per_second, address + path))
            for name, path in PAGES.items()
        }


def _speeds(address: str) -> dict[str, tuple[float, float]]:
    """Of each page: plain, and compressed."""
    return {
        name: (
            median(partial(requests_per_second, address + path)),
            median(partial(requests_per_second, address + path, BROTLI)),
        )
        for name, path in PAGES.items()
    }


def memory_of(address: str) -> float:
    """The largest of the site's web processes, in megabytes of its own (PSS)."""
    sizes = [0.0]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"granian" in words and address.rpartition(":")[2].encode() in words:
                rollup = (process / "smaps_rollup").read_text()
                kilobytes = next(row for row in rollup.splitlines() if row.startswith("Pss:"))
                sizes.append(int(kilobytes.split()[1]) / 1024)
        except (OSError, StopIteration):
            continue
    return max(sizes)


@contextmanager
def bare_server(folder: Path) -> Iterator[str]:
    """The same server with the same settings, and a callable that only answers."""
    (folder / "bare.py").write_text(BARE)
    port = free_port()
    words = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws"]
    command = [*on_core(SERVER_CORE), sys.executable, "-m", "granian", *words]
    command += ["--no-access-log", "--port", str(port), "bare:application"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    ) as server:
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(address)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{address} did not answer.")
