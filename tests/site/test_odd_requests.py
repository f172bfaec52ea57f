"""Requests that no browser sends on purpose: a clear page each, never a bare 500."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_article

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["a" * 5_000, "../settings.py", "..%2f..%2fetc/passwd", "a%00b"])
def test_a_file_that_cannot_exist_is_not_found(client: Client, name: str) -> None:
    page = client.get(f"/media/{name}")
    assert "We cannot find that page" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_unknown_address_while_the_database_is_away(client: Client, no_database: None) -> None:
    page = client.get("/no/such/page/")
    assert page.status_code == 503
    assert "Back in a moment" in page.content.decode()


def test_a_control_character_in_an_article_breaks_neither_page_nor_feed(client: Client) -> None:
    article = make_article("A\x01B", standfirst="from\x0bWord", body="<p>C\x02D</p>")
    assert "CD" in client.get(article.get_absolute_url()).content.decode()
    assert "fromWord" in client.get("/feed/").content.decode()


def test_the_canonical_address_does_not_follow_the_request(client: Client) -> None:
    article = make_article()
    page = client.get(article.get_absolute_url(), headers={"host": "127.0.0.1"})
    assert f'rel="canonical" href="http://localhost:8000{article.get_absolute_url()}"' in (
        page.content.decode()
    )
