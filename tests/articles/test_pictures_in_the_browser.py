"""What a browser does with pictures: it takes the file that its screen needs and no larger
one; and staff drag files in and press on what must stay in sight."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from articles.models import Article, Picture
from backsite.lib.work import perform_due
from tests.conftest import Site
from tests.drawing import drawn, noise
from tests.factories import make_article, make_author, make_staff
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/articles/picture/"
# As a browser's own drag would: a data transfer with files in it, dropped on the form.
DROP = """([selector, files]) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name));
  }
  const event = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""
SEEN = """(image) => ({ src: image.currentSrc, width: image.getBoundingClientRect().width,
  height: image.getBoundingClientRect().height,
  loaded: image.complete && image.naturalWidth > 0 })"""


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@contextmanager
def reader(browser: Browser, site: Site, width: int, density: int) -> Iterator[Page]:
    context = browser.new_context(
        base_url=site.url, viewport={"width": width, "height": 900}, device_scale_factor=density
    )
    yield context.new_page()
    context.close()


def illustrated() -> Article:
    lead = make_picture("JPEG", noise("JPEG", (1600, 900)), alt="A sea")
    figure = make_picture("JPEG", noise("JPEG", (1500, 1000)), alt="A hill", credit="Anna Berg")
    small = make_picture("PNG", drawn("PNG", (200, 100)), alt="A sign")
    face = make_picture("JPEG", noise("JPEG", (600, 800)))
    marks = [f'<figure><img data-picture="{row.pk}"></figure>' for row in (figure, small)]
    article = make_article(
        "Walking by the sea",
        standfirst="What a walk does.",
        body="<p>Words before.</p>" + "<p>Words.</p>".join(marks),
        picture=lead,
        featured=True,
        authors=[make_author(photo=face)],
    )
    perform_due(Picture)
    return article


def seen(page: Page, selector: str) -> dict[str, Any]:
    image = page.locator(selector).first
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", value=True)
    found: dict[str, Any] = image.evaluate(SEEN)
    assert found["loaded"]
    return found


@pytest.mark.parametrize(
    ("width", "density", "wanted"),
    [
        (390, 1, (360, 360, 48)),
        (390, 2, (720, 640, 96)),
        (1280, 1, (720, 640, 48)),
        (1280, 2, (1344, 1120, 96)),
    ],
)
def test_each_screen_gets_the_file_that_it_needs(
    browser: Browser,
    live_server: Site,
    width: int,
    density: int,
    wanted: tuple[int, int, int],
) -> None:
    lead, featured, face = wanted
    article = illustrated()
    with reader(browser, live_server, width, density) as page:
        page.goto(article.get_absolute_url())
        first = seen(page, ".lead img")
        assert first["src"].endswith(f"whole-r1-{lead}.avif")
        assert first["height"] == pytest.approx(first["width"] * 9 / 16, abs=1)
        assert seen(page, ".prose figure img")["src"].endswith(f"whole-r1-{lead}.avif")
        assert seen(page, ".prose figure:last-of-type img")["width"] == 200
        assert seen(page, ".byline img.face")["src"].endswith(f"-{face}.webp")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        _keep(page, f"article-{width}-{density}x")
        page.goto("/")
        above = seen(page, ".featured-picture img")
        assert above["src"].endswith(f"-{featured}.avif")
        assert above["width"] / above["height"] == pytest.approx(16 / 9, abs=0.02)
        _keep(page, f"home-{width}-{density}x")


def _log_in(page: Page) -> None:
    make_staff("ada")
    page.goto("/admin/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "a password for tests")
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/admin/")


def test_files_are_dragged_in_and_each_is_told_of(staff_page: Page) -> None:
    _log_in(staff_page)
    staff_page.goto(LIST)
    files = [("sea.jpg", noise("JPEG", (800, 600))), ("evil.svg", b"<svg/>"), ("dot.gif", drawn())]
    carried = [[name, base64.b64encode(content).decode()] for name, content in files]
    staff_page.evaluate(DROP, ["[data-drop]", carried])
    rows = staff_page.locator("[data-results] li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("sea.jpg Uploaded. Say what it shows")
    expect(rows.nth(1)).to_contain_text("evil.svg was not taken. This is no picture")
    expect(rows.nth(2)).to_contain_text("dot.gif Uploaded.")
    assert Picture.objects.count() == 2
    _keep(staff_page, "upload")
    staff_page.reload()
    _keep(staff_page, "list")
    staff_page.set_viewport_size({"width": 390, "height": 900})
    _keep(staff_page, "list-390")


def test_a_press_on_the_picture_sets_its_focal_point(staff_page: Page) -> None:
    picture = make_picture("JPEG", noise("JPEG", (800, 400)), alt="A sea")
    _log_in(staff_page)
    staff_page.goto(f"{LIST}{picture.pk}/change/")
    box = staff_page.locator("[data-focus] img").bounding_box()
    assert box is not None
    staff_page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75)
    expect(staff_page.locator("#id_focus_x")).to_have_value(re.compile(r"0\.2[45]"))
    _keep(staff_page, "form")
    staff_page.click("[name=_save]")
    staff_page.wait_for_url(f"**{LIST}")
    picture.refresh_from_db()
    assert picture.focus == pytest.approx((0.25, 0.75), abs=0.02)


def test_without_javascript_a_file_field_does_it_all(
    browser: Browser, live_server: Site, tmp_path: Path
) -> None:
    (tmp_path / "sea.jpg").write_bytes(noise("JPEG", (800, 600)))
    (tmp_path / "evil.png").write_bytes(b"<html>")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    _log_in(page)
    page.goto(LIST)
    page.set_input_files("#files", [tmp_path / "sea.jpg", tmp_path / "evil.png"])
    page.click("[data-drop] button")
    expect(page.locator(".upload-results li").nth(0)).to_contain_text("Uploaded.")
    expect(page.locator(".upload-results li").nth(1)).to_contain_text("was not taken.")
    context.close()


def test_a_photo_is_uploaded_in_the_form_of_an_author(staff_page: Page, tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(noise("JPEG", (300, 300)))
    author = make_author("Dr Ada Example")
    _log_in(staff_page)
    staff_page.goto(f"/admin/articles/author/{author.pk}/change/")
    staff_page.set_input_files("[name=photo-file]", tmp_path / "me.jpg")
    _keep(staff_page, "author")
    staff_page.click("[name=_continue]")
    expect(staff_page.locator(".picture-field img")).to_be_visible()
    _keep(staff_page, "author-saved")
    author.refresh_from_db()
    assert author.photo is not None


def _keep(page: Page, name: str) -> None:
    """A screenshot to look at, where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
