#!/usr/bin/env python3
"""What others' programs say of our pages: a site with the demonstration is started, all of
its pages are read as readers get them, and each judge reads those.

    python3 bench/quality.py              all of them
    python3 bench/quality.py html         the pages' HTML (html-validate, the W3C's Nu checker)
    python3 bench/quality.py feeds        feeds and sitemap
    python3 bench/quality.py axe          what axe-core finds, light and dark, wide and narrow
    python3 bench/quality.py lighthouse   each type of page on a simulated phone
    python3 bench/quality.py sheet --keep docs/pictures   contact sheets of each page and state
    python3 bench/quality.py html --keep FOLDER   and leaves the pages there

Where a program is not here, the line says which one and what brings it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from bench.common import Row


def main(words: list[str]) -> int:
    from bench import quality_axe, quality_feeds, quality_html, quality_lighthouse, quality_sheet
    from bench.common import data_folder, site, told
    from bench.gather import gather

    kinds = ("html", "feeds", "axe", "lighthouse", "sheet")
    parser = argparse.ArgumentParser(description="What others' programs say of our pages.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the pages there")
    options = parser.parse_args(words)
    if unknown := set(options.kinds) - set(kinds):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(kinds)}.")
    with data_folder() as data, site(data) as (address, _):
        answers = gather(address, data)
        folder = data / "pages"
        judges: dict[str, Callable[[], list[Row]]] = {
            "html": lambda: quality_html.judge(answers, folder),
            "feeds": lambda: quality_feeds.judge(answers, folder),
            "axe": lambda: quality_axe.judge(answers, address),
            "lighthouse": lambda: quality_lighthouse.judge(answers, folder, address),
            "sheet": lambda: quality_sheet.make(answers, folder, address),
        }
        rows = [row for kind in kinds if kind in (options.kinds or kinds) for row in judges[kind]()]
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    return told(rows)


if __name__ == "__main__":
    from backsite.lib import bootstrap

    bootstrap.ensure(ROOT, "test")
    sys.exit(main(sys.argv[1:]))
