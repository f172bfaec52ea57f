"""Pictures as readers get them.

A text names a picture by its number (`<img data-picture="5" alt="…">`), and its files are
put in when a page is made: the text need not be touched when the worker has made more of
them, when they move to another storage, or when its credit is corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import lxml.html
from django.template.loader import render_to_string
from django.utils.translation import gettext
from lxml.html import HtmlElement

from backsite.lib.images import TYPES
from backsite.lib.remembered import remembered

from . import renditions
from .figures import MARK, number_of
from .models import Picture

# (shape, `sizes`, whether it is among the first things on its page), by the place where it
# stands. The lengths are those of static/css/site.css: .narrow, .featured, .face.
COLUMN: Final = "(min-width: 46rem) 42rem, calc(100vw - 2rem)"
PLACES: Final[dict[str, tuple[str, str, bool]]] = {
    "lead": ("whole", COLUMN, True),
    "figure": ("whole", COLUMN, False),
    "featured": (
        "wide",
        "(min-width: 72rem) 31.25rem, (min-width: 48rem) calc(50vw - 4.75rem), calc(100vw - 5rem)",
        True,
    ),
    "call": ("wide", COLUMN, False),
    "face": ("face", "3rem", False),
    "mark": ("face", "2rem", True),
    "portrait": ("face", "5rem", True),
}


def markup(picture: Picture, place: str, alt: str) -> str:
    """A `<picture>` for that place; the shape is the whole one until its own is made."""
    shape = PLACES[place][0]
    if shape not in picture.renditions:
        shape = renditions.FIRST
    files = tuple(renditions.files(picture.renditions, shape))
    # Where a storage says that the last of them is, the others are beside it.
    return _written(files, files[-1].url, place, alt) if files else ""


@remembered(500)
def _written(files: tuple[renditions.File, ...], url: str, place: str, alt: str) -> str:
    """A page shows the same few faces and pictures as the page before. `url` is only what
    tells one storage from another."""
    _, sizes, early = PLACES[place]
    formats: dict[str, list[renditions.File]] = {}
    for file in files:
        formats.setdefault(file.ending, []).append(file)
    *better, fallback = formats
    context: dict[str, Any] = {
        "sources": [(TYPES[ending], formats[ending]) for ending in better],
        "files": formats[fallback],
        "largest": formats[fallback][-1],
        "sizes": sizes,
        "alt": alt,
        "early": early,
        "face": place in ("face", "portrait"),
    }
    return render_to_string("articles/_picture.html", context)


def show_pictures(html: str, known: Mapping[int, Picture] | None = None) -> str:
    """The rendered text with its pictures filled in, in one query; none where it has none, or
    where they are `known`."""
    if MARK not in html:
        return html
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    marked = [(image, number_of(image)) for image in root.xpath(f".//img[@{MARK}]")]
    found = known
    if found is None:
        found = Picture.objects.present().in_bulk({number for _, number in marked})
    for image, number in marked:
        _show(image, found.get(number))
    return "".join(lxml.html.tostring(child, encoding="unicode") for child in root)


def _show(image: HtmlElement, picture: Picture | None) -> None:
    figure = next(image.iterancestors("figure"), None)
    html = markup(picture, "figure", image.get("alt", picture.alt)) if picture else ""
    if picture is None or not html:
        # Removed since the text was written: nothing is better than a broken frame.
        (image if figure is None else figure).drop_tree()
        return
    shown = lxml.html.fragment_fromstring(html.strip())
    shown.tail = image.tail
    image.getparent().replace(image, shown)
    if figure is not None:
        _say_whose(figure, picture)


def _say_whose(figure: HtmlElement, picture: Picture) -> None:
    words = figure.find("figcaption")
    if words is None:
        if not (picture.caption or picture.credit):
            return
        words = lxml.html.Element("figcaption")
        words.text = picture.caption
        figure.append(words)
    elif not words.text_content().strip():
        words.text = picture.caption
    if picture.credit:
        credit = lxml.html.Element("span")
        credit.set("class", "credit")
        credit.text = gettext("Picture: {credit}").format(credit=picture.credit)
        if words.text_content().strip():
            last = words[-1] if len(words) else None
            if last is None:
                words.text = f"{words.text} "
            else:
                last.tail = f"{last.tail or ''} "
        words.append(credit)
