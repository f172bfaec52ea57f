"""Every save is kept: who, when, why, and all the words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles.models import Article, Reference, Revision, Tag
from tests.articles.form import opened, send
from tests.factories import make_article, make_author, make_staff, make_topic
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def whole_article() -> Article:
    article = make_article("Walking", topic=make_topic("Moving"), authors=[make_author("Ilse")])
    article.tags.add(Tag.objects.create(name="Everyday", slug="everyday"))
    Reference.objects.create(
        article=article, key="a", authors="Pocovi", year=2024, title="WalkBack", doi="10.1/x"
    )
    return article


def test_a_revision_holds_all_the_words() -> None:
    article, ada = whole_article(), make_staff("ada")
    revision = article.revise(by=ada, why="a better title", title="Walk", body="<p>Go.</p>")
    assert revision is not None
    assert (revision.number, revision.actor, revision.why) == (2, "ada", "a better title")
    words = revision.words
    assert (words["title"], words["body"]) == ("Walk", "<p>Go.</p>")
    assert words["topic"]["name"] == "Moving"
    assert [row["name"] for row in words["authors"]] == ["Ilse"]
    assert [row["name"] for row in words["tags"]] == ["Everyday"]
    assert words["references"][0]["doi"] == "10.1/x"
    first = article.revisions.get(number=1)
    assert first.words["title"] == "Walking"
    assert "<p>Go.</p>" in Article.objects.get(pk=article.pk).html


def test_a_save_that_changed_nothing_writes_nothing_unless_it_says_why() -> None:
    article = whole_article()
    article.revise(by=None, title="Walk")
    assert article.revise(by=None, title="Walk") is None
    assert article.revise(by=None, why="read once more") is not None
    assert article.revisions.count() == 3


def test_a_restore_brings_all_of_it_back_as_a_new_revision() -> None:
    article, ada = whole_article(), make_staff("ada")
    author, reference = article.authors.get(), article.references.get()
    article.revise(by=ada, title="Walk", topic=None, tags=[], authors=[], references=[])
    assert not article.references.exists()
    lost = article.restore(article.revisions.get(number=1), by=ada)
    fresh = Article.objects.get(pk=article.pk)
    assert lost == []
    assert (fresh.title, fresh.topic.name if fresh.topic else "") == ("Walking", "Moving")
    assert list(fresh.authors.all()) == [author]
    assert fresh.references.get().title == reference.title
    assert [tag.name for tag in fresh.tags.all()] == ["Everyday"]
    assert list(fresh.revisions.values_list("number", flat=True)) == [1, 2, 3]
    assert fresh.revisions.get(number=3).why == "Brought back revision 1."


def test_a_restore_brings_pictures_and_what_search_engines_see_back_too() -> None:
    article, hill, valley = whole_article(), make_picture(), make_picture()
    given: dict[str, Any] = {
        "seo_title": "Walk on",
        "seo_description": "How",
        "noindex": True,
        "featured": True,
    }
    elsewhere: dict[str, Any] = {
        "canonical_address": "https://example.org/walk",
        "comments_open": False,
    }
    article.revise(by=None, picture=hill, share_picture=valley, **given, **elsewhere)
    article.revise(
        by=None,
        picture=None,
        share_picture=hill,
        seo_title="",
        seo_description="",
        noindex=False,
        featured=False,
        canonical_address="",
        comments_open=True,
    )
    assert article.restore(article.revisions.get(number=2), by=None, why="It was better") == []
    fresh = Article.objects.get(pk=article.pk)
    assert (fresh.picture, fresh.share_picture) == (hill, valley)
    assert {name: getattr(fresh, name) for name in given} == given
    assert {name: getattr(fresh, name) for name in elsewhere} == elsewhere
    newest = fresh.revisions.get(number=4)
    assert newest.why == "Brought back revision 2. It was better"


def test_a_picture_alone_is_a_change_that_is_kept() -> None:
    article, hill = whole_article(), make_picture(by=None)
    article.revise(by=None, picture=hill)
    (before, after) = article.revisions.order_by("number")
    assert (before.words["picture"], after.words["picture"]["id"]) == (None, hill.pk)


def test_a_restore_names_the_pictures_that_were_removed() -> None:
    article, hill, valley = whole_article(), make_picture(), make_picture()
    body = f'<figure><img data-picture="{valley.pk}" alt="A valley"></figure>'
    article.revise(by=None, picture=hill, body=body)
    article.revise(by=None, picture=None, body="<p>Words.</p>")
    hill.remove(by=None)
    valley.remove(by=None)
    assert article.restore(article.revisions.get(number=2), by=None) == [
        f"The picture “{hill}” does not exist any more.",
        f"Picture {valley.pk} in the text was removed since: readers see nothing in its place.",
    ]


def test_an_article_that_became_a_page_becomes_an_article_again() -> None:
    article = whole_article()
    article.revise(by=None, kind="page")
    article.restore(article.revisions.get(number=1), by=None)
    assert Article.objects.get(pk=article.pk).kind == "article"


def test_a_restore_says_what_cannot_come_back() -> None:
    article = whole_article()
    old = article.slug
    article.revise(by=None, slug="moved-on", tags=[])
    Tag.objects.all().delete()
    make_article(slug=old)
    lost = article.restore(article.revisions.get(number=1), by=None)
    assert lost == [
        f"The address “{old}” belongs to another article now; this one keeps its own.",
        "The tag “Everyday” does not exist any more.",
    ]
    assert Article.objects.get(pk=article.pk).slug == "moved-on"


def test_references_that_stay_keep_their_row() -> None:
    article = whole_article()
    row = article.references.get()
    changed = {**article.words()["references"][0], "title": "Another"}
    article.revise(by=None, references=[changed])
    assert Reference.objects.get(pk=row.pk).title == "Another"


def test_words_that_do_not_exist_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="no words called colour"):
        make_article().revise(by=None, colour="red")


def test_readers_who_know_the_old_address_still_reach_it(client: Client) -> None:
    article = make_article(slug="old-walk")
    old = article.get_absolute_url()
    article.revise(by=None, slug="new-walk")
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, article.get_absolute_url())


def test_many_first_revisions_are_written_at_once() -> None:
    articles = [make_article(f"No. {number}") for number in range(3)]
    articles[0].revise(by=None)
    Revision.objects.keep_first_of(articles, by=None, why="imported")
    assert [article.revisions.count() for article in articles] == [1, 1, 1]
    assert Article.objects.filter(revision=1).count() == 3
    assert articles[1].revisions.get().words["title"] == "No. 1"


def test_staff_see_the_list_compare_two_and_bring_one_back(client: Client, staff: User) -> None:
    article = make_article("Walking", body="<p>Walk slowly at first.</p><p>Then faster.</p>")
    article.revise(by=staff, why="a warning", body="<p>Walk gently at first.</p><p>Rest.</p>")
    base = f"/admin/articles/article/{article.pk}/revisions/"
    page = client.get(base).content.decode()
    assert "a warning" in page
    assert "ada" in page
    page = client.get(f"{base}compare/?from=2&to=1").content.decode()
    assert "Walk <del>slowly</del> at first." in page
    assert "Walk <ins>gently</ins> at first." in page
    assert "&lt;p&gt;" not in page
    source = client.get(f"{base}compare/?from=2&to=1&view=source").content.decode()
    assert "&lt;p&gt;Walk <del>slowly</del>" in source
    client.post(f"{base}1/restore/", {"why": "Slowly is right"})
    assert "slowly" in Article.objects.get(pk=article.pk).body
    newest = article.revisions.get(number=3)
    assert (newest.actor, newest.why) == ("ada", "Brought back revision 1. Slowly is right")


@pytest.mark.parametrize("query", ["", "from=x&to=1", "from=1&to=99", "from=-1&to=1"])
def test_revisions_that_do_not_exist_are_not_found(client: Client, staff: User, query: str) -> None:
    article = make_article()
    article.revise(by=staff)
    address = f"/admin/articles/article/{article.pk}/revisions/compare/?{query}"
    assert client.get(address).status_code == 404


def test_restoring_is_for_those_who_may_change_articles(client: Client) -> None:
    article = make_article("Walking")
    article.revise(by=None, title="Walk")
    client.force_login(User.objects.create_user("ben", password="x", is_staff=True))
    client.post(f"/admin/articles/article/{article.pk}/revisions/1/restore/")
    assert Article.objects.get(pk=article.pk).title == "Walk"


def test_an_article_that_becomes_a_page_is_still_reached(client: Client, staff: User) -> None:
    article = make_article(slug="about-us")
    old = article.get_absolute_url()
    send(client, {**opened(client, article), "kind": "page"}, "_save", article)
    assert client.get(old)["Location"] == "/about-us/"
