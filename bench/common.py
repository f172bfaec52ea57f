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
CONNECTIONS: Final = 16


@dataclass(frozen=True)
class Row:
    """One line of the table; `failed` when a limit that we promise was missed. `ratio` (the
    more the better) is what a short run holds against the recorded one."""

    name: str
    figure: str
    against: str
    failed: bool = False
    ratio: float | None = None


@dataclass
class Effort:
    """How long a measurement takes: what is measured once for a second is good for a ratio
    that has fallen by half, and for no table."""

    runs: int = 3
    seconds: int = 4
    # Small counts: whether a measurement works at all, and no figure for a table.
    is_short: bool = False


EFFORT: Final = Effort()


def told(rows: list[Row]) -> int:
    """Prints the table; what the command returns: 1 when a limit was missed."""
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        missed = "  MISSED" if row.failed else ""
        print(f"{row.name:<{width}}  {row.figure:>14}  {row.against}{missed}")
    return 1 if any(row.failed for row in rows) else 0


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(EFFORT.runs))


def on_core(number: int) -> list[str]:
    """What stands before a command that is to have one core for itself and its children: the
    server the first, its load the last. Nothing where there is no choice."""
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    if len(cores) < 2 or shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", str(cores[number])]


SERVER_CORE: Final = 0
LOAD_CORE: Final = -1


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
def site(
    data: Path, *words: str, one_core: bool = False, **settings: str
) -> Iterator[tuple[str, float]]:
    """A running site: (its address, seconds until it was ready)."""
    port = free_port()
    command = on_core(SERVER_CORE) if one_core else []
    command += [
        sys.executable,
        "manage.py",
        "run",
        "--port",
        str(port),
        "--data",
        str(data),
        *words,
    ]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= settings
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


def requests_per_second(address: str, *headers: str) -> float:
    """By wrk, one thread, keep-alive; raises when there is no wrk or an answer was an error."""
    if shutil.which("wrk") is None:
        raise SystemExit("The measurements need wrk (Debian and Ubuntu: apt install wrk).")
    command = [*on_core(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{EFFORT.seconds}s"]
    command += [part for header in headers for part in ("-H", header)] + [address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{address} answered with errors:\n{said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None
    return float(found[1])
