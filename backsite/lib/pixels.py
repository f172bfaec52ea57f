"""Pictures that are decoded: upright, in sRGB, cut and made smaller."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, ImageCms

ORIENTATION: Final = 0x0112  # EXIF 2.32, 4.6.4
SIDEWAYS: Final = frozenset({5, 6, 7, 8})


def cut(picture: Image.Image, ratio: float, focus: tuple[float, float]) -> Image.Image:
    """The largest part with that ratio of width to height that has `focus` (0 to 1 from the
    left and from the top) as near to its middle as the edges allow."""
    width, height = picture.size
    wide, high = min(width, round(height * ratio)), min(height, round(width / ratio))
    wide, high = max(1, wide), max(1, high)
    left = round(min(max(focus[0] * width - wide / 2, 0), width - wide))
    top = round(min(max(focus[1] * height - high / 2, 0), height - high))
    return picture.crop((left, top, left + wide, top + high))


def at_width(picture: Image.Image, width: int) -> Image.Image:
    if width >= picture.width:
        return picture
    size = (width, max(1, round(picture.height * width / picture.width)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def orientation(picture: Image.Image) -> int:
    """Of a decoded picture: asked before, it decodes and the error is lost here."""
    try:
        found = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # EXIF that cannot be read says nothing
        return 1
    return found if isinstance(found, int) else 1


def upright(source: Image.Image, drawn: Image.Image) -> Image.Image:
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation(source))
    return drawn if turn is None else drawn.transpose(turn)


def see_through(picture: Image.Image) -> bool:
    if not picture.has_transparency_data:
        return False
    # A copy of a large picture is 200 MB: none is made where the channel is there.
    with_alpha = picture if picture.mode in ("RGBA", "LA") else picture.convert("RGBA")
    lowest, _ = with_alpha.getchannel("A").getextrema()
    return isinstance(lowest, int | float) and lowest < 255


def glassy(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGBA" else picture.convert("RGBA")


def plain(picture: Image.Image) -> Image.Image:
    """In a mode that can be made smaller smoothly and that a colour profile can read."""
    if picture.mode in ("RGB", "CMYK", "L"):
        return picture
    if picture.mode.startswith("I"):
        # 16 bits of grey: its own conversion cuts off what is above 255.
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def in_srgb(drawn: Image.Image, profile: bytes | None) -> Image.Image:
    target = "RGBA" if drawn.mode == "RGBA" else "RGB"
    if profile and drawn.mode != "L":
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                drawn, source, ImageCms.createProfile("sRGB"), outputMode=target
            )
            return converted or drawn
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that cannot be used, or one for another kind of picture
    return drawn.convert(target)
