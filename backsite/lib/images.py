"""Pictures from strangers' files: what is taken, and what is made of it.

Nothing here trusts a file. It is measured before it is decoded, decoded with as little
memory as will do, and what readers get is always encoded anew: without metadata (EXIF with
its GPS place, comments, thumbnails), upright, in sRGB.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

from PIL import Image

from . import pixels

# What every browser shows, with the one ending that its file gets here.
ENDINGS: Final = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
TYPES: Final = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}

# A full-size photograph of a good camera has about 12 MB.
LARGEST_BYTES: Final = 15 * 1024 * 1024
# A good camera's picture fits; decoded it takes about 200 MB, which a small server has.
MOST_PIXELS: Final = 50_000_000
# WebP's decoder holds four copies (measured: 780 MB for 50 million pixels).
MOST_PIXELS_OF_WEBP: Final = 20_000_000
# WebP ends at 16,383 pixels a side.
LONGEST_SIDE: Final = 16_000
# A progressive JPEG has about ten scans. One with thousands, each a full pass over the
# picture in a few bytes, keeps a decoder busy for hours (libjpeg-turbo, "DoS attacks").
MOST_SCANS: Final = 60
SCAN: Final = b"\xff\xda"
# Up to this many colours it is a drawing, whose fallback must not get JPEG's smudges.
# (A photograph in greys has up to 256.)
COLOURS_OF_A_DRAWING: Final = 64

WRONG_KIND: Final = "This is no picture that every browser can show. Use JPEG, PNG, WebP or GIF."
TOO_LARGE: Final = "This file has {size:.0f} MB, and there is room for 15 MB. Make it smaller."
TOO_MANY_PIXELS: Final = (
    "This picture measures {width:,} × {height:,} pixels; as {kind}, more than {most} million "
    "cannot be used."
)
TOO_LONG: Final = (
    "This picture measures {width:,} × {height:,} pixels; no side may have more than 16,000."
)
BROKEN: Final = "This file is damaged: it cannot be read to its end. Save it anew and try again."
LABORIOUS: Final = "This JPEG is built to take very long to open. Save it anew and try again."

QUALITY: Final[dict[str, dict[str, Any]]] = {
    "avif": {"quality": 62, "speed": 7},
    "webp": {"quality": 80, "method": 4},
    "jpg": {"quality": 82, "optimize": True, "progressive": True},
    "png": {"optimize": True},
}
ENCODERS: Final = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
# How files of the kinds above begin.
STARTS: Final = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP", re.DOTALL)


class Unusable(Exception):
    """A file that cannot be used, in words for whoever chose it."""


@dataclass(frozen=True)
class Facts:
    """`width` and `height` are as the picture is looked at, upright."""

    kind: str
    width: int
    height: int
    moves: bool


@dataclass(frozen=True)
class Decoded:
    """`picture` is the first one of the file, upright, in sRGB, RGB or (if any of it is
    see-through) RGBA, made smaller until its shorter side has the pixels asked for.

    `drawing`: few colours or see-through, to be kept without loss where there is no AVIF or
    WebP.
    """

    facts: Facts
    picture: Image.Image
    drawing: bool


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Image.Image]:
    """The picture, found to be within the limits and not yet decoded.

    Raises Unusable, also for whatever goes wrong inside the `with`: decoders raise
    anything that a hostile file leads them to.
    """
    file.seek(0, io.SEEK_END)
    check_bytes(file.tell())
    file.seek(0)
    with warnings.catch_warnings():
        # Pillow's own limit is higher than ours.
        warnings.simplefilter("ignore")
        with _open(file) as picture:
            _check_size(picture)
            if _kind(picture) == "JPEG":
                _count_scans(file)
            try:
                yield picture
            except Unusable:
                raise
            except Exception as error:
                raise Unusable(BROKEN) from error


def decode(file: IO[bytes], side: int) -> Decoded:
    """Decodes it once, in this process: `backsite.lib.decoding` does it in one that may be
    lost. Raises Unusable for what is no whole picture within the limits."""
    with opened(file) as picture:
        (width, height), kind = picture.size, _kind(picture)
        shorter = min(picture.size)
        if shorter > 2 * side:
            # JPEG can be decoded at a half, quarter or eighth in a fraction of the memory.
            wanted = [edge * side // shorter for edge in picture.size]
            picture.draft(None, (wanted[0], wanted[1]))
        picture.load()
        if pixels.orientation(picture) in pixels.SIDEWAYS:
            width, height = height, width
        moves = kind != "JPEG" and bool(getattr(picture, "is_animated", False))
        glassy = pixels.see_through(picture)
        drawing = kind != "JPEG" and (glassy or _has_few_colours(picture))
        drawn = pixels.glassy(picture) if glassy else pixels.plain(picture)
        factor = side / min(drawn.size)
        if factor < 1:
            size = [max(1, round(edge * factor)) for edge in drawn.size]
            drawn = drawn.resize((size[0], size[1]), Image.Resampling.LANCZOS)
        drawn = pixels.upright(picture, pixels.in_srgb(drawn, picture.info.get("icc_profile")))
        return Decoded(Facts(kind, width, height, moves), drawn, drawing)


def _has_few_colours(picture: Image.Image) -> bool:
    if picture.mode in ("1", "P"):
        return True
    return pixels.plain(picture).getcolors(COLOURS_OF_A_DRAWING) is not None


def check_bytes(size: int) -> None:
    """Raises Unusable for a file that is too large to be looked at."""
    if size > LARGEST_BYTES:
        raise Unusable(TOO_LARGE.format(size=size / 1024**2))


def from_bytes(mode: str, size: tuple[int, int], content: bytes) -> Image.Image:
    return Image.frombytes(mode, size, content)


def encoded(picture: Image.Image, ending: str, *, drawing: bool) -> bytes:
    """As a file of that ending, with nothing in it but the picture."""
    options = dict(QUALITY[ending])
    if drawing and ending == "avif":
        options["subsampling"] = "4:4:4"
    if ending == "jpg" and picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture).convert("RGB")
    bare = picture.copy()
    bare.info = {}
    file = io.BytesIO()
    bare.save(file, ENCODERS[ending], **options)
    return file.getvalue()


def _open(file: IO[bytes]) -> Image.Image:
    try:
        return Image.open(file, formats=list(ENDINGS))
    except Image.DecompressionBombError as error:
        raise Unusable("This picture has more pixels than can be used.") from error
    except Exception as error:
        file.seek(0)
        ours = STARTS.match(file.read(12)) is not None
        raise Unusable(BROKEN if ours else WRONG_KIND) from error


def _check_size(picture: Image.Image) -> None:
    width, height = picture.size
    kind = _kind(picture)
    most = MOST_PIXELS_OF_WEBP if kind == "WEBP" else MOST_PIXELS
    if width * height > most:
        said = TOO_MANY_PIXELS.format(width=width, height=height, kind=kind, most=most // 1_000_000)
        raise Unusable(said)
    if max(width, height) > LONGEST_SIDE:
        raise Unusable(TOO_LONG.format(width=width, height=height))


def _kind(picture: Image.Image) -> str:
    # A phone's JPEG with a second picture in it (CIPA DC-007) is a JPEG to everyone else.
    return "JPEG" if picture.format == "MPO" else str(picture.format)


def _count_scans(file: IO[bytes]) -> None:
    place = file.tell()
    file.seek(0)
    scans = file.read().count(SCAN)
    file.seek(place)
    if scans > MOST_SCANS:
        raise Unusable(LABORIOUS)
