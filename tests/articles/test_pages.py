"""The pages that readers come for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article, Reference, Site, Tag
from tests.factories import make_article, make_author, make_topic

pytestmark = pytest.mark.django_db


def text_at(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_an_article_shows_all_that_it_has(client: Client) -> None:
    author = make_author(credentials="Physiotherapist", biography="Works in a clinic.")
    article = make_article(
        "Walking",
        standfirst="Why a walk helps.",
        body='<p>Walk<cite data-ref="a"></cite>.</p>',
        key_points="Start small\nGo daily",
        topic=make_topic("Moving"),
        authors=[author],
        published_at=datetime(2026, 3, 5, 8, tzinfo=UTC),
        updated_at=datetime(2026, 4, 6, 8, tzinfo=UTC),
    )
    article.tags.add(Tag.objects.create(name="Everyday life", slug="everyday-life"))
    Reference.objects.create(
        article=article, key="a", authors="Pocovi", year=2024, title="WalkBack", doi="10.1/x"
    )
    article.render()
    article.save()
    page = text_at(client, article.get_absolute_url())
    for shown in (
        "Why a walk helps.",
        "Start small",
        "Physiotherapist",
        "Works in a clinic.",
        "5 March 2026",
        "6 April 2026",
        "Filed under",
        "Everyday life",
        'href="https://doi.org/10.1/x"',
        'href="#ref-1"',
        'href="#mark-1-1"',
    ):
        assert shown in page


def test_an_article_without_them_has_no_empty_labels(client: Client) -> None:
    page = text_at(client, make_article().get_absolute_url())
    for label in ("Filed under", "References", "In short", "Updated", "On this page", "About "):
        assert label not in page.partition("<footer")[0].partition('<article class="article"')[2]


@pytest.mark.parametrize("verb", ["draft", "scheduled", "withdrawn"])
def test_only_published_articles_can_be_read(client: Client, verb: str) -> None:
    article = make_article("A secret", published=verb == "withdrawn", topic=make_topic())
    if verb == "withdrawn":
        article.withdraw(by=None)
    if verb == "scheduled":
        article.schedule(at=timezone.now() + timedelta(days=1), by=None)
    topic = article.topic
    assert topic is not None
    for address in (article.get_absolute_url(), "/", "/articles/", topic.get_absolute_url()):
        assert "A secret" not in text_at(client, address)


def test_a_page_does_not_stand_among_the_articles(client: Client) -> None:
    page = make_article("About us", kind=Article.Kind.PAGE, slug="about")
    assert page.get_absolute_url() == "/about/"
    assert "<h1>About us</h1>" in text_at(client, "/about/")
    assert client.get("/articles/about/").status_code == 404


def test_the_home_page_leads_with_the_featured_article_and_says_it_once(client: Client) -> None:
    make_article("Older but chosen", featured=True, published_at=timezone.now() - timedelta(9))
    make_article("Newest")
    page = text_at(client, "/")
    assert page.index("Older but chosen") < page.index("Newest")
    assert page.count("Older but chosen") == 1


def test_an_empty_site_says_so(client: Client) -> None:
    assert "Nothing is published yet" in text_at(client, "/")


def test_a_topic_lists_its_own_articles_newest_first(client: Client) -> None:
    topic = make_topic("Sleep", introduction="How nights go better.")
    make_article("Old one", topic=topic, published_at=timezone.now() - timedelta(days=3))
    make_article("New one", topic=topic)
    make_article("Elsewhere", topic=make_topic("Work"))
    main = text_at(client, topic.get_absolute_url())
    assert "How nights go better." in main
    assert main.index("New one") < main.index("Old one")
    assert "Elsewhere" not in main


def test_long_lists_have_pages(client: Client) -> None:
    for number in range(14):
        make_article(f"Number {number:02}", published_at=timezone.now() - timedelta(days=number))
    assert "Page 1 of 2" in text_at(client, "/articles/")
    second = text_at(client, "/articles/?page=2")
    assert "Number 13" in second
    assert "Number 00" not in second


@pytest.mark.parametrize("page", ["0", "3", "x", "-1", "9" * 30, "1.5", "١"])
def test_a_page_that_does_not_exist_is_not_found(client: Client, page: str) -> None:
    answer = client.get("/articles/", {"page": page})
    assert answer.status_code == 404
    assert "We cannot find that page" in answer.content.decode()


def test_an_unknown_address_leads_on(client: Client) -> None:
    make_article(topic=make_topic("Moving"))
    page = text_at(client, "/no-such-page/")
    assert "We cannot find that page" in page
    assert "Moving" in page


def test_the_site_goes_by_the_name_that_staff_gave_it(client: Client) -> None:
    Site.objects.create(name="Steady Back", tagline="Calm advice", notice="A demonstration.")
    page = text_at(client, "/")
    assert "<title>Steady Back: Calm advice</title>" in page
    assert "A demonstration." in page


def test_the_feed_names_the_newest(client: Client) -> None:
    make_article("Newest", standfirst="A sentence.", authors=[make_author("Dr Ada Example")])
    feed = text_at(client, "/feed/")
    for part in ("<title>Newest</title>", "A sentence.", "<name>Dr Ada Example</name>"):
        assert part in feed


def test_public_pages_set_no_cookie_and_load_nothing_from_elsewhere(client: Client) -> None:
    article = make_article(topic=make_topic(), authors=[make_author()])
    for address in ("/", "/articles/", article.get_absolute_url(), "/newsletter/", "/nothing/"):
        answer = client.get(address)
        assert not answer.cookies
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("number", [2, 20])
def test_lists_do_not_cost_more_queries_with_more_in_them(
    client: Client, django_assert_max_num_queries: Any, number: int
) -> None:
    topic, author = make_topic(), make_author()
    for _ in range(number):
        make_article(topic=topic, authors=[author])
    for address, most in (("/", 5), ("/articles/", 6), (topic.get_absolute_url(), 9)):
        with django_assert_max_num_queries(most):
            client.get(address)
