"""What is taken as a picture, and that nothing but the picture is left of it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from backsite.lib import images, pixels
from tests.drawing import bomb, drawn, noise, saved, turned, with_place

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile" / "images"


def decoded(content: bytes) -> images.Decoded:
    return images.decode(io.BytesIO(content), 1344)


def master(content: bytes) -> Image.Image:
    return decoded(content).picture


def again(content: bytes, ending: str = "jpg") -> Image.Image:
    """As a reader's browser opens it."""
    return Image.open(io.BytesIO(images.encoded(master(content), ending, drawing=False)))


def refusal(content: bytes) -> str:
    with pytest.raises(images.Unusable) as refused:
        decoded(content)
    return str(refused.value)


@pytest.mark.parametrize("ending", ["avif", "webp", "jpg", "png"])
def test_nothing_of_place_and_camera_is_left(ending: str) -> None:
    content = with_place()
    assert b"Camera of Ada" in content
    made = images.encoded(master(content), ending, drawing=False)
    opened = Image.open(io.BytesIO(made))
    assert not opened.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & opened.info.keys()
    assert b"Ada" not in made
    assert b"home" not in made


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    sideways = orientation > 4
    facts = decoded(turned(orientation)).facts
    assert (facts.width, facts.height) == ((30, 40) if sideways else (40, 30))
    picture = master(turned(orientation))
    assert picture.size == (facts.width, facts.height)
    # Where the red half of the file comes to lie (EXIF 2.32, 4.6.4).
    places = {1: (3, 15), 2: (36, 15), 3: (36, 15), 4: (3, 15)}
    places |= {5: (15, 3), 6: (15, 3), 7: (15, 36), 8: (15, 36)}
    red, _, blue = picture.getpixel(places[orientation])  # type: ignore[misc]  # an RGB triple
    assert (red > 200, blue < 60) == (True, True)


def test_other_colour_spaces_become_srgb() -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert master(drawn("JPEG", icc_profile=swapped)).getpixel((3, 3)) == pytest.approx(
        (254, 0, 0), abs=3
    )  # a profile for another kind of picture is passed over
    ours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert master(drawn("JPEG", icc_profile=ours)).getpixel((3, 3)) == pytest.approx(
        (254, 0, 0), abs=3
    )
    assert master(drawn("JPEG", icc_profile=b"no profile")).mode == "RGB"


def test_a_picture_made_for_print_is_shown_in_its_colours() -> None:
    printed = master(drawn("JPEG", mode="CMYK"))
    red, green, blue = printed.getpixel((3, 3))  # type: ignore[misc]  # an RGB triple
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_sixteen_bits_of_grey_are_not_all_white() -> None:
    grey = saved(Image.new("I;16", (20, 20), 30_000), "PNG")
    assert master(grey).getpixel((3, 3)) == pytest.approx((117, 117, 117), abs=2)


def test_what_can_be_seen_through_stays_so() -> None:
    glass = saved(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG")
    assert decoded(glass).drawing
    for ending in ("avif", "webp", "png"):
        assert again(glass, ending).convert("RGBA").getpixel((3, 3))[3] == 0  # type: ignore[index]  # four channels
    assert again(glass, "jpg").getpixel((3, 3)) == (255, 255, 255)


def test_of_an_animation_the_first_picture_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert decoded(moving).facts.moves
        assert master(moving).getpixel((3, 3)) == pytest.approx((255, 0, 0), abs=5)


def test_a_drawing_is_told_from_a_photograph() -> None:
    assert decoded(drawn("PNG")).drawing
    assert not decoded(noise("PNG", (300, 300))).drawing
    assert not decoded(drawn("JPEG")).drawing


def test_a_phones_picture_with_a_second_one_in_it_is_a_jpeg() -> None:
    one, two = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    double = saved(one, "MPO", save_all=True, append_images=[two])
    facts = decoded(double).facts
    assert (facts.kind, facts.moves) == ("JPEG", False)


@pytest.mark.parametrize(
    ("focus", "box_colour"), [((0.0, 0.5), "red"), ((1.0, 0.5), "blue"), ((0.2, 0.9), "red")]
)
def test_the_focal_point_stays_in_sight(focus: tuple[float, float], box_colour: str) -> None:
    wide = Image.open(io.BytesIO(drawn("PNG", (400, 100))))
    part = pixels.cut(wide, 1, focus)
    assert part.size == (100, 100)
    assert part.getpixel((50, 50)) == ((255, 0, 0) if box_colour == "red" else (0, 0, 255))


def test_it_is_never_enlarged() -> None:
    small = master(drawn("PNG", (40, 30)))
    assert pixels.at_width(small, 360).size == (40, 30)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, images.WRONG_KIND),
        (b"<html><script>alert(1)</script>", images.WRONG_KIND),
        (b"", images.WRONG_KIND),
        (drawn("TIFF"), images.WRONG_KIND),
        (drawn("BMP"), images.WRONG_KIND),
        (drawn("AVIF"), images.WRONG_KIND),
        (noise("PNG", (300, 300))[:-2000], images.BROKEN),
        (noise("JPEG", (300, 300))[:700], images.BROKEN),
        (noise("WEBP", (300, 300))[:900], images.BROKEN),
        (drawn("PNG", (9_000, 9_000), "1"), "measures 9,000 × 9,000 pixels"),
        (drawn("WEBP", (5_000, 5_000)), "as WEBP, more than 20 million"),
        (drawn("PNG", (20_000, 10), "1"), "no side may have more than 16,000"),
        (bomb(), "more pixels than can be used"),
        (drawn("JPEG") + images.SCAN * 100, images.LABORIOUS),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_a_file_that_is_too_large_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LARGEST_BYTES", 100)
    assert "there is room for 15 MB" in refusal(noise("PNG", (300, 300)))


def test_a_damaged_picture_is_not_made_whole_by_asking_for_its_orientation() -> None:
    """Pillow decodes a PNG when asked for EXIF, and an error is then not raised again."""
    broken = bytearray(noise("PNG", (300, 300)))
    broken[len(broken) // 2] ^= 0xFF
    assert refusal(bytes(broken)) == images.BROKEN


def test_a_picture_that_is_a_page_too_leaves_only_the_picture() -> None:
    both = drawn("GIF") + b"<script>alert(1)</script>"
    assert b"script" not in images.encoded(master(both), "png", drawing=True)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the collection of hostile files is not here")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")), ids=lambda path: path.name)
def test_a_hostile_file_is_refused_or_becomes_a_harmless_one(path: Path) -> None:
    content = path.read_bytes()
    try:
        decoded(content)
    except images.Unusable:
        return
    assert not again(content).getexif()
