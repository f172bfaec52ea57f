"""Colours that can be read: contrast as WCAG 2.2 reckons it, and the nearest shade that has it."""

from __future__ import annotations

import re
from typing import Final

Rgb = tuple[int, int, int]

# WCAG 2.2, success criterion 1.4.3: text that is not large.
READABLE: Final = 4.5
HEX: Final = re.compile(r"#[0-9a-f]{6}")
STEPS: Final = 100


def parsed(colour: str) -> Rgb:
    """Of `#0b6b62`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def written(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def mixed(one: str, other: str, share: float) -> str:
    """So much of one in the other."""
    pairs = zip(parsed(one), parsed(other), strict=True)
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in pairs)
    return written((red, green, blue))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    parts = [part / 255 for part in parsed(colour)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def better_on(colour: str, *inks: str) -> str:
    """The ink that is read best on it."""
    return max(inks, key=lambda ink: contrast(ink, colour))
