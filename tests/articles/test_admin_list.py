"""The list of articles in the desk, and what is done to several at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.models import Article, Revision
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"
# Session and account; the topics of the filter; how many; the rows, their bylines and authors.
LIST_QUERIES = 7


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def verbs(article: Article) -> list[tuple[str, str]]:
    return [(event.verb, event.actor) for event in article.events.all()]


def test_the_list_shows_states_topics_and_authors(client: Client, staff: User) -> None:
    author = make_author("Dr Ada")
    make_article("Shown", topic=make_topic("Moving"), authors=[author])
    make_article("Hidden", published=False)
    page = client.get(LIST).content.decode()
    for words in ("Shown", "Hidden", "Dr Ada", "Moving", 'badge draft">draft', "published</span>"):
        assert words in page
    drafts = client.get(f"{LIST}?state__exact=draft").content.decode()
    assert ("Hidden" in drafts, "Shown" in drafts) == (True, False)
    assert "Shown" in client.get(f"{LIST}?q=dr+ada").content.decode()


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, staff: User, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        make_article(topic=make_topic(), authors=[make_author()])
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for _ in range(6):
        make_article(topic=make_topic(), authors=[make_author()])
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_what_nobody_has_touched_for_a_year_is_found(client: Client, staff: User) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    make_article("Forgotten", published_at=long_ago).revise(by=None, why="then")
    Revision.objects.update(at=long_ago)
    make_article("Tended", published_at=long_ago).revise(by=staff, why="read again")
    make_article("New")
    make_article("Never shown", published=False)
    page = client.get(f"{LIST}?due=old").content.decode()
    table = page.partition('id="result_list"')[2].partition("</table>")[0]
    names = ("Forgotten", "Tended", "New", "Never shown")
    assert [name for name in names if f">{name}<" in table] == ["Forgotten"]


def test_several_are_published_at_once(client: Client, staff: User) -> None:
    drafts = [make_article(f"Draft {number}", published=False) for number in range(2)]
    chosen = {"_selected_action": [draft.pk for draft in drafts], "action": "publish_selected"}
    page = client.post(LIST, {**chosen, "index": 0}, follow=True).content.decode()
    assert [verbs(draft) for draft in drafts] == [[("publish", "ada")]] * 2
    assert "Published: “Draft 1”, “Draft 0”." in page


def test_what_readers_have_seen_is_never_deleted(client: Client, staff: User) -> None:
    article = make_article()
    make_comment(article)
    assert client.post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    draft = make_article(published=False)
    client.post(f"{LIST}{draft.pk}/delete/", {"post": "yes"})
    assert list(Article.objects.all()) == [article]


def test_the_link_to_the_site_is_there_once_readers_can_follow_it(
    client: Client, staff: User
) -> None:
    article = make_article("Walking", published=False)
    assert "View on site" not in client.get(f"{LIST}{article.pk}/change/").content.decode()
    article.publish(by=staff)
    page = client.get(f"{LIST}{article.pk}/change/").content.decode()
    assert f'href="{article.get_absolute_url()}" class="viewsitelink"' in page
