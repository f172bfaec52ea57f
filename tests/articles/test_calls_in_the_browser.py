"""A call to action is counted by the page that shows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Call
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_counts_when_it_comes_into_view_and_when_it_is_followed(page: Page) -> None:
    make_article("About", kind=Article.Kind.PAGE, slug="about")
    call = Call.objects.create(key="guide", title="A guide", button="Read it", address="/about/")
    filler = "<p>Words.</p>" * 60
    article = make_article(body=f'{filler}<aside data-cta="guide"></aside>')
    page.goto(article.get_absolute_url())
    assert not call.counts.exists(), "it is far below what is in view"
    with page.expect_response("**/shown/"):
        page.get_by_role("link", name="Read it").scroll_into_view_if_needed()
    # "No content": the browser stays where it is, so that the beacon's answer can be seen.
    page.route("**/about/", lambda route: route.fulfill(status=204))
    with page.expect_response("**/followed/"):
        page.get_by_role("link", name="Read it").click()
    assert list(call.counts.values_list("shown", "followed")) == [(1, 1)]


def test_without_javascript_it_leads_there_all_the_same(page_without_js: Page) -> None:
    make_article("About", kind=Article.Kind.PAGE, slug="about")
    call = Call.objects.create(key="guide", title="A guide", button="Read it", address="/about/")
    article = make_article(body='<aside data-cta="guide"></aside>')
    page_without_js.goto(article.get_absolute_url())
    page_without_js.get_by_role("link", name="Read it").click()
    expect(page_without_js.get_by_role("heading", name="About")).to_be_visible()
    assert not call.counts.exists()
