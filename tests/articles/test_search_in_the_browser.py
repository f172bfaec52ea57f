"""Looking for something, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reader_looks_for_something_from_any_page_without_javascript(
    page_without_js: Page, live_server: Any
) -> None:
    article = make_article("Back pain at night", body="<p>What helps with pain at night.</p>")
    page_without_js.goto("/articles/")
    box = page_without_js.get_by_role("contentinfo").get_by_role("searchbox")
    box.fill("back nigh")
    box.press("Enter")
    expect(page_without_js.get_by_role("main").get_by_role("searchbox")).to_have_value("back nigh")
    expect(page_without_js.locator("mark").first).to_have_text("Back")
    page_without_js.get_by_role("link", name="Back pain at night").click()
    expect(page_without_js).to_have_url(f"{live_server.url}{article.get_absolute_url()}")


def test_on_a_telephone_a_link_leads_to_the_box(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="Search")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_what_was_mistyped_is_offered_and_the_offer_can_be_taken(page: Page) -> None:
    for number in range(6):
        make_article(f"Sciatica {number}")
    make_article("A sciatca by mistake")
    page.goto("/search/?q=sciatca")
    page.get_by_role("link", name="sciatica", exact=True).click()
    expect(page.get_by_text("6 results")).to_be_visible()
