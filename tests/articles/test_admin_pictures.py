"""Only real, whole pictures are taken, and everything else is told apart in words."""

from __future__ import annotations

import io
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from articles.admin import pictures
from articles.models import Author
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

ADD = "/admin/articles/author/add/"
WRONG_KIND = "This is no picture that every browser can show. Use JPEG, PNG, WebP or GIF."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def staff(client: Client, settings: Any, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = tmp_path
    user = make_staff("ada")
    client.force_login(user)
    return user


def drawn(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()


def upload(client: Client, name: str, content: bytes) -> str:
    photo = SimpleUploadedFile(name, content)
    sent = {"name": "Dr Ada", "slug": "dr-ada", "biography": "Typed with care.", "photo": photo}
    return unescape(client.post(ADD, sent, follow=True).content.decode())


@pytest.mark.parametrize(
    ("kind", "ending"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif")]
)
def test_the_four_kinds_are_taken(client: Client, staff: User, kind: str, ending: str) -> None:
    content = drawn(kind)
    upload(client, f"me{ending}", content)
    photo = Author.objects.get().photo
    assert photo.read() == content
    assert photo.name == f"authors/me{ending}"


@pytest.mark.parametrize("name", ["page.html", "me.svg", "me.gif", "noending"])
def test_a_file_is_named_by_what_it_holds(client: Client, staff: User, name: str) -> None:
    upload(client, name, drawn("PNG"))
    assert str(Author.objects.get().photo.name).endswith(".png")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("me.svg", SVG, WRONG_KIND),
        ("me.png", SVG, WRONG_KIND),
        ("me.png", b"<html>", WRONG_KIND),
        ("me.tiff", drawn("TIFF"), WRONG_KIND),
        ("me.bmp", drawn("BMP"), WRONG_KIND),
        ("me.ico", drawn("ICO"), WRONG_KIND),
        ("me.png", drawn("PNG", (300, 300))[:-200], "This file is damaged"),
        ("me.jpg", drawn("JPEG", (300, 300))[:700], "This file is damaged"),
        ("me.png", drawn("PNG", (9_000, 9_000), "1"), "measures 9,000 × 9,000 pixels"),
        ("me.png", drawn("PNG", (20_000, 20_000), "1"), "more pixels than can be used"),
        ("me.png", b"", "The submitted file is empty."),
    ],
)
def test_anything_else_is_refused_in_words(
    client: Client, staff: User, name: str, content: bytes, complaint: str
) -> None:
    page = upload(client, name, content)
    assert complaint in page
    assert "Typed with care." in page
    assert not Author.objects.exists()


def test_a_file_that_is_too_large_is_not_even_opened(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGEST_BYTES", 100)
    assert "there is room for 15 MB" in upload(client, "me.png", drawn("PNG", (300, 300)))
    assert not Author.objects.exists()


def test_a_picture_stays_when_the_form_is_saved_again(client: Client, staff: User) -> None:
    upload(client, "me.png", drawn("PNG"))
    author = Author.objects.get()
    sent = {"name": "Dr Ada Lund", "slug": "dr-ada", "photo": ""}
    client.post(f"/admin/articles/author/{author.pk}/change/", sent)
    author.refresh_from_db()
    assert (author.name, author.photo.name) == ("Dr Ada Lund", "authors/me.png")
