"""Films and recordings at other sites: nothing is loaded from there before a reader asks."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from articles.models import Article
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def film(address: str, title: str = "A walk") -> Article:
    caption = f"<figcaption>{title}</figcaption>" if title else ""
    return make_article(body=f'<figure data-embed="{address}">{caption}</figure>')


@pytest.mark.parametrize(
    ("address", "button"),
    [
        ("https://www.youtube.com/watch?v=abcdefghijk", "Watch it at YouTube"),
        ("https://m.youtube.com/watch?v=abcdefghijk", "Watch it at YouTube"),
        ("https://player.vimeo.com/video/1", "Watch it at Vimeo"),
        ("https://www.ted.com/talks/1", "Watch it at TED"),
        ("https://soundcloud.com/a/b", "Listen to it at SoundCloud"),
    ],
)
def test_a_site_on_the_list_gets_a_card_that_leads_there(address: str, button: str) -> None:
    html = film(address).html
    assert "<strong>A walk</strong>" in html
    assert f'<a class="button" href="{address}" rel="noopener">{button}</a>' in html


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/film",
        "https://youtube.com.elsewhere.example/watch",
        "https://notyoutube.com/watch",
        "https://youtube.com@elsewhere.example/watch",
    ],
)
def test_any_other_site_gets_a_plain_link(address: str) -> None:
    assert film(address).html == f'<p><a href="{address}">A walk</a></p>'


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//youtube.com/x", "data:text/html,x", "http://[x"]
)
def test_what_is_no_address_of_a_site_is_words_alone(address: str) -> None:
    html = film(address).html
    assert "A walk" in html
    assert "embed" not in html
    assert "javascript:" not in html
    assert "data:" not in html


def test_a_card_without_a_title_says_what_it_is() -> None:
    html = film("https://vimeo.com/1", title="").html
    assert "<strong>Video</strong> <span>Video at Vimeo</span>" in html


def test_no_page_can_frame_another_site(client: Client) -> None:
    answer = client.get(film("https://youtu.be/x").get_absolute_url())
    assert "<iframe" not in answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_loads_nothing_from_elsewhere_and_is_led_there_by_a_button(page: Page) -> None:
    """The page fails this test on a request to another host."""
    page.goto(film("https://www.youtube.com/watch?v=abcdefghijk").get_absolute_url())
    button = page.get_by_role("link", name="Watch it at YouTube")
    expect(button).to_have_attribute("href", "https://www.youtube.com/watch?v=abcdefghijk")
    assert page.locator("iframe, embed, object, video").count() == 0
