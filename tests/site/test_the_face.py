"""What every page brings along: few files, and colours as the reader wants them."""

from __future__ import annotations

import gzip
import re

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import Page, Request, ViewportSize, expect

from articles.models import Article, Reference
from tests.conftest import Site
from tests.factories import make_article

CITED = (
    '<p>Walking helps.<cite data-ref="a"></cite></p>'
    + "<p>Words.</p>" * 40
    + '<p>It does.<cite data-ref="a"></cite></p>'
)
NIGHT = "rgb(18, 24, 25)"


@pytest.mark.django_db(transaction=True)
def test_a_plain_article_takes_four_requests(live_server: Site, page: Page) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type != "other":  # that is the icon
            asked.append(request.url)

    page.on("request", note)
    page.goto(live_server.url + make_article().get_absolute_url(), wait_until="networkidle")
    assert len(asked) == 4, asked


@pytest.mark.django_db(transaction=True)
def test_the_colours_stay_as_the_reader_switched_them(live_server: Site, page: Page) -> None:
    article = live_server.url + make_article().get_absolute_url()
    page.emulate_media(color_scheme="light")
    page.goto(article)
    expect(page.locator("body")).not_to_have_css("background-color", NIGHT)
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("body")).to_have_css("background-color", NIGHT)
    # On the next page too, and before anything of it is painted.
    page.add_init_script(
        "new MutationObserver(() => { if (document.body && !window.first)"
        " window.first = document.documentElement.dataset.theme || 'none' })"
        ".observe(document, { childList: true, subtree: true })"
    )
    page.goto(live_server.url)
    page.wait_for_function("window.first === 'dark'")
    expect(page.locator("body")).to_have_css("background-color", NIGHT)
    # Back at what the system says, it is the system's again: also when that changes.
    page.get_by_role("button", name="Light colours").click()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", NIGHT)


@pytest.mark.django_db(transaction=True)
def test_without_javascript_there_is_no_switch(live_server: Site, page_without_js: Page) -> None:
    page_without_js.goto(live_server.url)
    expect(page_without_js.get_by_role("button", name="colours")).to_be_hidden()


def test_no_rule_of_the_style_sheet_swallows_another() -> None:
    css = re.sub(
        r"/\*.*?\*/", "", (settings.BASE_DIR / "static/css/site.css").read_text(), flags=re.DOTALL
    )
    assert re.findall(r"[^\s{}][^{}]*@\w+[^{}]*{", css) == []
    assert css.count("{") == css.count("}")


def test_the_style_sheet_and_the_scripts_are_small() -> None:
    """As they go over the wire; the promise is 15 and 10 kB."""
    limits = {"css/site.css": 15_000, "js/site.js": 9_000, "js/theme.js": 1_000}
    for name, limit in limits.items():
        served = settings.STATIC_ROOT / static(name).removeprefix(settings.STATIC_URL)
        assert len(gzip.compress(served.read_bytes())) < limit, name


@pytest.mark.django_db
def test_what_was_taken_down_says_so_and_offers_what_is_there(client: Client) -> None:
    article = make_article("A cure that was none", standfirst="Rub it in.")
    address = article.get_absolute_url()
    article.withdraw(by=None)
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 410
    assert "no longer here" in page
    assert 'role="search"' in page
    assert "cure" not in page
    assert "Rub it in." not in page


@pytest.mark.django_db
def test_what_readers_never_had_was_never_here(client: Client) -> None:
    Article.objects.create(title="Not yet", slug="not-yet")
    assert "We cannot find that page" in client.get("/articles/not-yet/").content.decode()
    withdrawn = make_article("Once an article")
    withdrawn.withdraw(by=None)
    # The same words at the address of a page were never anything.
    assert client.get(f"/{withdrawn.slug}/").status_code == 404


def make_cited_article() -> Article:
    article = make_article(body=CITED)
    fields = {"title": "Walking and back pain", "authors": "Pocovi N", "doi": "10.1/x"}
    Reference.objects.create(article=article, key="a", **fields)
    article.render()
    article.save()
    return article


@pytest.mark.django_db(transaction=True)
def test_a_reference_opens_where_one_reads(live_server: Site, page: Page) -> None:
    article = make_cited_article()
    page.goto(live_server.url + article.get_absolute_url())
    mark = page.get_by_role("link", name="Reference 1", exact=True).first
    note = page.get_by_role("dialog", name="Reference 1")
    mark.focus()
    page.keyboard.press("Enter")
    expect(note).to_contain_text("Walking and back pain")
    expect(note).to_be_focused()
    # Its links are next for the keyboard; Escape leads back to the place.
    page.keyboard.press("Tab")
    expect(note.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(mark).to_be_focused()
    # Pressed again, or anywhere else, it closes; on a phone it is within the window.
    page.set_viewport_size(ViewportSize(width=320, height=640))
    mark.click()
    expect(note).to_be_in_viewport(ratio=1)
    mark.click()
    expect(note).to_be_hidden()
    mark.click()
    note.get_by_role("link", name="All references").click()
    expect(note).to_be_hidden()
    expect(page).to_have_url(re.compile("#ref-1$"))


@pytest.mark.django_db(transaction=True)
def test_a_long_article_says_where_one_is(live_server: Site, page: Page) -> None:
    parts = "".join(f"<h2>Part {one}</h2>" + "<p>Walk.</p>" * 30 for one in ("one", "two", "three"))
    page.set_viewport_size(ViewportSize(width=1440, height=900))
    page.goto(live_server.url + make_article("Long", body=parts).get_absolute_url())
    contents = page.get_by_role("navigation", name="On this page")
    expect(contents.get_by_role("link", name="Part two")).to_be_visible()
    page.get_by_role("heading", name="Part two").evaluate("one => one.scrollIntoView()")
    expect(contents.locator("[aria-current=location]")).to_have_text("Part two")
    expect(contents.get_by_role("link", name="Part one")).to_be_in_viewport()


@pytest.mark.django_db(transaction=True)
def test_without_javascript_a_mark_leads_to_the_list(
    live_server: Site, page_without_js: Page
) -> None:
    page_without_js.goto(live_server.url + make_cited_article().get_absolute_url())
    page_without_js.get_by_role("link", name="Reference 1", exact=True).first.click()
    expect(page_without_js.locator("#ref-1")).to_be_in_viewport()
    # On paper the article stands alone, with the addresses of what it cites.
    page_without_js.emulate_media(media="print")
    for away in (".site-nav", ".signup", "#comments", "#respond", ".helpful", ".site-footer"):
        expect(page_without_js.locator(away)).to_be_hidden()
    written = "one => getComputedStyle(one, '::after').content"
    assert "(" in page_without_js.locator("#ref-1 a").first.evaluate(written)
