"""What is made of a picture for readers: which shapes, in which widths, under which names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from backsite.lib import decoding, images, pixels

# Part of every name: readers' browsers keep a file of one name for ever, so a change to
# the shapes or to the quality needs another number here.
RECIPE: Final = 1


@dataclass(frozen=True)
class Shape:
    """`ratio` of width to height that is cut out around the focal point; None: all of it.

    `endings` come before the fallback, best first.
    """

    widths: tuple[int, ...]
    ratio: float | None = None
    endings: tuple[str, ...] = ("avif", "webp")
    fallback: str = ""


# The layout's own widths (static/css/site.css): a text column of 42rem = 672 px, the
# featured picture of 31.25rem = 500 px beside its words and 720 px above them, faces of
# 48 and 80 px; each for screens with one and with two pixels to a CSS pixel. Link previews
# elsewhere ask for 1200 × 630 and read JPEG for certain.
SHAPES: Final = {
    "whole": Shape((360, 720, 1344)),
    "wide": Shape((360, 640, 1120), ratio=16 / 9),
    "face": Shape((48, 96, 160), ratio=1, endings=("webp",)),
    "share": Shape((1200,), ratio=1200 / 630, endings=(), fallback="jpg"),
}
# What is made of a picture when it comes in, so that nothing is ever missing.
FIRST: Final = "whole"


@dataclass(frozen=True)
class File:
    ending: str
    width: int
    height: int
    name: str

    @property
    def url(self) -> str:
        return default_storage.url(self.name)


def folder(content_hash: str, pk: int) -> str:
    return f"pictures/{content_hash[:16]}-{pk}"


def opened(original: bytes) -> images.Decoded:
    """Large enough for every shape. Raises images.Unusable."""
    return decoding.decoded(original, max(SHAPES[FIRST].widths))


def make(
    original: images.Decoded, place: str, focus: tuple[float, float], *, only_first: bool = False
) -> dict[str, Any]:
    """Writes the files and returns what `files()` reads.

    A file that is there already is written again: a worker killed halfway may have left
    half of it.
    """
    picture, drawing = original.picture, original.drawing
    made: dict[str, Any] = {"folder": place}
    for name, shape in SHAPES.items():
        if only_first and name != FIRST:
            continue
        fallback = shape.fallback or ("png" if drawing else "jpg")
        endings = [fallback] if only_first else [*shape.endings, fallback]
        part = picture if shape.ratio is None else pixels.cut(picture, shape.ratio, focus)
        tag = f"r{RECIPE}" if shape.ratio is None else f"r{RECIPE}-{_percent(focus)}"
        made[name] = {"tag": tag, "endings": endings, "sizes": []}
        for width in _widths(shape, part.width)[-1 if only_first else 0 :]:
            sized = pixels.at_width(part, width)
            made[name]["sizes"].append([sized.width, sized.height])
            for ending in endings:
                path = f"{place}/{name}-{tag}-{width}.{ending}"
                store(path, images.encoded(sized, ending, drawing=drawing))
    return made


def files(made: dict[str, Any], shape: str) -> Iterator[File]:
    """Best format first, in each the smallest width first; nothing where none is made."""
    if shape not in made:
        return
    part = made[shape]
    for ending in part["endings"]:
        for width, height in part["sizes"]:
            name = f"{made['folder']}/{shape}-{part['tag']}-{width}.{ending}"
            yield File(ending, width, height, name)


def is_complete(made: dict[str, Any], focus: tuple[float, float]) -> bool:
    """Whether every shape is there, cut around this point, by today's recipe."""
    tags = {name: made.get(name, {}).get("tag") for name in SHAPES}
    cut = f"r{RECIPE}-{_percent(focus)}"
    return all(
        tags[name] == (f"r{RECIPE}" if shape.ratio is None else cut)
        and len(made[name]["endings"]) == len(shape.endings) + 1
        for name, shape in SHAPES.items()
    )


def clear_away(place: str) -> None:
    """Every file that was ever made there."""
    try:
        _, names = default_storage.listdir(place)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{place}/{name}")


def store(name: str, content: bytes) -> None:
    if default_storage.exists(name):
        default_storage.delete(name)
    kept = default_storage.save(name, ContentFile(content))
    if kept != name:
        default_storage.delete(kept)
        raise OSError(f"{name} could not be replaced.")


def _widths(shape: Shape, most: int) -> list[int]:
    """Never more than there is: a picture that is enlarged only weighs more."""
    return sorted({min(width, most) for width in shape.widths})


def _percent(focus: tuple[float, float]) -> str:
    return f"{focus[0] * 100:.0f}x{focus[1] * 100:.0f}"
