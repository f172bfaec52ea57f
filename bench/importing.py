"""How long a list of 100,000 takes to move in, by the command, with the database's part."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from .common import ROOT, Row, data_folder, site

LINES: Final = 100_000
# Such lines are no subscribers, each for a reason of its own that the report names.
WRONG: Final = {1_000: "no address", 50_000: "a@b@c.example", 99_999: ""}
LIMIT_SECONDS: Final = 60.0


def measure() -> list[Row]:
    with data_folder() as data:
        with site(data, "--no-demo"):
            pass
        file = data / "list.csv"
        file.write_text(_csv())
        begun = time.monotonic()
        said = _manage(data, "import_subscribers", str(file))
        seconds = time.monotonic() - begun
    steps = len(re.findall(r"\] [\d,]+ of 100,000", said))
    refused = len(re.findall(r"^\s*line [\d,]+: ", said, re.MULTILINE))
    return [
        Row(
            "100,000 lines imported in",
            f"{seconds:.1f} s",
            f"limit {LIMIT_SECONDS:.0f} s",
            seconds > LIMIT_SECONDS,
        ),
        Row("its bar moves", f"{steps} times", "at least 10", steps < 10),
        Row("lines refused, each told", str(refused), f"of {len(WRONG)}", refused != len(WRONG)),
    ]


def _csv() -> str:
    people = [
        WRONG.get(number, f"reader{number}@example{number % 500}.org")
        + f',Reader {number},"2019-03-01 12:33:44","2019-03-01 12:35:00",192.0.2.{number % 250}'
        for number in range(LINES)
    ]
    return "\n".join(["Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,CONFIRM_IP", *people, ""])


def _manage(data: Path, *words: str) -> str:
    environment = {**os.environ, "BACKSITE_DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
