"""Title, description, canonical address, cards for shares and linked data, from one place.

What Google requires and recommends is as its documentation of structured data says for
Article, BreadcrumbList, ProfilePage, Organization and WebSite.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from articles.models import Article, AuthorLink, Reference, Site, Tag
from comments.linked_data import of_thread
from comments.shown import Shown
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic

pytestmark = pytest.mark.django_db

HOST = "https://steady.example"


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.SITE_URL = HOST


def text_at(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def said(page: str, name: str) -> str | None:
    """The content of a meta element."""
    found = re.search(rf'<meta (?:name|property)="{re.escape(name)}" content="([^"]*)">', page)
    return found[1] if found else None


def canonical(page: str) -> str | None:
    found = re.search(r'<link rel="canonical" href="([^"]*)">', page)
    return found[1] if found else None


def nodes(page: str) -> list[dict[str, Any]]:
    """Every node of linked data on a page."""
    found: list[dict[str, Any]] = []
    for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        block = json.loads(text)
        assert block["@context"] == "https://schema.org"
        found += block.get("@graph", [block])
    return found


def node(page: str, kind: str, key: str = "") -> dict[str, Any]:
    return next(one for one in nodes(page) if one["@type"] == kind and (not key or key in one))


def empty_properties(value: Any) -> list[str]:
    """Names of properties that say nothing, at any depth."""
    if isinstance(value, list):
        return [name for one in value for name in empty_properties(one)]
    if not isinstance(value, dict):
        return []
    empty = [name for name, one in value.items() if one in ("", None, [], {})]
    return empty + [name for one in value.values() for name in empty_properties(one)]


def full_article() -> Article:
    article = make_article(
        "Walking & sleeping",
        standfirst="Why a walk helps.",
        topic=make_topic("Moving"),
        authors=[make_author(credentials="Physiotherapist")],
        body='<p>Walk<cite data-ref="a"></cite> every day.</p>',
        published_at=datetime(2026, 3, 5, 8, tzinfo=UTC),
        updated_at=datetime(2026, 4, 6, 8, tzinfo=UTC),
    )
    article.tags.add(Tag.objects.create(name="Everyday life", slug="everyday-life"))
    Reference.objects.create(
        article=article, key="a", authors="Pocovi", year=2024, title="WalkBack", doi="10.1/x"
    )
    return article


def test_an_article_says_what_it_is_in_its_head(client: Client) -> None:
    Site(name="Steady Back").save()
    article = full_article()
    page = text_at(client, article.get_absolute_url())
    assert "<title>Walking &amp; sleeping – Steady Back</title>" in page
    assert said(page, "description") == said(page, "og:description") == "Why a walk helps."
    assert canonical(page) == said(page, "og:url") == HOST + article.get_absolute_url()
    assert said(page, "og:type") == "article"
    assert said(page, "og:title") == said(page, "twitter:title") == "Walking &amp; sleeping"
    assert said(page, "og:site_name") == "Steady Back"
    assert said(page, "article:published_time") == "2026-03-05T08:00:00+00:00"
    assert said(page, "article:modified_time") == "2026-04-06T08:00:00+00:00"
    assert (said(page, "article:section"), said(page, "article:tag")) == ("Moving", "Everyday life")
    assert said(page, "twitter:card") == "summary"


def test_addresses_are_the_sites_own_whatever_host_was_asked(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    article = full_article()
    page = client.get(article.get_absolute_url(), headers={"host": "other.example"})
    assert "other.example" not in page.content.decode()


def test_what_it_tells_machines_is_in_the_language_of_the_site(
    client: Client, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    page = text_at(client, full_article().get_absolute_url())
    languages = {node["inLanguage"] for node in nodes(page) if "inLanguage" in node}
    assert languages == {"de"}
    home = nodes(text_at(client, "/"))
    assert {node["inLanguage"] for node in home if "inLanguage" in node} == {"de"}


def test_what_staff_wrote_for_search_engines_stands_above(client: Client) -> None:
    article = full_article()
    article.seo_title = "Does walking help?"
    article.seo_description = "Yes: a short answer."
    article.canonical_address = "https://first.example/walking/"
    article.save()
    page = text_at(client, article.get_absolute_url())
    assert "<title>Does walking help?</title>" in page
    assert said(page, "og:title") == "Does walking help?"
    assert said(page, "description") == "Yes: a short answer."
    assert canonical(page) == "https://first.example/walking/"


def test_what_is_kept_out_of_search_engines_says_so_and_names_no_canonical(client: Client) -> None:
    article = make_article(noindex=True)
    page = text_at(client, article.get_absolute_url())
    assert said(page, "robots") == "noindex"
    assert canonical(page) is None
    assert said(text_at(client, make_article().get_absolute_url()), "robots") is None


def test_each_page_of_a_list_is_canonical_to_itself(client: Client) -> None:
    topic = make_topic("Moving", introduction="All about moving.")
    for _ in range(13):
        make_article(topic=topic)
    address = topic.get_absolute_url()
    first, second = text_at(client, address), text_at(client, f"{address}?page=2")
    assert canonical(first) == HOST + address
    assert canonical(second) == f"{HOST}{address}?page=2"
    assert "<title>Moving, page 2 – " in second
    assert f'<link rel="prev" href="{HOST}{address}">' in second
    assert f'<link rel="next" href="{HOST}{address}?page=2">' in first
    assert said(first, "description") == "All about moving."


def test_every_kind_of_page_has_a_title_and_one_canonical_address(client: Client) -> None:
    article = full_article()
    author, topic, tag = article.authors.get(), article.topic, article.tags.get()
    assert topic is not None
    about = make_article("About", kind=Article.Kind.PAGE, slug="about")
    lists = ("/", "/articles/")
    for address in (*lists, *(row.get_absolute_url() for row in (author, topic, tag, about))):
        page = text_at(client, address)
        assert canonical(page) == HOST + address
        assert page.count('rel="canonical"') == page.count("<title>") == 1
        assert page.count('name="description"') == 1


def test_article_data_has_what_google_asks_for(client: Client) -> None:
    article = full_article()
    data = node(text_at(client, article.get_absolute_url()), "Article", "publisher")
    author = article.authors.get()
    assert data["headline"] == "Walking & sleeping"
    assert data["datePublished"] == "2026-03-05T08:00:00+00:00"
    assert data["dateModified"] == "2026-04-06T08:00:00+00:00"
    assert data["author"] == [
        {
            "@type": "Person",
            "@id": f"{HOST}{author.get_absolute_url()}#person",
            "name": author.name,
            "url": HOST + author.get_absolute_url(),
            "jobTitle": "Physiotherapist",
        }
    ]
    assert data["publisher"]["@type"] == "Organization"
    assert data["publisher"]["name"]
    assert data["isPartOf"] == {"@id": f"{HOST}/#website"}
    assert data["mainEntityOfPage"]["@type"] == "WebPage"
    assert data["citation"] == [
        {
            "@type": "ScholarlyArticle",
            "name": "WalkBack",
            "author": "Pocovi",
            "datePublished": "2024",
            "url": "https://doi.org/10.1/x",
        }
    ]


def test_a_medical_site_says_that_its_pages_are_medical(client: Client) -> None:
    Site(name="Steady Back", subject=Site.Subject.MEDICAL).save()
    page = text_at(client, make_article().get_absolute_url())
    assert node(page, "Article", "publisher")["mainEntityOfPage"]["@type"] == "MedicalWebPage"


def test_breadcrumbs_lead_from_the_home_page_through_the_topics(client: Client) -> None:
    above = make_topic("Body")
    article = make_article("Walking", topic=make_topic("Moving", parent=above))
    steps = node(text_at(client, article.get_absolute_url()), "BreadcrumbList")["itemListElement"]
    assert [step["name"] for step in steps] == ["Home", "Body", "Moving", "Walking"]
    assert [step["position"] for step in steps] == [1, 2, 3, 4]
    for step in steps:
        assert step["@type"] == "ListItem"
        assert client.get(step["item"].removeprefix(HOST)).status_code == 200


def test_an_author_page_is_a_profile_of_a_person(client: Client) -> None:
    author = make_author(biography="Works in a clinic.", website="https://ada.example/")
    AuthorLink.objects.create(author=author, label="Register", address="https://r.example/7")
    data = node(text_at(client, author.get_absolute_url()), "ProfilePage")["mainEntity"]
    assert data["@type"] == "Person"
    assert data["name"] == author.name
    assert data["url"] == HOST + author.get_absolute_url()
    assert data["description"] == "Works in a clinic."
    assert data["sameAs"] == ["https://ada.example/", "https://r.example/7"]


def test_the_home_page_says_whose_site_it_is_and_how_to_search_it(client: Client) -> None:
    Site(name="Steady Back", description="Calm advice.").save()
    page = text_at(client, "/")
    organization, website = node(page, "Organization"), node(page, "WebSite")
    assert (organization["name"], organization["url"]) == ("Steady Back", f"{HOST}/")
    assert website["publisher"] == {"@id": organization["@id"]}
    target = website["potentialAction"]["target"]["urlTemplate"]
    assert target == f"{HOST}/search/?q={{search_term_string}}"
    assert website["potentialAction"]["query-input"] == "required name=search_term_string"


def test_no_property_is_empty_where_nothing_is_known(client: Client) -> None:
    author = make_author()
    bare = make_article(topic=make_topic())
    for address in (bare.get_absolute_url(), author.get_absolute_url(), "/", "/articles/"):
        assert empty_properties(nodes(text_at(client, address))) == []


def test_words_of_a_writer_cannot_end_the_data_block(client: Client) -> None:
    attack = "</script><script>alert(1)</script><!--"
    article = make_article(f"Walking {attack}", standfirst=f"{attack} \u2028 &amp;")
    make_comment(article, text=f"Is it {attack} so?", name="<b>Anna</b>")
    page = text_at(client, article.get_absolute_url())
    assert "<script>alert(1)" not in page
    assert node(page, "Article", "publisher")["headline"] == f"Walking {attack}"
    assert escape(attack) in page


def test_comments_stand_in_the_data_as_the_thread_that_they_are(client: Client) -> None:
    article = make_article("Walking", authors=[make_author()])
    staff = make_staff()
    expert = make_author("Dr Bea Example", user=staff)
    asked = make_comment(article, name="Anna", text="Does walking help?")
    asked.answer("Yes, it does.", by=staff)
    make_comment(article, name="Held person", approved=False)
    page = text_at(client, article.get_absolute_url())
    data = node(page, "Article", "comment")
    assert data["@id"] == node(page, "Article", "publisher")["@id"]
    assert data["commentCount"] == 2
    (question,) = data["comment"]
    assert question["text"] == "Does walking help?"
    assert question["author"] == {"@type": "Person", "name": "Anna"}
    assert question["datePublished"] == asked.created_at.isoformat()
    assert question["url"] == HOST + asked.get_absolute_url()
    (answer,) = question["comment"]
    assert answer["author"]["name"] == expert.name
    assert answer["text"] == "Yes, it does."
    assert asked.email not in page
    assert "Held person" not in page


def test_an_article_without_comments_has_no_data_of_comments(client: Client) -> None:
    page = text_at(client, make_article().get_absolute_url())
    assert not [one for one in nodes(page) if "comment" in one]


def test_the_data_costs_no_query_for_each_author_reference_or_comment(
    client: Client,
) -> None:
    article = full_article()
    make_comment(article)
    with CaptureQueriesContext(connection) as few:
        client.get(article.get_absolute_url())
    for number in range(6):
        make_comment(article)
        Reference.objects.create(
            article=article, key=f"r{number}", authors="A", title="T", doi=f"10.1/{number}"
        )
        when = timezone.now() - timedelta(number)
        make_article(f"Walking more {number}", topic=article.topic, published_at=when)
    with CaptureQueriesContext(connection) as many:
        client.get(article.get_absolute_url())
    assert len(many) == len(few)


def test_a_held_comment_that_only_its_writer_sees_is_not_in_the_data() -> None:
    article = make_article()
    held = make_comment(article, approved=False)
    assert of_thread(article, [Shown.of(held)]) == ""


def test_a_tag_says_what_staff_wrote_for_it_and_leaves_the_sitemap_if_they_want(
    client: Client,
) -> None:
    tag = Tag.objects.create(name="Sleep", slug="sleep")
    make_article().tags.add(tag)
    plain = text_at(client, "/tags/sleep/")
    assert "<title>Sleep – Backsite</title>" in plain
    assert canonical(plain) == f"{HOST}/tags/sleep/"
    assert "/tags/sleep/" in text_at(client, "/sitemap-tags-1.xml")
    tag.seo_title, tag.seo_description, tag.noindex = "Sleeping with pain", "All on nights.", True
    tag.save()
    page = text_at(client, "/tags/sleep/")
    assert "<title>Sleeping with pain</title>" in page
    assert said(page, "description") == said(page, "og:description") == "All on nights."
    assert said(page, "robots") == "noindex"
    assert client.get("/sitemap-tags-1.xml").status_code == 404


def test_the_newsletters_page_says_what_it_is_and_its_errors_stay_out(client: Client) -> None:
    page = text_at(client, "/newsletter/")
    assert canonical(page) == said(page, "og:url") == f"{HOST}/newsletter/"
    assert said(page, "og:title") == said(page, "twitter:title") == "The weekly letter"
    assert said(page, "og:description") == said(page, "description")
    assert said(text_at(client, "/newsletter/check-your-inbox/"), "robots") == "noindex"
    wrong = client.post("/newsletter/", {"email": "x"}, headers={"user-agent": "Mozilla/5.0"})
    assert said(wrong.content.decode(), "robots") == "noindex"
    assert canonical(wrong.content.decode()) is None
