"""Linked data carries what Google's documentation requires and recommends, kind by kind.

The tables are those of https://developers.google.com/search/docs/appearance/structured-data/
(its page stands behind each kind), with schema.org's own words where Google has none. A
property behind a dot is one of what the property before it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from articles.models import AuthorLink, Site
from tests.articles.test_medical_review import review
from tests.articles.test_what_pages_say_of_themselves import HOST, nodes, text_at
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Asked:
    """`unknown`: recommended, and nothing that the site knows."""

    page: str
    required: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


TABLE: Final = {
    "Article": Asked(
        "article",
        recommended=(
            *("headline", "image", "datePublished", "dateModified"),
            *("author", "author.name", "author.url"),
        ),
    ),
    "BreadcrumbList": Asked(
        "breadcrumb",
        required=(
            *("itemListElement", "itemListElement.position"),
            *("itemListElement.name", "itemListElement.item"),
        ),
    ),
    "ProfilePage": Asked(
        "profile-page",
        required=("mainEntity", "mainEntity.name"),
        recommended=(
            *("mainEntity.description", "mainEntity.image", "mainEntity.identifier"),
            *("mainEntity.sameAs", "mainEntity.agentInteractionStatistic"),
        ),
        # Nobody's nickname, no followers, and no date on which a person was made or changed.
        unknown=(
            *("dateCreated", "dateModified", "mainEntity.alternateName"),
            "mainEntity.interactionStatistic",
        ),
    ),
    # Of DiscussionForumPosting, whose table this is: an article and its comments are none,
    # but each comment is what it calls one.
    "Comment": Asked(
        "discussion-forum",
        required=("author", "author.name", "datePublished", "text"),
        recommended=("url", "comment", "author.url"),
    ),
    "Organization": Asked(
        "organization",
        recommended=("name", "url", "logo"),
        unknown=("address", "telephone", "email", "sameAs"),
    ),
    "WebSite": Asked("../site-names", required=("name", "url")),
    # schema.org/MedicalWebPage: Google reads it as a page, and asks for nothing.
    "MedicalWebPage": Asked(
        "intro-structured-data",
        recommended=("reviewedBy", "reviewedBy.name", "reviewedBy.url", "lastReviewed"),
    ),
}


@pytest.fixture
def said(client: Client, settings: Any, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every node of a whole site's pages, by its kind; what stands inside another too."""
    settings.SITE_URL, settings.MEDIA_ROOT = HOST, str(tmp_path / "media")
    picture = make_picture()
    Site(name="Steady Back", subject=Site.Subject.MEDICAL, logo=picture).save()
    staff = make_staff()
    author = make_author(user=staff, photo=picture, biography="Works in a clinic.")
    AuthorLink.objects.create(author=author, label="Register", address="https://r.example/7")
    article = make_article(
        topic=make_topic(parent=make_topic("Body")),
        authors=[author],
        picture=picture,
        published_at=datetime(2026, 3, 5, 8, tzinfo=UTC),
        updated_at=datetime(2026, 4, 6, 8, tzinfo=UTC),
    )
    review(article)
    make_comment(article).answer("Yes, it does.", by=staff)
    found: dict[str, list[dict[str, Any]]] = {}
    for address in ("/", article.get_absolute_url(), author.get_absolute_url()):
        for node in within(nodes(text_at(client, address))):
            found.setdefault(node["@type"], []).append(node)
    return found


def within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "@type" in value:
            yield value
        for one in value.values():
            yield from within(one)
    elif isinstance(value, list):
        for one in value:
            yield from within(one)


def has(node: dict[str, Any], path: str) -> bool:
    return bool(held := at(node, path)) and all(held)


def at(node: dict[str, Any], path: str) -> list[Any]:
    """What stands at a place of a node, in each of the nodes on the way there."""
    held: list[Any] = [node]
    for name in path.split("."):
        held = [one.get(name) for one in held if isinstance(one, dict)]
        held = [one for value in held for one in (value if isinstance(value, list) else [value])]
    return held


def test_every_node_has_what_is_required(said: dict[str, list[Any]]) -> None:
    for kind, asked in TABLE.items():
        assert said[kind]
        for node in said[kind]:
            assert [(kind, path) for path in asked.required if not has(node, path)] == []


def test_what_is_recommended_is_there_where_the_site_knows_it(said: dict[str, list[Any]]) -> None:
    for kind, asked in TABLE.items():
        every = (*asked.recommended, *asked.unknown)
        known = {path for path in every for node in said[kind] if has(node, path)}
        assert (kind, known) == (kind, set(asked.recommended))


def test_dates_have_their_zone_and_addresses_their_host(said: dict[str, list[Any]]) -> None:
    for node in (one for kind in said.values() for one in kind):
        for name in ("datePublished", "dateModified"):
            assert "T" not in node.get(name, "") or datetime.fromisoformat(node[name]).tzinfo
        for name in ("url", "image", "logo", "@id", "item"):
            assert all(str(one).startswith(f"{HOST}/") for one in at(node, name) if one)


def test_a_way_to_a_page_has_two_steps_at_least(said: dict[str, list[Any]]) -> None:
    for trail in said["BreadcrumbList"]:
        steps = trail["itemListElement"]
        assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
        assert len(steps) > 1


def test_an_article_with_comments_is_no_forum_and_no_question(said: dict[str, list[Any]]) -> None:
    """Google asks to mark up neither where the site itself wrote what the page is about."""
    assert not {"DiscussionForumPosting", "QAPage"} & said.keys()
    assert all("interactionStatistic" not in comment for comment in said["Comment"])
