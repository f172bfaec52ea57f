"""Lighthouse as it is delivered: a middling phone on a slow line, simulated. One page of each
type; four categories and what a reader waits for. Where one run misses a limit there are two
more, and the median of the three counts: what else the machine is doing shows in single runs."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests import browser as chromium

from .common import Row
from .gather import Answer
from .quality_html import show
from .tools import Missing, node_tool

RUNS: Final = 3
TRIES: Final = 3
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
# By Chromium's own services, which a measurement does not need.
FLAGS: Final = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
LCP_SECONDS: Final = 1.0
# Not meant to be found: Lighthouse's "is it blocked from being indexed" does not apply.
UNLISTED: Final = "is-crawlable"


def judge(answers: list[Answer], folder: Path, address: str) -> list[Row]:
    """A row for each type of page, told apart by the first part of its address."""
    try:
        program = node_tool("lighthouse")
        with sync_playwright() as running:
            os.environ["CHROME_PATH"] = chromium.find(running) or chromium.install(running, print)
    except (Missing, chromium.NoBrowserError) as missing:
        return [Row("Lighthouse", "not run", str(missing))]
    folder.mkdir(exist_ok=True)
    rows = []
    for answer in one_of_each(answers):
        print(f"Lighthouse: {answer.name} …", file=sys.stderr, flush=True)
        try:
            rows.append(_row(program, answer, address, folder))
        except _NoAnswerError as error:  # the other pages are looked at all the same
            rows.append(Row(f"Lighthouse: {answer.name}", "no answer", str(error), True))
    return rows


def one_of_each(answers: list[Answer]) -> list[Answer]:
    """The longest page of each type: what is slow or faulty shows there first."""
    found: dict[tuple[str, int], Answer] = {}
    for answer in answers:
        if not answer.is_html or not answer.name.startswith("/") or answer.status != 200:
            continue
        parts = urlsplit(answer.name).path.strip("/").split("/")
        kind = (parts[0], len(parts))
        if kind not in found or len(answer.text) > len(found[kind].text):
            found[kind] = answer
    return list(found.values())


@dataclass(frozen=True)
class Seen:
    """What one run says, or the median of several."""

    scores: tuple[float, ...]
    lcp: float  # milliseconds
    cls: float
    tbt: float  # milliseconds

    @property
    def missed(self) -> bool:
        slow = self.lcp > LCP_SECONDS * 1000 or self.cls > 0 or self.tbt > 0
        return slow or min(self.scores) < 1


def _row(program: Path, answer: Answer, address: str, folder: Path) -> Row:
    skipped = UNLISTED if "noindex" in answer.text else ""

    def run() -> dict[str, Any]:
        return _run(program, address + answer.name, folder / "lighthouse.json")

    reports = [run()]
    if _seen(reports, skipped).missed:
        reports += [run() for _ in range(RUNS - 1)]
    seen = _seen(reports, skipped)
    if seen.missed:
        show("Lighthouse", [(answer.name, said) for said in _lost(reports[0], skipped)])
    wire = reports[0]["audits"]["network-requests"]["details"]["items"]
    kilobytes = sum(one.get("transferSize", 0) for one in wire) / 1000
    scores = " / ".join(str(round(100 * share)) for share in seen.scores)
    against = (
        f"limit 100 each; LCP {seen.lcp / 1000:.2f} s (limit {LCP_SECONDS:.2f}), "
        f"CLS {seen.cls:.3f}, TBT {seen.tbt:.0f} ms; {len(wire)} requests, {kilobytes:.1f} kB"
    )
    return Row(f"Lighthouse: {answer.name}", scores, against, seen.missed)


def _seen(reports: list[dict[str, Any]], skipped: str) -> Seen:
    shares = [
        _median(report["categories"][one]["score"] or 0 for report in reports) for one in CATEGORIES
    ]
    if skipped:
        shares[-1] = _median(_without(report, skipped) for report in reports)
    lcp, cls, tbt = (
        _median(report["audits"][one].get("numericValue", math.inf) for report in reports)
        for one in ("largest-contentful-paint", "cumulative-layout-shift", "total-blocking-time")
    )
    return Seen(tuple(shares), lcp, cls, tbt)


class _NoAnswerError(Exception):
    """Lighthouse gave up, several times in a row."""


def _run(program: Path, url: str, report: Path) -> dict[str, Any]:
    """One report. Lighthouse itself asks to be run again when Chromium's trace of a page is
    not whole, as happens on a busy machine."""
    command = [str(program), url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"]
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True)
        if not done.returncode:
            answer: dict[str, Any] = json.loads(report.read_text())
            return answer
    raise _NoAnswerError(done.stderr.strip()[-300:])


def _without(report: dict[str, Any], audit: str) -> float:
    """The share of the SEO category without one audit."""
    told = [one for one in report["categories"]["seo"]["auditRefs"] if one["id"] != audit]
    scored = [
        (one["weight"], report["audits"][one["id"]]["score"])
        for one in told
        if report["audits"][one["id"]]["score"] is not None
    ]
    whole = sum(weight for weight, _ in scored)
    return sum(weight * score for weight, score in scored) / whole if whole else 1.0


def _lost(report: dict[str, Any], skipped: str) -> list[str]:
    """What cost points."""
    weighed = {
        one["id"]
        for category in report["categories"].values()
        for one in category["auditRefs"]
        if one["weight"] and one["id"] != skipped
    }
    return [
        f"{name}: {audit['title']} {audit.get('displayValue', '')}".strip()
        for name, audit in report["audits"].items()
        if name in weighed and audit["score"] is not None and audit["score"] < 1
    ]


def _median(values: Any) -> float:
    return float(statistics.median(values))
