"""Contact sheets for the eye: each type of page and each state as a reader meets it, at three
widths, in light and in dark. They are kept small enough to stand in docs/pictures, where
the README shows them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, ViewportSize

from tests import browser as chromium

from .common import Row
from .gather import Answer
from .quality_axe import SCHEMES, browser, show_answer

# (width of the window, its height, width on the sheet, pictures side by side)
SIZES: Final = ((390, 780, 190, 9), (820, 1000, 280, 6), (1440, 960, 420, 4))
GAP: Final = 14
LINE: Final = 22
BACKGROUND: Final = (120, 126, 124)
QUALITY: Final = 50
MOST_BYTES: Final = 1_500_000
PICTURES_ARE_THERE: Final = """
() => [...document.images].every((one) => {
  const at = one.getBoundingClientRect();
  return one.complete || at.bottom < 0 || at.top > innerHeight;
})
"""
# What stands under the picture, the page (as bench/gather.py names it), and what of it is
# looked at, where that is not its beginning.
SHOWN: Final[tuple[tuple[str, str, str], ...]] = (
    ("home", "/", ""),
    ("topic, start here", "a topic with what to start with", ""),
    ("article", "/articles/the-first-weeks-of-back-pain/", ""),
    ("article, its text", "/articles/the-first-weeks-of-back-pain/", ".prose > h2"),
    ("references", "/articles/the-first-weeks-of-back-pain/", ".references"),
    ("helpful, related", "/articles/the-first-weeks-of-back-pain/", ".helpful"),
    ("comments", "/articles/the-first-weeks-of-back-pain/", "#comments"),
    ("comment form", "/articles/the-first-weeks-of-back-pain/", "#respond"),
    ("comment held", "a comment held", ".comment.held"),
    ("comment with errors", "a comment without words", "#respond"),
    ("comments closed", "an article whose comments are closed", "#respond"),
    ("replying", "a reply without words", "#respond"),
    ("database away", "a comment while the database is away", ""),
    ("part of a series", "a part of a series", ".series"),
    ("author", "/authors/ruth-adeyemi/", ""),
    ("nothing yet", "a topic without articles", ""),
    ("all articles", "/articles/", ""),
    ("search", "/search/?q=back", ""),
    ("search, nothing", "/search/?q=xylophone", ""),
    ("page", "/about/", ""),
    ("sign up", "/newsletter/", ""),
    ("sign up, error", "signed up wrongly", ""),
    ("check your inbox", "signed up", ""),
    ("to confirm", "to confirm", ""),
    ("confirmed", "confirmed", ""),
    ("preferences", "what one gets", ""),
    ("goodbye", "left", ""),
    ("letters", "letters", ""),
    ("a letter", "a letter", ""),
    ("the book", "the book", ""),
    ("preview", "a preview", ""),
    ("404", "/no-such-page/", ""),
    ("410", "what is withdrawn", ""),
    ("500", "500", ""),
    ("503", "503", ""),
    ("site away (nginx)", "the site is away", ""),
)


def make(answers: list[Answer], folder: Path, address: str) -> list[Row]:
    """A row for each sheet; the sheets are `sheet-390-light.webp` and so on, in the folder."""
    pages = {answer.name: answer for answer in answers if answer.is_html}
    folder.mkdir(exist_ok=True)
    missing = sorted({name for _, name, _ in SHOWN} - set(pages))
    rows = [Row("pages for the sheets", f"{len(missing)} missing", ", ".join(missing), True)]
    rows = rows if missing else []
    try:
        with browser() as running:
            for scheme in SCHEMES:
                context = running.new_context(color_scheme=scheme, reduced_motion="reduce")
                taken = _take(context.new_page(), pages, address)
                context.close()
                rows += [_row(taken[width], width, scheme, folder) for width, *_ in SIZES]
    except chromium.NoBrowserError as reason:
        return [Row("contact sheets", "not made", str(reason))]
    whole = sum(path.stat().st_size for path in folder.glob("sheet-*.webp"))
    limit = f"limit {MOST_BYTES / 1000:.0f} kB"
    return [*rows, Row("all sheets", f"{whole / 1000:.0f} kB", limit, whole > MOST_BYTES)]


def _take(
    page: Page, pages: dict[str, Answer], address: str
) -> dict[int, list[tuple[str, Image.Image]]]:
    taken: dict[int, list[tuple[str, Image.Image]]] = {width: [] for width, *_ in SIZES}
    for words, name, place in SHOWN:
        if name not in pages:
            continue
        print(f"sheets: {words} …", file=sys.stderr, flush=True)
        show_answer(page, pages[name], address)
        for width, height, small, _ in SIZES:
            page.set_viewport_size(ViewportSize(width=width, height=height))
            page.locator(place or "body").first.evaluate("one => one.scrollIntoView()")
            page.wait_for_function(PICTURES_ARE_THERE)
            with Image.open(io.BytesIO(page.screenshot())) as picture:
                size = (small, round(height * small / width))
                shrunk = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            taken[width].append((words, shrunk))
    return taken


def _row(pictures: Sequence[tuple[str, Image.Image]], width: int, scheme: str, to: Path) -> Row:
    columns = next(columns for wide, _, _, columns in SIZES if wide == width)
    sheet = to / f"sheet-{width}-{scheme}.webp"
    _sheet(pictures, columns).save(sheet, quality=QUALITY, method=6)
    size = f"{sheet.stat().st_size / 1000:.0f} kB"
    return Row(f"contact sheet, {width} px, {scheme}", f"{len(pictures)} pages", size)


def _sheet(pictures: Sequence[tuple[str, Image.Image]], columns: int) -> Image.Image:
    width, height = pictures[0][1].size
    across, down = width + GAP, height + LINE + GAP
    lines = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * across + GAP, lines * down + GAP), BACKGROUND)
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(14)
    for number, (words, picture) in enumerate(pictures):
        line, column = divmod(number, columns)
        left, top = GAP + column * across, GAP + line * down
        whole.paste(picture, (left, top))
        pen.text((left, top + height + 3), words, fill=(255, 255, 255), font=font)
    return whole
