"""Small charts as the server draws them: numbers in, the places of bars and points out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# In the units of the drawing; the page scales it to the width that there is.
WIDTH: Final = 640
HEIGHT: Final = 160
FLOOR: Final = 140


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Chart:
    """`lines`: one row of `x,y` pairs each, broken where there was nothing to measure.
    `top`: the highest value in words; empty when there was none."""

    title: str
    top: str
    first: str
    last: str
    bars: Sequence[Bar] = ()
    lines: Sequence[tuple[str, Sequence[str]]] = ()


def bars(title: str, values: Sequence[int], names: Sequence[str]) -> Chart:
    highest = max([*values, 1])
    step = WIDTH / max(len(values), 1)
    drawn = [
        Bar(
            x=round(number * step + step * 0.15, 1),
            y=round(FLOOR - value / highest * (FLOOR - 10), 1),
            width=round(step * 0.7, 1),
            height=round(value / highest * (FLOOR - 10), 1),
            says=f"{name}: {value}",
        )
        for number, (value, name) in enumerate(zip(values, names, strict=True))
    ]
    top = f"{highest:,}" if any(values) else ""
    return Chart(title, top, names[0], names[-1], bars=drawn)


def lines(
    title: str,
    series: Sequence[tuple[str, Sequence[float | None]]],
    names: Sequence[str],
    top: str = "",
) -> Chart:
    known = [value for _, values in series for value in values if value is not None]
    highest = max([*known, 0.001])
    step = WIDTH / max(len(names), 1)
    drawn = []
    for label, values in series:
        pieces: list[list[str]] = [[]]
        for number, value in enumerate(values):
            if value is None:
                pieces.append([])
                continue
            y = FLOOR - value / highest * (FLOOR - 10)
            pieces[-1].append(f"{number * step + step / 2:.1f},{y:.1f}")
        # One point alone is no line: a short dash stands for it.
        paths = [" ".join(_dash(piece)) for piece in pieces if piece]
        drawn.append((label, paths))
    return Chart(title, top, names[0], names[-1], lines=drawn)


def _dash(piece: list[str]) -> list[str]:
    if len(piece) > 1:
        return piece
    x, y = piece[0].split(",")
    return [f"{float(x) - 4:.1f},{y}", f"{float(x) + 4:.1f},{y}"]
