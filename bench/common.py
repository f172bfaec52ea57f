"""A site of its own for each measurement, and the load on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
RUNS: Final = 3
LOAD_SECONDS: Final = 4
CONNECTIONS: Final = 16


@dataclass(frozen=True)
class Row:
    """One line of the table; `failed` when a limit that we promise was missed."""

    name: str
    figure: str
    against: str
    failed: bool = False


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def data_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backsite-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder.resolve(), ignore_errors=True)


@contextmanager
def site(data: Path, *words: str) -> Iterator[tuple[str, float]]:
    """A running site: (its address, seconds until it was ready)."""
    port = free_port()
    command = [sys.executable, "manage.py", "run", "--port", str(port), "--data", str(data), *words]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    begin = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            for line in run.stdout:
                if line.startswith("Ready in"):
                    break
            else:
                raise RuntimeError("The site did not start; its error is above.")
            yield f"http://localhost:{port}", time.monotonic() - begin
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate()


def requests_per_second(address: str) -> float:
    """By wrk, one thread, keep-alive; raises when there is no wrk or an answer was an error."""
    if shutil.which("wrk") is None:
        raise SystemExit("The measurements need wrk (Debian and Ubuntu: apt install wrk).")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{LOAD_SECONDS}s", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{address} answered with errors:\n{said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None
    return float(found[1])
