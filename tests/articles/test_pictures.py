"""Pictures as readers get them: never the file as it was uploaded, never larger than it
needs to be, never missing; and gone for good only where nobody uses them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import lxml.html
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml.html import HtmlElement
from PIL import Image

from articles.models import Picture
from articles.models.picture import StillUsed
from articles.pictures import markup
from articles.renditions import SHAPES, files
from backsite.lib.work import perform_due, sweep
from tests.drawing import drawn, noise, with_place
from tests.factories import make_article, make_author, make_comment, make_staff
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def made(content: bytes | None = None, **fields: Any) -> Picture:
    """As the worker leaves it."""
    picture = make_picture(content=content, **fields)
    perform_due(Picture)
    picture.refresh_from_db()
    assert picture.is_ready
    return picture


def page_of(client: Client, path: str) -> HtmlElement:
    return lxml.html.document_fromstring(client.get(path).content)


def addresses(root: HtmlElement) -> set[str]:
    """Of every picture file that a page may load."""
    found = {str(image.get("src")) for image in root.iter("img")}
    for element in root.iter("img", "source"):
        found |= {part.split()[0] for part in (element.get("srcset") or "").split(", ") if part}
    return found


def test_until_the_worker_has_been_there_a_safe_first_one_is_shown(client: Client) -> None:
    picture = make_picture("JPEG", with_place(), alt="A sea")
    article = make_article(picture=picture)
    assert not picture.is_ready
    root = page_of(client, article.get_absolute_url())
    (image,) = root.xpath("//figure[contains(@class, 'lead')]//img")
    assert image.get("alt") == "A sea"
    shown = client.get(image.get("src"))
    content = b"".join(shown)
    assert shown.status_code == 200
    assert b"Camera" not in content
    assert not Image.open(io.BytesIO(content)).getexif()


def test_the_worker_makes_the_layouts_widths_in_three_formats(client: Client) -> None:
    picture = made(noise("JPEG", (2000, 1500)), alt="Noise")
    article = make_article(picture=picture)
    root = page_of(client, article.get_absolute_url())
    (shown,) = root.xpath("//figure[contains(@class, 'lead')]/picture")
    assert [source.get("type") for source in shown.iter("source")] == ["image/avif", "image/webp"]
    for element in shown.iter("source", "img"):
        widths = [int(part.split()[1][:-1]) for part in element.get("srcset").split(", ")]
        assert tuple(widths) == SHAPES["whole"].widths
        assert element.get("sizes") == "(min-width: 46rem) 42rem, calc(100vw - 2rem)"
    (image,) = shown.iter("img")
    assert (image.get("width"), image.get("height")) == ("1344", "1008")
    for address in addresses(shown):
        answer = client.get(address)
        with Image.open(io.BytesIO(b"".join(answer))) as opened:
            width = re.search(r"-(\d+)\.[a-z]+$", address)
            assert width
            assert opened.width == int(width[1])
            assert answer["Content-Type"] == Image.MIME[str(opened.format)]
            assert not opened.getexif()


def test_it_is_never_enlarged() -> None:
    picture = made(drawn("JPEG", (500, 400)))
    assert {file.width for file in files(picture.renditions, "whole")} == {360, 500}
    assert {file.width for file in files(picture.renditions, "share")} == {500}
    assert max(file.width for file in files(picture.renditions, "wide")) == 500


def test_a_single_pixel_and_a_long_strip_become_something() -> None:
    for size in ((1, 1), (1, 4_000), (4_000, 1), (9_000, 40)):
        picture = made(drawn("PNG", size))
        assert all(list(files(picture.renditions, shape)) for shape in SHAPES)


def test_a_drawing_keeps_its_edges_where_there_is_no_avif_or_webp() -> None:
    assert made(drawn("PNG")).safe_url.endswith(".png")
    assert made(noise("PNG", (300, 200))).safe_url.endswith(".jpg")


def test_the_lead_picture_loads_first_and_the_others_late(client: Client) -> None:
    figure, lead, face = made(), made(), made()
    body = f'<p>Words.</p><figure><img data-picture="{figure.pk}" alt="A figure"></figure>'
    article = make_article(picture=lead, body=body, authors=[make_author(photo=face)])
    root = page_of(client, article.get_absolute_url())
    (first,) = root.xpath("//figure[contains(@class, 'lead')]//img")
    assert (first.get("fetchpriority"), first.get("loading")) == ("high", None)
    (late,) = root.xpath("//div[@class='prose']//img")
    assert (late.get("fetchpriority"), late.get("loading")) == (None, "lazy")
    assert {image.get("loading") for image in root.xpath("//img[@class='face']")} == {"lazy"}
    assert all(image.get("width") and image.get("height") for image in root.iter("img"))


def test_a_figure_says_what_it_shows_and_whose_it_is(client: Client) -> None:
    picture = made(alt="A hill", caption="Near Ulm.", credit="Anna <Berg>")
    marks = (
        f'<figure><img data-picture="{picture.pk}"></figure>'
        f'<figure><img data-picture="{picture.pk}" alt="Own words">'
        "<figcaption>Own <em>caption</em></figcaption></figure>"
        f'<p><img data-picture="{picture.pk}" alt="" src="https://elsewhere.example/x.png"></p>'
    )
    article = make_article(body=marks)
    root = page_of(client, article.get_absolute_url())
    figures = root.xpath("//div[@class='prose']//figure")
    assert [figure.find(".//img").get("alt") for figure in figures] == ["A hill", "Own words", ""]
    assert [figure.find("figcaption").text_content() for figure in figures] == [
        "Near Ulm. Picture: Anna <Berg>",
        "Own caption Picture: Anna <Berg>",
        "Near Ulm. Picture: Anna <Berg>",
    ]
    assert not any("elsewhere" in address for address in addresses(root))


def test_other_words_for_a_picture_need_no_new_rendering_of_the_article(client: Client) -> None:
    picture = made(alt="A hill")
    article = make_article(body=f'<figure><img data-picture="{picture.pk}"></figure>')
    picture.describe(by=None, credit="Anna Berg")
    assert b"Picture: Anna Berg" in client.get(article.get_absolute_url()).content


@pytest.mark.parametrize("mark", ["0", "999999", "9" * 30, "-1", "x", "1 OR 1", "²", ""])
def test_a_mark_that_names_no_picture_is_nothing(client: Client, mark: str) -> None:
    body = f'<p>Before.</p><figure><img data-picture="{mark}" alt="Gone"></figure><p>After.</p>'
    article = make_article(body=body)
    root = page_of(client, article.get_absolute_url())
    (prose,) = root.xpath("//div[@class='prose']")
    assert not prose.xpath(".//img")
    assert "Before." in prose.text_content()
    assert "After." in prose.text_content()


def test_the_featured_picture_is_cut_around_its_focal_point(client: Client) -> None:
    picture = made(drawn("PNG", (100, 400)), focus_y=0.9)
    make_article(picture=picture, featured=True)
    (image,) = page_of(client, "/").xpath("//a[@class='featured-picture']//img")
    assert "-50x90-" in image.get("src")
    assert int(image.get("width")) / int(image.get("height")) == pytest.approx(16 / 9, rel=0.02)


def test_another_focal_point_cuts_anew_and_pages_never_lack_a_file(client: Client) -> None:
    picture = made(drawn("PNG", (400, 100)))
    before = addresses(lxml.html.fragment_fromstring(markup(picture, "face", "")))
    picture.describe(by=None, focus_x=0.1, focus_y=0.5)
    assert addresses(lxml.html.fragment_fromstring(markup(picture, "face", ""))) == before
    perform_due(Picture)
    picture.refresh_from_db()
    after = addresses(lxml.html.fragment_fromstring(markup(picture, "face", "")))
    assert not before & after
    # Pages that a reader's browser or a cache still holds name the earlier files.
    assert all(client.get(address).status_code == 200 for address in before | after)


def test_named_by_what_they_hold_files_are_kept_for_ever_by_browsers(client: Client) -> None:
    answer = client.get(made().safe_url)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in answer["Content-Security-Policy"]
    default_storage.save("demo/chart.svg", ContentFile(b"<svg/>"))
    assert client.get("/media/demo/chart.svg")["Cache-Control"] == "public, max-age=86400"


def test_the_original_is_kept_as_it_came_and_has_no_address(client: Client, media: Path) -> None:
    content = with_place()
    picture = made(content)
    with picture.original.open() as original:
        assert original.read() == content
    with pytest.raises(ValueError, match="no address"):
        _ = picture.original.url
    for path in media.rglob("*"):
        assert path.is_dir() or b"Camera of Ada" not in path.read_bytes()
    name = picture.original.name
    for place in ("", "originals/", "../originals/"):
        assert client.get(f"/media/{place}{name}").status_code == 404


def test_a_worker_killed_halfway_leaves_nothing_half_made() -> None:
    picture = made()
    name = next(file.name for file in files(picture.renditions, "face"))
    with default_storage.open(name) as file:
        whole = file.read()
    default_storage.delete(name)
    default_storage.save(name, ContentFile(whole[:20]))
    picture.try_again()
    sweep()
    with default_storage.open(name) as file:
        assert file.read() == whole


def test_a_failure_in_storing_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "media").write_text("not a folder")
    with pytest.raises(OSError, match="media"):
        make_picture()
    assert not Picture.objects.exists()
    assert list((tmp_path / "originals").iterdir()) == []


def test_it_is_removed_only_where_nobody_uses_it() -> None:
    lead, portrait, figure, idle = (make_picture(title=str(number)) for number in range(4))
    article = make_article("Host", picture=lead)
    author = make_author("Ada", photo=portrait)
    other = make_article("Other", body=f'<figure><img data-picture="{figure.pk}"></figure>')
    assert [*Picture.objects.unused()] == [idle]
    for picture, place in ((lead, article), (portrait, author), (figure, other)):
        with pytest.raises(StillUsed) as refused:
            picture.remove(by=None)
        assert refused.value.where == [place]
    idle.remove(by=None)
    idle.remove(by=None)
    assert idle.events.filter(verb="remove").count() == 1
    assert [*Picture.objects.unused()] == []


def test_number_1_is_not_taken_for_number_12() -> None:
    first = make_picture()
    body = f'<figure><img data-picture="{first.pk}2"></figure>'
    make_article(body=body)
    assert first.uses() == []


def test_a_removed_picture_leaves_no_file_and_its_history_stays(media: Path) -> None:
    picture = made()
    picture.remove(by=None)
    sweep()
    assert [path for path in media.parent.rglob("*") if path.is_file()] == []
    assert [event.verb for event in picture.events.all()] == ["upload", "remove"]
    picture.refresh_from_db()
    assert (picture.safe_url, picture.small_url, picture.url) == ("", "", "")


def test_the_same_file_can_come_back_after_a_removal(client: Client) -> None:
    content = drawn("PNG", (77, 60))
    gone = made(content)
    gone.remove(by=None)
    again = made(content)  # both at once: one is cleared away, one is made
    assert again.pk != gone.pk
    assert client.get(again.safe_url).status_code == 200


def test_used_again_before_its_files_are_deleted_it_comes_back() -> None:
    picture = made()
    picture.remove(by=None)
    make_article(picture=picture)
    sweep()
    picture.refresh_from_db()
    assert picture.removed_at is None
    assert default_storage.exists(next(files(picture.renditions, "whole")).name)
    assert picture.events.last().verb == "return"  # type: ignore[union-attr]  # there is one


@pytest.mark.django_db(transaction=True)
def test_two_uploads_of_the_same_file_at_once_are_one_picture(tmp_path: Path) -> None:
    content, start, found = drawn("PNG", (78, 60)), Barrier(2), []

    def upload() -> None:
        start.wait()
        found.append(Picture.take(io.BytesIO(content), "twice.png", by=None))
        connection.close()

    threads = [Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(is_new for _, is_new in found) == [False, True]
    assert len({picture.pk for picture, _ in found}) == 1
    assert len(list((tmp_path / "originals").iterdir())) == 1


def test_pages_ask_no_more_for_many_pictures_than_for_one(client: Client) -> None:
    def page_with(number: int) -> str:
        pictures = [made() for _ in range(number)]
        body = "".join(f'<figure><img data-picture="{p.pk}"></figure>' for p in pictures)
        authors = [make_author(photo=picture) for picture in pictures]
        article = make_article(body=body, picture=pictures[0], authors=authors[:1], featured=True)
        asking = make_comment(article)
        for author in authors:
            author.user = make_staff(f"staff{author.pk}")
            author.save()
            asking.answer("It does.", by=author.user)
        return article.get_absolute_url()

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return len(queries)

    assert asked(page_with(1)) == asked(page_with(4))
    home = asked("/")
    page_with(3)
    assert asked("/") == home
