"""Pages made anew for each request, beside what the same server does with nothing to make."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .common import Row, data_folder, free_port, median, requests_per_second, site

BARE: Final = """
BODY = b"x" * 30_000
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "30000")])
    return [BODY]
"""
PAGES: Final = {
    "home": "/",
    "article with comments": "/articles/the-first-weeks-of-back-pain/",
}


def measure() -> list[Row]:
    with data_folder() as data:
        with bare_server(data) as address:
            bare = median(lambda: requests_per_second(address))
        rows = [Row("bare callable, 30 kB", f"{bare:,.0f}/s", "the server's own limit")]
        with site(data) as (address, _):
            for name, path in PAGES.items():
                speed = median(partial(requests_per_second, address + path))
                rows.append(Row(name, f"{speed:,.0f}/s", f"{speed / bare:.4f} of the limit"))
    return rows


@contextmanager
def bare_server(folder: Path) -> Iterator[str]:
    """The same server with the same settings, and a callable that only answers."""
    (folder / "bare.py").write_text(BARE)
    port = free_port()
    words = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1", "--no-ws"]
    command = [sys.executable, "-m", "granian", *words, "--port", str(port), "bare:application"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(address)
            yield address
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{address} did not answer.")
