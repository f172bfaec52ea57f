"""Authors, topics, tags and the site's identity in the desk."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles.models import Site, Topic
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db

SITE = "/admin/articles/site/"


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def identity(client: Client, address: str, **fields: str) -> str:
    given = {
        "name": "Steady Back",
        "newsletter_title": "The letter",
        "feed_text": Site.FeedText.STANDFIRST,
        "subject": Site.Subject.ARTICLE,
        **fields,
    }
    return unescape(client.post(address, given, follow=True).content.decode())


def test_the_identity_has_one_form_and_no_list(client: Client, staff: User) -> None:
    page = client.get(SITE, follow=True)
    assert page.redirect_chain[-1][0] == f"{SITE}add/"
    assert not Site.objects.exists()
    identity(client, f"{SITE}add/")
    assert Site.objects.get().name == "Steady Back"
    page = client.get(SITE, follow=True)
    assert page.redirect_chain[-1][0] == f"{SITE}1/change/"


def test_there_is_never_a_second_identity_nor_none(client: Client, staff: User) -> None:
    identity(client, f"{SITE}add/")
    identity(client, f"{SITE}add/", name="Another")
    client.post(f"{SITE}1/delete/", {"post": "yes"})
    assert [site.name for site in Site.objects.all()] == ["Steady Back"]


def test_a_change_of_the_identity_is_on_the_home_page(client: Client, staff: User) -> None:
    identity(client, f"{SITE}add/")
    page = identity(client, f"{SITE}1/change/", name="Calm Back")
    assert "Calm Back" in page
    assert "Calm Back" in client.get("/").content.decode()


def test_authors_are_listed_with_the_number_of_their_articles(client: Client, staff: User) -> None:
    author = make_author("Dr Ada", credentials="Physiotherapist", user=staff)
    make_article(authors=[author])
    make_article(authors=[author])
    page = client.get("/admin/articles/author/").content.decode()
    assert "Physiotherapist" in page
    assert re.search(r"field-number[^>]*>(?:<[^>]*>)*2<", page)


def test_the_link_for_an_author_profile_knows_the_account(client: Client, staff: User) -> None:
    page = client.get(f"/admin/articles/author/add/?user={staff.pk}").content.decode()
    assert f'<option value="{staff.pk}" selected>ada</option>' in page


def test_a_topic_cannot_stand_under_itself(client: Client, staff: User) -> None:
    top = make_topic("Top")
    below = make_topic("Below", parent=top)
    address = f"/admin/articles/topic/{top.pk}/change/"
    sent = {"name": "Top", "slug": top.slug, "position": "0", "parent": str(below.pk)}
    page = unescape(client.post(address, sent).content.decode())
    assert "A topic cannot stand under itself." in page
    assert Topic.objects.get(pk=top.pk).parent is None


def test_the_lists_of_tags_and_topics_open(client: Client, staff: User) -> None:
    make_topic("Moving")
    for name in ("topic", "tag", "author"):
        assert client.get(f"/admin/articles/{name}/?q=o").status_code == 200


def test_an_empty_list_says_so_and_a_search_without_hits_leads_back(
    client: Client, staff: User
) -> None:
    address = "/admin/articles/author/"
    assert "No authors yet." in client.get(address).content.decode()
    make_author("Dr Ada")
    assert "No authors yet." not in client.get(address).content.decode()
    page = client.get(f"{address}?q=nobody").content.decode()
    assert "Nothing here fits." in page
    assert '<a href="?">Show all authors</a>' in page


def test_each_field_of_a_date_and_time_has_a_label(client: Client, staff: User) -> None:
    page = client.get("/admin/articles/article/add/").content.decode()
    for name in ("publish_at_0", "publish_at_1", "leave_at_0", "leave_at_1"):
        assert f'<label for="id_{name}">' in page


def test_each_field_of_a_row_says_its_name(client: Client, staff: User) -> None:
    article = make_article(authors=[make_author()])
    page = client.get(f"/admin/articles/article/{article.pk}/change/").content.decode()
    rows = re.findall(
        r'<(?:select|input|textarea)[^>]*name="bylines-0-(?:author|position)"[^>]*>', page
    )
    assert [re.findall(r'aria-label="(\w+)"', row) for row in rows] == [["Author"], ["Position"]]
