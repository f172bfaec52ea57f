"""The site's looks and words, chosen by staff without code."""

from __future__ import annotations

import gzip
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from articles import style
from articles.models import Article, Site
from articles.models.look import GROUNDS
from backsite.lib import colours
from tests.factories import make_article, make_staff
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db

SITE = "/admin/articles/site/"
GIVEN = {
    "name": "Calm Back",
    "newsletter_title": "The letter",
    "feed_text": Site.FeedText.STANDFIRST,
    "subject": Site.Subject.ARTICLE,
}


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def send(client: Client, **fields: str) -> str:
    answer = client.post(f"{SITE}add/", {**GIVEN, **fields}, follow=True)
    return unescape(answer.content.decode())


def sheet_of(client: Client, page: str = "/") -> str:
    found = re.search(r'rel="stylesheet" href="([^"]+)"', client.get(page).content.decode())
    assert found
    return found[1]


def test_without_colours_the_sheet_is_the_plain_file(client: Client) -> None:
    assert sheet_of(client).startswith("/static/css/site")


def test_the_colours_of_the_site_are_in_its_one_sheet(client: Client, staff: User) -> None:
    send(client, colour="#7a2e8c", dark_colour="#d9a6e6")
    address = sheet_of(client)
    answer = client.get(address)
    sheet = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert sheet.count("--accent: #7a2e8c") == 1
    assert sheet.count("--accent: #d9a6e6") == 2  # by the system, and by the switch
    assert ".site-header" in sheet  # the whole of it: no second request
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content).decode() == sheet
    assert packed.headers["Content-Encoding"] == "gzip"


def test_only_a_sheet_of_this_release_is_kept_for_ever(client: Client) -> None:
    answer = client.get("/style/7a2e8c-none/site.0ld.css")
    assert answer.headers["Cache-Control"] == "no-cache"
    for odd in (
        "/style/7a2e8-none/site.css",
        "/style/url(x)-none/site.css",
        "/style/7A2E8C-x/a.css",
    ):
        assert client.get(odd).status_code == 404


def test_the_address_of_the_sheet_tells_all_that_it_is_made_of(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers keep it for ever: with other rules of ours for the same colours it is another."""
    send(client, colour="#7a2e8c")
    before = sheet_of(client)
    monkeypatch.setattr(style, "rules", lambda light, dark: ":root { --accent: red; }")
    after = sheet_of(client)
    assert before != after
    assert client.get(before).headers["Cache-Control"] == "no-cache"
    answer = client.get(after)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content.endswith(b":root { --accent: red; }")


def test_the_sheet_is_made_of_the_file_that_its_name_was_made_of(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A new release may have changed the source while the old one still answers."""
    (changed := tmp_path / "site.css").write_text("/* of the new release */")
    monkeypatch.setattr(finders, "find", lambda name, **_: str(changed))
    style.packed.cache_clear()
    send(client, colour="#7a2e8c")
    files: Any = staticfiles_storage
    plain = files.stored_name(style.SHEET)
    sheet = client.get(sheet_of(client)).content
    assert sheet.startswith((Path(settings.STATIC_ROOT) / plain).read_bytes())


@pytest.mark.parametrize(
    ("field", "colour", "name"),
    [("colour", "#f0c419", "light"), ("dark_colour", "#0b3b62", "dark")],
)
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(
    client: Client, staff: User, field: str, colour: str, name: str
) -> None:
    page = send(client, **{field: colour})
    said = re.search(
        rf"On {name} pages this has a contrast of (\d+\.\d):1.*? is (#\w{{6}})\.", page
    )
    assert said
    assert float(said[1]) < colours.READABLE
    assert not Site.objects.exists()
    assert f'value="{colour}"' in page  # what was typed is still there
    send(client, **{field: said[2]})
    assert getattr(Site.objects.get(), field) == said[2]


@pytest.mark.parametrize(
    "typed", ["green", "#12345", "#1234567", "#0B6B6Z", "url(//x)", "#000;}*{"]
)
def test_what_is_no_colour_is_refused(client: Client, staff: User, typed: str) -> None:
    assert "#0b6b62" in send(client, colour=typed)
    assert not Site.objects.exists()


def test_every_surface_is_read_with_every_colour_that_is_taken() -> None:
    """Among them the words on a button, and links on a wash of the colour itself."""
    for ground in GROUNDS.values():
        for red in range(0, 256, 51):
            for green in range(0, 256, 51):
                taken = ground.nearest(colours.written((red, green, 140)))
                shades = ground.shades(taken)
                assert colours.contrast(shades["accent-ink"], taken) >= colours.READABLE
                for surface in (*ground.surfaces, shades["accent-wash"]):
                    assert colours.contrast(taken, surface) >= colours.READABLE


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    """Our own green passes what staff's colours must, on the surfaces that the sheet has."""
    sheet = style.packed(style.NONE, style.NONE, "")[0].decode()
    for ground in GROUNDS.values():
        for surface in ground.surfaces:
            assert re.search(rf"--(paper|raised|sunken): {surface}", sheet)
    assert GROUNDS["light"].least_contrast("#0b6b62") >= colours.READABLE
    assert GROUNDS["dark"].least_contrast("#67c9bc") >= colours.READABLE


def test_contrast_is_that_of_the_standard() -> None:
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_foot_says_what_staff_wrote_and_where_else_they_are(
    client: Client, staff: User
) -> None:
    assert "no substitute for advice" in client.get("/").content.decode()
    send(
        client,
        foot_note="Ask your own doctor. <b>Always</b>",
        profiles="Mastodon https://example.social/@us\n\n Our videos https://example.org/v?a=1&b=2",
    )
    page = client.get("/").content.decode()
    assert "Ask your own doctor. &lt;b&gt;Always" in page
    assert "no substitute for advice" not in page
    assert '<a href="https://example.social/@us" rel="me noopener">Mastodon</a>' in page
    assert '<a href="https://example.org/v?a=1&amp;b=2" rel="me noopener">Our videos</a>' in page


def test_what_was_written_past_the_form_breaks_no_page(client: Client) -> None:
    Site.objects.create(colour="red", dark_colour="#d9a6e6", profiles="nonsense")
    assert "/style/none-d9a6e6/" in sheet_of(client)
    assert "nonsense" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    "line", ["https://example.org/", "Mastodon", "Us javascript:alert(1)", "Us //example.org"]
)
def test_a_line_without_a_name_or_an_address_is_quoted(
    client: Client, staff: User, line: str
) -> None:
    page = send(client, profiles=f"Mastodon https://example.social/@us\n{line}")
    assert f"“{line}” is not a name and an address" in page
    assert not Site.objects.exists()


