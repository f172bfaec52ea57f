"""Pictures in the staff's desk: many at once, each with its own answer; described; removed
only where nobody uses them; and chosen or uploaded in the forms of articles and authors."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from articles.models import Author, Picture
from backsite.lib import images
from backsite.lib.work import sweep
from tests.drawing import bomb, drawn, noise
from tests.factories import make_article, make_author, make_staff
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/picture/"
ADD = f"{LIST}add/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def staff(client: Client, settings: Any, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    user = make_staff("ada")
    client.force_login(user)
    return user


def upload(client: Client, *files: tuple[str, bytes], **fields: str) -> str:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return unescape(client.post(ADD, {"files": sent, **fields}).content.decode())


def test_many_files_come_in_at_once_and_each_gets_its_answer(client: Client, staff: User) -> None:
    page = upload(
        client,
        ("A_quiet-path.jpg", drawn("JPEG")),
        ("evil.svg", SVG),
        ("half.png", noise("PNG", (300, 300))[:-2000]),
        ("moving.gif", drawn("GIF")),
    )
    assert "A_quiet-path.jpg</strong> Uploaded. Say what it shows" in page
    assert f"evil.svg</strong> was not taken. {images.WRONG_KIND}" in page
    assert f"half.png</strong> was not taken. {images.BROKEN}" in page
    assert "moving.gif</strong> Uploaded." in page
    picture = Picture.objects.get(kind="JPEG")
    assert (picture.title, picture.created_by) == ("A quiet path", staff)
    assert [(event.verb, event.by) for event in picture.events.all()] == [("upload", staff)]
    assert Picture.objects.count() == 2


def test_the_same_file_twice_is_one_picture_and_that_is_said(client: Client) -> None:
    upload(client, ("one.png", drawn("PNG")))
    assert "here already: the same file, once" in upload(client, ("two.png", drawn("PNG")))
    assert Picture.objects.get().title == "one"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.png", bomb()),
        ("empty.png", b""),
        ("page.png", b"<html><script>alert(1)</script></html>"),
        ("a.jpg", drawn("JPEG") + images.SCAN * 100),
        ("\u202egpj.exe", b"MZ"),
    ],
)
def test_a_hostile_file_is_refused_and_leaves_nothing(
    client: Client, name: str, content: bytes, tmp_path: Path
) -> None:
    assert "was not taken." in upload(client, (name, content))
    assert not Picture.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_nothing_chosen_is_told(client: Client) -> None:
    assert "No file came with this." in upload(client)


def test_a_script_gets_the_same_answers_as_data(client: Client) -> None:
    files = [SimpleUploadedFile("me.png", drawn("PNG")), SimpleUploadedFile("x.svg", SVG)]
    results = client.post(ADD, {"files": files, "answer": "json"}).json()["results"]
    picture = Picture.objects.get()
    assert results[0]["picture"] == picture.pk
    assert results[0]["small"] == picture.small_url
    assert results[1] == {"name": "x.svg", "problem": images.WRONG_KIND}


def test_the_editor_finds_pictures_by_their_words(client: Client) -> None:
    make_picture("PNG", title="A hill", alt="Drawing of a hill")
    make_picture("JPEG", title="A sea")
    found = client.get(f"{LIST}choose/?q=drawing").json()["results"]
    assert [(row["title"], row["alt"]) for row in found] == [("A hill", "Drawing of a hill")]
    assert len(client.get(f"{LIST}choose/").json()["results"]) == 2


def test_describing_it_is_kept_with_who_did_it(client: Client, staff: User) -> None:
    picture = make_picture()
    sweep()
    words = {"title": "Hill", "alt": "A hill", "caption": "", "credit": "Anna Berg"}
    client.post(f"{LIST}{picture.pk}/change/", {**words, "focus_x": "0.1", "focus_y": "0.9"})
    picture.refresh_from_db()
    assert (picture.credit, picture.focus) == ("Anna Berg", (0.1, 0.9))
    event = picture.events.get(verb="describe")
    assert (event.by, event.why) == (staff, "title, alt, credit, focus_x, focus_y")
    assert picture.due_at is not None  # it is cut anew around the other point


@pytest.mark.parametrize("value", ["1.5", "-1", "nan", "inf", "left", ""])
def test_a_focal_point_outside_is_told(client: Client, value: str) -> None:
    picture = make_picture()
    words = {"title": "Hill", "focus_x": value, "focus_y": "0.5"}
    page = client.post(f"{LIST}{picture.pk}/change/", words)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    picture.refresh_from_db()
    assert picture.focus == (0.5, 0.5)


def test_the_list_tells_what_is_unused_in_as_many_queries_for_any_number(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lead, portrait = make_picture(title="Lead"), make_picture(title="Portrait")
    figure, idle = make_picture(title="Figure"), make_picture(title="Idle")
    make_article(picture=lead, body=f'<figure><img data-picture="{figure.pk}" alt=""></figure>')
    make_author(photo=portrait)
    page = client.get(f"{LIST}?use=unused").content.decode()
    assert [name for name in ("Lead", "Portrait", "Figure", "Idle") if f">{name}<" in page] == [
        "Idle"
    ]
    client.get(LIST)
    with django_assert_num_queries(4):  # the session, who asks, how many, and the list
        client.get(LIST)
    assert idle in Picture.objects.unused()


def test_a_failure_is_seen_with_its_reason_and_can_be_tried_again(client: Client) -> None:
    picture = make_picture(title="A quiet path")
    name = str(picture.original.name)
    with picture.original.open() as original:
        content = original.read()
    picture.original.storage.delete(name)
    sweep()
    page = client.get(f"{LIST}?state=failed").content.decode()
    assert "could not be made" in page
    assert "The file as it was uploaded is not in the storage." in page
    picture.original.storage.save(name, SimpleUploadedFile("x", content))
    client.post(f"{LIST}{picture.pk}/again/")
    sweep()
    picture.refresh_from_db()
    assert picture.is_ready
    client.get(LIST)  # says once that it is being made again
    assert picture.title not in client.get(f"{LIST}?state=failed").content.decode()


def test_a_used_picture_stays_and_its_places_are_named(client: Client) -> None:
    picture = make_picture()
    make_article("Sitting well", picture=picture)
    page = client.post(f"{LIST}{picture.pk}/remove/", follow=True).content.decode()
    assert "it is used in “Sitting well”" in page
    picture.refresh_from_db()
    assert picture.removed_at is None


def test_an_unused_picture_is_removed_by_a_button(client: Client, staff: User) -> None:
    picture = make_picture()
    assert client.get(f"{LIST}{picture.pk}/remove/").status_code == 405
    client.post(f"{LIST}{picture.pk}/remove/")
    picture.refresh_from_db()
    assert picture.removed_at is not None
    assert picture.events.get(verb="remove").by == staff
    assert f"{LIST}{picture.pk}/change/" not in client.get(LIST).content.decode()


def test_nobody_without_the_right_uploads_looks_or_removes(client: Client) -> None:
    picture = make_picture()
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert client.post(ADD, {}).status_code == 403
    assert client.get(f"{LIST}choose/").status_code == 403
    assert client.post(f"{LIST}{picture.pk}/remove/").status_code == 403
    client.logout()
    assert client.post(ADD, {"files": [SimpleUploadedFile("a.png", drawn())]}).status_code == 403
    assert Picture.objects.count() == 1


def author_form(client: Client, address: str, **fields: Any) -> str:
    """Sends the form as it is printed, but for `fields`."""
    printed = lxml.html.document_fromstring(client.get(address).content)
    (form,) = (found for found in printed.iter("form") if found.get("id") == "author_form")
    assert isinstance(form, lxml.html.FormElement)
    whole = {str(name): value for name, value in form.form_values()}
    page = client.post(address, {**whole, "slug": "dr-ada", **fields}, follow=True)
    return unescape(page.content.decode())


def test_an_authors_photo_can_be_uploaded_in_the_authors_form(client: Client, staff: User) -> None:
    photo = SimpleUploadedFile("me.png", drawn("PNG"))
    author_form(client, "/admin/articles/author/add/", name="Dr Ada", **{"photo-file": photo})
    author = Author.objects.get()
    assert author.photo is not None
    assert (author.photo.title, author.photo.created_by) == ("me", staff)
    author_form(
        client, f"/admin/articles/author/{author.pk}/change/", name="Ada", photo=author.photo.pk
    )
    author.refresh_from_db()
    assert (author.name, author.photo.title) == ("Ada", "me")


def test_a_wrong_file_is_told_beside_the_field_and_the_words_stay(client: Client) -> None:
    photo = SimpleUploadedFile("me.svg", SVG)
    page = author_form(
        client,
        "/admin/articles/author/add/",
        name="Dr Ada",
        biography="Typed with care.",
        **{"photo-file": photo},
    )
    assert images.WRONG_KIND in page
    assert "Typed with care." in page
    assert not Author.objects.exists()


def test_an_uploaded_file_outlives_a_mistake_elsewhere_in_the_form(client: Client) -> None:
    photo = SimpleUploadedFile("me.png", drawn("PNG"))
    page = author_form(client, "/admin/articles/author/add/", name="", **{"photo-file": photo})
    picture = Picture.objects.get()
    assert f'<option value="{picture.pk}" selected' in page
    assert picture.small_url in page
