"""Initials can be read on every tint, in light and in dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from comments.markup import TINTS

CSS = (settings.BASE_DIR / "static" / "css" / "site.css").read_text()


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


LIGHT = colours(CSS.partition("prefers-color-scheme: dark")[0])
DARK = LIGHT | colours(CSS.partition("prefers-color-scheme: dark")[2].partition("}")[0])


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("number", range(1, TINTS + 1))
def test_initials_stand_out_from_their_tint(scheme: dict[str, str], number: int) -> None:
    pair = sorted(luminance(scheme[name]) for name in ("ink", f"tint-{number}"))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


def test_dark_has_tints_of_its_own() -> None:
    assert all(LIGHT[f"tint-{n}"] != DARK[f"tint-{n}"] for n in range(1, TINTS + 1))
