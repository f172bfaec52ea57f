"""A site with 100,000 articles, 2 million comments and a million subscribers. To make it takes
some minutes; BENCH_DATA names a folder that keeps it for the next time, and one run makes it
once for all its measurements.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from .common import ROOT, site

ARTICLES: Final = int(os.environ.get("BENCH_ARTICLES", "100000"))
COMMENTS: Final = int(os.environ.get("BENCH_COMMENTS", "2000000"))
SUBSCRIBERS: Final = int(os.environ.get("BENCH_SUBSCRIBERS", "1000000"))
SEED: Final = 1
LOADED: Final = "bench-is-loaded"


@cache
def folder() -> Path:
    if kept := os.environ.get("BENCH_DATA"):
        return Path(kept).resolve()
    made = Path(tempfile.mkdtemp(prefix="backsite-bench-"))
    atexit.register(shutil.rmtree, made.resolve(), ignore_errors=True)
    return made


def load(data: Path) -> None:
    """Where a site runs already, for its tables to be there."""
    if (data / LOADED).exists():
        return
    words = ["make_load", "--yes", "--seed", str(SEED), "--articles", str(ARTICLES)]
    words += ["--comments", str(COMMENTS), "--subscribers", str(SUBSCRIBERS)]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["BACKSITE_DATA"] = str(data)
    command = [sys.executable, "manage.py", *words]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    (data / LOADED).touch()


def prepare() -> Path:
    data = folder()
    with site(data):
        load(data)
    return data