def test_the_logo_stands_in_the_head_where_staff_want_it(client: Client, staff: User) -> None:
    Site.objects.create(logo=make_picture())
    assert 'class="mark-sign"' in client.get("/").content.decode()
    Site.objects.update(shows_logo=True)
    page = client.get("/").content.decode()
    head = page.partition("<header")[2].partition("</header>")[0]
    assert 'class="mark-sign"' not in head
    assert re.search(r'<img[^>]* width="\d+" height="\d+" alt=""', head)


def test_the_preview_shows_what_is_typed_and_keeps_nothing(client: Client, staff: User) -> None:
    Site.objects.create(name="Steady Back")
    make_article("Walking")
    typed = {**GIVEN, "tagline": "Typed just now", "colour": "#7a2e8c"}
    answer = client.post(f"{SITE}preview/", typed)
    page = answer.content.decode()
    assert "Calm Back" in page
    assert "Typed just now" in page
    assert "/style/7a2e8c-none/" in page
    assert "Walking" in page
    assert "no-store" in answer.headers["Cache-Control"]
    assert Site.objects.get().name == "Steady Back"
    assert "Typed just now" not in client.get("/").content.decode()


def test_the_preview_says_what_it_needs(client: Client, staff: User) -> None:
    page = unescape(client.post(f"{SITE}preview/", {**GIVEN, "colour": "#f0c419"}).content.decode())
    assert "Colour: On light pages this has a contrast of" in page


def test_only_staff_see_a_preview_and_write_pages(client: Client) -> None:
    for address in (f"{SITE}preview/", f"{SITE}legal-pages/"):
        asked = client.post(address, GIVEN, follow=True).content.decode()
        assert 'name="password"' in asked  # to log in
    client.force_login(User.objects.create_user("bob", password="x", is_staff=True))
    for address in (f"{SITE}preview/", f"{SITE}legal-pages/"):
        assert client.post(address, GIVEN).status_code == 403
    assert not Article.objects.exists()


def test_legal_pages_begin_as_drafts_and_are_never_written_over(
    client: Client, staff: User
) -> None:
    make_article("Our privacy", slug="privacy", kind=Article.Kind.PAGE)
    assert "Imprint, Medical notice" in client.get(f"{SITE}add/").content.decode()
    for _ in range(2):
        client.post(f"{SITE}legal-pages/", follow=True)
    pages = {page.slug: page for page in Article.objects.filter(kind=Article.Kind.PAGE)}
    assert pages["privacy"].title == "Our privacy"
    assert {"imprint", "medical-notice"} < set(pages)
    assert not pages["imprint"].is_public
    assert client.get("/imprint/").status_code == 404
    assert "How to reach us" in pages["imprint"].html
    assert pages["imprint"].revisions.count() == 1
    assert "Write the legal pages" not in client.get(f"{SITE}add/").content.decode()


@pytest.mark.parametrize(("language", "title"), [("de", "Impressum"), ("fr", "Mentions légales")])
def test_legal_pages_begin_in_the_language_of_the_site(
    client: Client, staff: User, settings: Any, language: str, title: str
) -> None:
    settings.LANGUAGE_CODE = language
    client.post(f"{SITE}legal-pages/")
    assert Article.objects.get(slug="imprint").title == title
    assert Article.objects.count() == 3
