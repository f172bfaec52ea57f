"""No error on any page: html-validate (recommended rules) and the W3C's Nu checker."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Final

from .common import Row
from .gather import Answer
from .tools import TOOLS, Missing, node_tool

# As many are written out of each judge's findings; the rest is counted.
MOST_SHOWN: Final = 40


def judge(answers: list[Answer], folder: Path) -> list[Row]:
    folder.mkdir(exist_ok=True)
    names = {}
    for number, answer in enumerate(one for one in answers if one.is_html):
        word = re.sub(r"[^a-z0-9]+", "-", answer.name.lower()).strip("-")[:60]
        path = folder / f"{number:03}-{word or 'home'}.html"
        path.write_text(answer.text)
        names[path.name] = answer.name
    rows = []
    for name, look in (("html-validate", _html_validate), ("Nu checker", _nu)):
        try:
            found = look(folder)
        except Missing as missing:
            rows.append(Row(f"HTML: {name}", "not run", str(missing)))
            continue
        show(name, [(names[file], said) for file, said in found])
        figure = f"{len(found)} findings"
        rows.append(Row(f"HTML: {name}", figure, f"limit 0, on {len(names)} pages", bool(found)))
    return rows


def _html_validate(folder: Path) -> list[tuple[str, str]]:
    """(file, what was found) of each error."""
    # Into a file: it ends before all of a long answer is through a pipe.
    answer = folder.with_suffix(".json")
    command = [str(node_tool("html-validate")), "--formatter", f"json={answer}", "--config"]
    command += [str(TOOLS / "html-validate.json"), *map(str, sorted(folder.glob("*.html")))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TOOLS)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"html-validate failed: {done.stderr[-500:]}")
    results: list[dict[str, Any]] = json.loads(answer.read_text())
    return [
        (Path(result["filePath"]).name, f"{one['ruleId']}: {one['message']} ({one['selector']})")
        for result in results
        for one in result["messages"]
    ]


def _nu(folder: Path) -> list[tuple[str, str]]:
    if shutil.which("java") is None:
        raise Missing("needs Java (Debian and Ubuntu: apt install default-jre-headless).")
    jar = node_tool("vnu").parents[1] / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return [
        (Path(one["url"]).name, f"{one.get('subType', one['type'])}: {one['message']}")
        for one in messages
        if one["type"] != "info" or one.get("subType") == "warning"
    ]


def show(name: str, found: list[tuple[str, str]]) -> None:
    """What is on many pages once, with one of them."""
    first: dict[str, str] = {}
    for page, said in found:
        first.setdefault(said, page)
    for said, times in Counter(said for _, said in found).most_common(MOST_SHOWN):
        print(f"{name}: {said} – {first[said]}" + (f" and {times - 1} more" * (times > 1)))
