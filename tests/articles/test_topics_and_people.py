"""Topics in a tree, what to read first in them, and who the authors are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from articles.models import AuthorLink, StartHere, Topic
from tests.articles.form import fields_of
from tests.factories import make_article, make_author, make_staff, make_topic
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def page_of(client: Client, row: Any) -> str:
    return client.get(row.get_absolute_url()).content.decode()


def test_a_topic_shows_what_is_below_it_and_where_it_stands(client: Client) -> None:
    back = make_topic("Back")
    moving = make_topic("Moving", parent=back, introduction="How to move. And more.")
    walking = make_topic("Walking", parent=moving)
    article = make_article("A walk", topic=walking)
    page = page_of(client, back)
    assert "In this topic" in page
    assert "How to move." in page
    assert "A walk" in page
    where = page_of(client, article).partition('class="eyebrow where"')[2].partition("</ol>")[0]
    assert [name for name in ("Back", "Moving", "Walking") if f">{name}</a>" in where] == [
        "Back",
        "Moving",
        "Walking",
    ]


def test_a_topic_with_nothing_to_read_below_is_not_offered(client: Client) -> None:
    back = make_topic("Back")
    empty = make_topic("Nothing yet", parent=back)
    make_article(topic=empty, published=False)
    assert "Nothing yet" not in page_of(client, back)
    assert set(Topic.objects.in_use()) == set()
    make_article(topic=empty)
    assert set(Topic.objects.in_use()) == {back, empty}


def test_a_further_topic_shows_the_article_too(client: Client) -> None:
    article = make_article("A walk", topic=make_topic("Moving"))
    sleep = make_topic("Sleep")
    article.further_topics.add(sleep)
    assert "A walk" in page_of(client, sleep)
    assert "Sleep" in page_of(client, article).partition("Filed under")[2]


def test_start_here_stands_in_its_order_and_shows_only_what_is_public(client: Client) -> None:
    topic = make_topic("Moving")
    names = ["Second", "First", "A draft"]
    for position, name in enumerate(names):
        article = make_article(name, topic=topic, published=name != "A draft")
        StartHere.objects.create(topic=topic, article=article, position=len(names) - position)
    box = page_of(client, topic).partition('class="start-here"')[2].partition("</section>")[0]
    assert box.index("First") < box.index("Second")
    assert "A draft" not in box


def test_a_topic_cannot_stand_under_itself(client: Client, staff: User) -> None:
    back = make_topic("Back")
    moving = make_topic("Moving", parent=back)
    address = f"/admin/articles/topic/{back.pk}/change/"
    page = client.get(address).content.decode().replace("topic_form", "article_form")
    answer = client.post(address, {**fields_of(page), "parent": str(moving.pk)})
    assert "A topic cannot stand under itself." in answer.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Topic.objects.filter(pk=back.pk).update(parent=back)


def test_a_loop_that_came_from_elsewhere_ends_the_walk(client: Client) -> None:
    back = make_topic("Back")
    moving = make_topic("Moving", parent=back)
    Topic.objects.filter(pk=back.pk).update(parent=moving)
    article = make_article("A walk", topic=Topic.objects.get(pk=moving.pk))
    assert "A walk" in page_of(client, article)
    assert "A walk" in page_of(client, back)


def test_an_author_is_known_elsewhere_too(client: Client) -> None:
    author = make_author(website="https://ada.example")
    AuthorLink.objects.create(author=author, label="HCPC register", address="https://hcpc.example")
    page = page_of(client, author)
    for shown in ('href="https://ada.example"', 'href="https://hcpc.example"', "HCPC register"):
        assert shown in page


def test_an_author_has_a_page_of_their_own_with_all_that_is_known_and_a_feed(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    author = make_author(
        "Dr Ada Example",
        credentials="Physiotherapist",
        biography="Works in a clinic.",
        photo=make_picture(),
    )
    make_article("Walking", authors=[make_author("Ben"), author])
    page = page_of(client, author)
    for shown in ("Dr Ada Example", "Physiotherapist", "Works in a clinic.", "Walking", "<img"):
        assert shown in page
    feed = f"{author.get_absolute_url()}feed/"
    assert f'{feed}"' in page
    assert "Walking" in client.get(feed).content.decode()


def test_the_list_finds_what_is_mine_and_what_is_due(client: Client, staff: User) -> None:
    from django.utils import timezone

    make_article("By Ada", authors=[make_author(user=staff)])
    make_article("Saved by Ada").revise(by=staff)
    make_article("Somebody else's")
    late = make_article("Late", published=False)
    late.schedule(at=timezone.now(), by=None)

    def listed(query: str) -> set[str]:
        page = client.get(f"/admin/articles/article/?{query}").content.decode()
        names = ("By Ada", "Saved by Ada", "Somebody else", "Late")
        table = page.partition('id="result_list"')[2].partition("</table>")[0]
        return {name for name in names if f">{name}" in table}

    assert listed("whose=mine") == {"By Ada", "Saved by Ada"}
    assert listed("due=late") == {"Late"}
    assert listed("due=coming") == {"Late"}
    assert listed("due=ending") == set()
