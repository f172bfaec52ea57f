"""Comments acknowledged per second, all on one article, as browsers send them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Final

from .comments import ARTICLE, in_shell
from .common import CONNECTIONS, EFFORT, Row, data_folder, median, site

# Web server and PostgreSQL share two cores; where there are no more, so does the load.
LEAST_A_SECOND: Final = 300
# What a browser with the site's own script sends; each is another comment of another reader.
LUA: Final = """
math.randomseed(os.time() + tonumber(tostring({{}}):match("0x(%x+)"), 16) % 100000)
local sent = math.random(1, 1000000000)
local function part(n) return string.format("%0" .. n .. "x", math.random(0, 16 ^ n - 1)) end
function request()
  sent = sent + 1
  local key = part(8) .. "-" .. part(4) .. "-4" .. part(3) .. "-8" .. part(3) .. "-" ..
    part(6) .. part(6)
  local body = "name=Reader&email=reader" .. sent .. "%40example.org&website=&parent=" ..
    "&homepage_title=&elapsed=41000&submission_key=" .. key .. "&text=Number+" .. sent ..
    "+asks+whether+walking+every+day+is+wise+when+it+comes+back+after+three+weeks%2C+" ..
    "and+what+to+look+for+on+the+way.+Thank+you+for+writing+this%21"
  local headers = {{["Content-Type"] = "application/x-www-form-urlencoded",
    ["Origin"] = "{address}", ["Sec-Fetch-Site"] = "same-origin",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}}
  return wrk.format("POST", "{action}", headers, body)
end
"""
COUNT: Final = """
from comments.models import Comment
print("comments", Comment.objects.filter(name="Reader").count())
"""


def measure() -> list[Row]:
    with data_folder() as data, site(data) as (address, _):
        page = urllib.request.urlopen(address + ARTICLE, timeout=20).read().decode()
        found = re.search(r'action="(/comments/on/\d+/)', page)
        assert found is not None
        script = data / "post.lua"
        script.write_text(LUA.format(address=address, action=found[1]))
        acknowledged = 0.0

        def speed() -> float:
            nonlocal acknowledged
            before = processor_seconds(data, address)
            number, rate = _post(address, script)
            after = processor_seconds(data, address)
            acknowledged += number
            costs.append([(b - a) * 1000 / number for a, b in zip(before, after, strict=True)])
            return rate

        costs: list[list[float]] = []
        rate = median(speed)
        kept = int(in_shell(data, COUNT).rpartition("comments")[2])
    web, database, worker = sorted(costs)[len(costs) // 2]
    return [
        Row(
            "comments posted to one article",
            f"{rate:,.0f}/s",
            f"each one saved when answered ({kept:,} of {acknowledged:,.0f} are there); limit "
            f"{LEAST_A_SECOND}/s",
            rate < LEAST_A_SECOND or kept < acknowledged,
        ),
        Row(
            "CPU to keep a comment",
            f"{web + database:.2f} ms",
            f"web {web:.2f}, PostgreSQL {database:.2f} (the checks of the worker among it): two "
            f"cores bear {2000 / (web + database):,.0f}/s",
        ),
        Row(
            "the worker’s own beside it",
            f"{worker:.2f} ms",
            "a comment is judged later, with what the others leave over",
        ),
    ]


def _post(address: str, script: Path) -> tuple[float, float]:
    """(how many were acknowledged, how many a second), by wrk; raises where one was not."""
    if shutil.which("wrk") is None:
        raise SystemExit("The measurements need wrk (Debian and Ubuntu: apt install wrk).")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{EFFORT.seconds}s", "--timeout", "30s"]
    command += ["-s", str(script), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"Comments were refused:\n{said}")
    number, rate = (
        re.search(r"(\d+) requests in", said),
        re.search(r"Requests/sec:\s+([\d.]+)", said),
    )
    assert number is not None
    assert rate is not None
    return float(number[1]), float(rate[1])


def processor_seconds(data: Path, address: str) -> tuple[float, float, float]:
    """Spent so far by the web server, by PostgreSQL, and by the site's worker."""
    port, cluster = address.rpartition(":")[2].encode(), (data / "postgres").resolve()
    web = database = 0.0
    workers: dict[int, float] = {}  # by who started them
    runner = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            is_web = b"granian" in words and port in words
            is_database = not is_web and cluster in (place := (process / "cwd").resolve()).parents
            is_database = is_database or (not is_web and place == cluster)
            is_worker = b"worker" in words
            if is_web or is_database or is_worker:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                web, database = web + spent * is_web, database + spent * is_database
                if is_worker:
                    workers[int(fields[1])] = spent
                if is_web:  # its workers were started by it, and it by the runner
                    runner = min(runner or int(fields[1]), int(fields[1]))
        except OSError:
            continue
    return web, database, workers.get(runner, 0.0)
