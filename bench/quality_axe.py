"""No fault that axe-core knows of, on any page in any state, in light and in dark, wide and
narrow; and nothing that makes a page wider than its window, at 320 px or with text of twice
the size.

Each page is opened once in each scheme. In light all rules are asked, wide and narrow; what
dark changes is colours, so there the rule of contrast is asked. Of pages that one template
makes (articles, topics, tags, authors) the longest and the shortest are looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, Route, ViewportSize, sync_playwright

from tests import browser as chromium

from .common import ROOT, Row
from .gather import Answer
from .quality_html import show
from .tools import Missing, node_modules

WIDE: Final = ViewportSize(width=1280, height=900)
NARROW: Final = ViewportSize(width=320, height=640)
# Of nginx's own page for when the site is away.
DOWN: Final = ROOT / "deploy" / "nginx" / "down.css"
# WCAG 2.2 A and AA, and what axe's makers hold to be good practice.
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES: Final = {
    "light": {"runOnly": TAGS, "resultTypes": ["violations"]},
    "dark": {
        "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
        "resultTypes": ["violations"],
    },
}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
SEVERAL: Final = ("articles", "topics", "tags", "authors", "comments")


def judge(answers: list[Answer], address: str) -> list[Row]:
    pages = of_each_kind([one for one in answers if one.is_html])
    name = f"axe: {len(pages)} pages, light and dark, wide and at 320 px"
    try:
        script = (node_modules() / "axe-core" / "axe.min.js").read_text()
        with browser() as running:
            found = list(_faults(running, pages, address, script))
    except (Missing, chromium.NoBrowserError) as missing:
        return [Row(name, "not run", str(missing))]
    show("axe", found)
    return [Row(name, f"{len(found)} findings", "limit 0", bool(found))]


def of_each_kind(pages: list[Answer]) -> list[Answer]:
    """Every page but those of which the same template makes many: of them two."""
    kept: list[Answer] = []
    many: dict[tuple[str, int], list[Answer]] = {}
    for page in pages:
        parts = page.name.strip("/").split("/")
        if page.name.startswith("/") and parts[0] in SEVERAL and len(parts) > 1:
            many.setdefault((parts[0], len(parts)), []).append(page)
        else:
            kept.append(page)
    for alike in many.values():
        alike.sort(key=lambda page: len(page.text))
        kept += [alike[0], alike[-1]][: len(alike)]
    return kept


def _faults(
    running: Browser, pages: list[Answer], address: str, script: str
) -> Iterator[tuple[str, str]]:
    for scheme in SCHEMES:
        context = running.new_context(
            viewport=WIDE, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        page = context.new_page()
        for number, answer in enumerate(pages, start=1):
            print(f"axe, {scheme}: {number} of {len(pages)}", end="\r", file=sys.stderr, flush=True)
            page.set_viewport_size(WIDE)
            show_answer(page, answer, address)
            page.evaluate(script)
            for size in (WIDE, NARROW) if scheme == "light" else (WIDE,):
                page.set_viewport_size(size)
                where = f"{answer.name} ({scheme}, {size['width']} px)"
                yield from ((where, said) for said in _wider(page, size))
                yield from ((where, said) for said in _asked(page, scheme))
        context.close()
    print(file=sys.stderr)


def _asked(page: Page, scheme: str) -> Iterator[str]:
    done: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES[scheme])
    for rule in done["violations"]:
        nodes = rule["nodes"]
        yield f"{rule['id']}: {rule['help']} ({nodes[0]['html'][:120]})"


def _wider(page: Page, size: ViewportSize) -> Iterator[str]:
    for share in ("100%", "200%") if size is NARROW else ("100%",):
        page.evaluate("share => { document.documentElement.style.fontSize = share }", share)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            yield f"wider than its window with text at {share} by {width - size['width']} px"
    page.evaluate("document.documentElement.style.fontSize = ''")


def show_answer(page: Page, answer: Answer, address: str) -> None:
    """Opens it in the browser as it came, also where only a form or a mail leads there: its
    scripts, styles and pictures come from the site."""

    def give(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=answer.text)

    at = address + (answer.name if answer.name.startswith("/") else "/as-it-came/")
    page.route(at, give)
    page.route("**/down.css", lambda route: route.fulfill(path=DOWN, content_type="text/css"))
    page.goto(at)
    page.unroute_all()


@contextmanager
def browser() -> Iterator[Browser]:
    """Raises tests.browser.NoBrowserError."""
    with sync_playwright() as running:
        path = chromium.find(running) or chromium.install(running, print)
        os.environ["CHROMIUM"] = path
        begun = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield begun
        finally:
            begun.close()
