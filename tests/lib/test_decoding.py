"""A picture is decoded in a process that may be lost: the site stays as it was."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Any

import pytest

from backsite.lib import decoding, images
from tests.drawing import bomb, drawn, noise, saved

SIDE = 1344


def refused(content: bytes) -> images.Unusable:
    with pytest.raises(images.Unusable) as error:
        decoding.decoded(content, SIDE)
    return error.value


def test_it_comes_back_as_if_it_had_been_decoded_here() -> None:
    made = decoding.decoded(drawn("PNG", (400, 300)), SIDE)
    assert made.facts == images.Facts("PNG", 400, 300, moves=False)
    assert (made.drawing, made.picture.mode, made.picture.size) == (True, "RGB", (400, 300))
    assert made.picture.getpixel((3, 3)) == (255, 0, 0)
    assert made.picture.getpixel((390, 3)) == (0, 0, 255)


def test_what_is_seen_through_comes_back_so() -> None:
    from PIL import Image

    glass = saved(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG")
    assert decoding.decoded(glass, SIDE).picture.getpixel((3, 3)) == (255, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg/>", images.WRONG_KIND),
        (noise("PNG", (300, 300))[:-2000], images.BROKEN),
        (bomb(), "more pixels than can be used"),
    ],
)
def test_what_cannot_be_used_is_refused_in_the_same_words(content: bytes, words: str) -> None:
    error = refused(content)
    assert words in str(error)
    assert not isinstance(error, decoding.Lost)


def test_a_file_that_is_too_large_never_gets_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert "there is room for 15 MB" in str(refused(b"x" * (images.LARGEST_BYTES + 1)))


def test_fifty_million_pixels_cost_this_process_next_to_nothing() -> None:
    """Measured where the child is not: the highest that this process ever had."""
    content = drawn("PNG", (10_000, 5_000), "RGBA", compress_level=1)
    before = _highest()
    made = decoding.decoded(content, SIDE)
    assert made.facts.width == 10_000
    assert min(made.picture.size) == SIDE
    assert _highest() - before < 80 * 1024  # KB; the picture as it came back has 14 MB
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert 150 * 1024 < children < decoding.MOST_MEMORY / 1024


def test_a_picture_that_needs_more_memory_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _in_a_child_that(monkeypatch, "decoding.MOST_MEMORY = 200 * 1024**2")
    error = refused(drawn("PNG", (7_000, 7_000)))
    assert str(error) == decoding.TOO_HEAVY


@pytest.mark.parametrize(
    "fault",
    [
        "os.kill(os.getpid(), 9)",
        "os.abort()",
        "decoding.images.decode = lambda *_: 1 / 0",
        "decoding.MOST_SECONDS = 1; decoding.images.decode = lambda *_: [0 for _ in iter(int, 1)]",
    ],
)
def test_a_decoder_that_is_killed_crashes_or_never_ends_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    _in_a_child_that(monkeypatch, fault)
    error = refused(drawn())
    assert isinstance(error, decoding.Lost)
    assert str(error) == decoding.TOO_HEAVY
    monkeypatch.undo()
    assert decoding.decoded(drawn(), SIDE).facts.kind == "JPEG"


def test_the_child_knows_nothing_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for decoders")
    _in_a_child_that(
        monkeypatch, "assert 'SECRET_KEY' not in os.environ; assert 'django' not in sys.modules"
    )
    assert decoding.decoded(drawn(), SIDE).facts.kind == "JPEG"


def _highest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _in_a_child_that(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The real child, with one line before it begins."""
    run: Any = subprocess.run
    script = f"import os, sys; from backsite.lib import decoding; {fault}; decoding.main({SIDE})"

    def with_fault(command: list[str], **options: Any) -> Any:
        return run([command[0], "-c", script], **options)

    monkeypatch.setattr(subprocess, "run", with_fault)
