"""The site's style sheet with its own colours in it: one file, as without them."""

from __future__ import annotations

import gzip
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.urls import reverse

from backsite.lib.colours import HEX

from .models.look import DARK, GROUNDS, LIGHT
from .models.site import Site

SHEET: Final = "css/site.css"
NONE: Final = "none"


def address_of(site: Site) -> str:
    """Made of the colours and of all that the sheet is made of, so that browsers may keep it for
    ever."""
    plain = static(SHEET)
    chosen = [_in_address(site.colour), _in_address(site.dark_colour)]
    if chosen == [NONE, NONE]:
        return plain
    return reverse("articles:style", args=[*chosen, name_of_sheet(*chosen)])


def _in_address(colour: str) -> str:
    return colour.removeprefix("#") if HEX.fullmatch(colour) else NONE


def name_of_sheet(light: str, dark: str) -> str:
    """Another one where the file is another, and where we make other rules of these colours."""
    name = static(SHEET).rpartition("/")[2].removesuffix(".css")
    return f"{name}.{_mark(rules(light, dark))}"


@lru_cache(maxsize=8)
def _mark(written: str) -> str:
    return blake2b(written.encode(), digest_size=4).hexdigest()


@lru_cache(maxsize=8)
def packed(light: str, dark: str, name: str) -> tuple[bytes, bytes]:
    """(the sheet, the sheet compressed), for colours as they stand in its address. `name` tells
    one release's sheet from another's: it is made of the very file that the name was made of,
    not of one that a new release has already put in the place of its source."""
    files: Any = staticfiles_storage
    with files.open(files.stored_name(SHEET)) as file:
        sheet = file.read() + rules(light, dark).encode()
    return sheet, gzip.compress(sheet, mtime=0)


def rules(light: str, dark: str) -> str:
    """What stands above site.css; its print style stays above these."""
    parts = []
    if light != NONE:
        parts.append(f":root {{ {_shades(LIGHT, light)} }}")
    if dark != NONE:
        shades = _shades(DARK, dark)
        system = f":root:not([data-theme=light]) {{ {shades} }}"
        parts.append(f"@media screen and (prefers-color-scheme: dark) {{ {system} }}")
        parts.append(f":root[data-theme=dark] {{ {shades} }}")
    return "\n" + "\n".join(parts) + "\n"


def _shades(mode: str, colour: str) -> str:
    shades = GROUNDS[mode].shades(f"#{colour}").items()
    return " ".join(f"--{name}: {shade};" for name, shade in shades)
