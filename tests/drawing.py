"""Picture files for tests, made by Pillow."""

from __future__ import annotations

import io
import zlib
from typing import Any

from PIL import Image


def drawn(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any
) -> bytes:
    """A left half in red and a right half in blue, where the mode has colours."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, *size))
    return saved(picture.convert(mode), kind, **options)


def noise(kind: str = "JPEG", size: tuple[int, int] = (2000, 1500), **options: Any) -> bytes:
    """As many colours as a photograph has, which no format makes small."""
    bands = [Image.effect_noise(size, 60) for _ in range(3)]
    return saved(Image.merge("RGB", bands), kind, **options)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def with_place(**options: Any) -> bytes:
    """A photograph that says where it was taken (EXIF 2.32, 4.6.6), with a comment in it."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ada"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)})
    return drawn("JPEG", exif=exif, comment=b"Taken at home", **options)


def turned(orientation: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG whose EXIF says how to hold it (EXIF 2.32, 4.6.4)."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return drawn("JPEG", size, exif=exif)


def bomb() -> bytes:
    """A PNG of a few kilobytes that would be 30,000 × 30,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + check

    edge = (30_000).to_bytes(4, "big")
    head = chunk(b"IHDR", edge + edge + b"\x08\x02\x00\x00\x00")
    data = chunk(b"IDAT", zlib.compress(b"\x00" * 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")
