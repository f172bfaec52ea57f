"""Loading the demonstration: a whole site at once, once only, and nobody gets a mail."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import lxml.html
import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from lxml.html import HtmlElement
from pytest_django import Settings

from articles.evidence import due_reviews
from articles.models import Article, Author, Review, Site, Topic
from backsite.demo import content
from backsite.demo.loader import load, load_privacy_page
from backsite.lib import work
from backsite.lib.mail.models import Message
from backsite.lib.work import due_models
from comments.models import Comment, ReplyNotice
from newsletter.models import Book, Lesson, Letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_pictures(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def demo(said: list[str]) -> None:
    assert load(said.append)


def everything() -> dict[str, list[Any]]:
    """Every row of the site's own tables."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in {"articles", "comments", "newsletter", "mail", "auth"}
        and model._meta.label != "auth.Permission"
    }


def tree(html: bytes) -> HtmlElement:
    return lxml.html.document_fromstring(html)


def depth(comment: Comment) -> int:
    return 0 if comment.parent is None else 1 + depth(comment.parent)


def test_it_fills_an_empty_site(demo: None, said: list[str]) -> None:
    articles = Article.objects.articles().published()
    assert articles.count() == len(content.articles())
    assert set(Article.objects.pages().published().values_list("slug", flat=True)) == {
        "about",
        "privacy",
    }
    assert Topic.objects.in_use().count() == 4
    assert Site.current().name == content.site()["site"]["name"]
    book = Book.objects.current()
    assert book is not None
    assert "Sources" in dict(book.contents).values()
    lessons = Lesson.objects.filter(course__active=True)
    assert [lesson.position for lesson in lessons] == list(range(1, 8))
    assert Letter.objects.defaults().count() == 1
    assert "30 comments" in said


def test_its_past_lies_in_the_past_and_in_order(demo: None) -> None:
    now = timezone.now()
    dates = [
        date for date in Article.objects.values_list("published_at", flat=True) if date is not None
    ]
    assert max(dates) <= now
    assert now - max(dates) < timedelta(days=14)
    assert max(dates) - min(dates) > timedelta(days=90)
    for article in Article.objects.exclude(updated_at=None):
        assert article.published_at is not None
        assert article.updated_at is not None
        assert article.published_at < article.updated_at <= now
    for comment in Comment.objects.select_related("article", "parent"):
        assert comment.article.published_at is not None
        assert comment.article.published_at < comment.created_at < now
        assert comment.parent is None or comment.parent.created_at < comment.created_at


def test_its_threads_show_each_state(demo: None) -> None:
    assert Comment.objects.approved().count() >= 12
    assert Comment.objects.held().count() == 3
    assert Comment.objects.spam().count() == 1
    waiting = Comment.objects.awaiting_answer()
    assert set(waiting.values_list("name", flat=True)) == {"Callum", "Dev"}
    assert max(map(depth, Comment.objects.approved())) == 3


def test_staff_answers_carry_the_name_of_a_demonstration_author(demo: None) -> None:
    answers = Comment.objects.exclude(staff=None)
    names = set(Author.objects.values_list("name", flat=True))
    assert answers.count() >= 8
    assert {answer.name for answer in answers} <= names
    assert all(answer.staff and answer.staff.author_profile for answer in answers)


def test_nobody_gets_a_mail(demo: None) -> None:
    assert not Message.objects.exists()
    due = {model for model in due_models() if model._default_manager.exclude(due_at=None).exists()}
    # Pictures are still being made in more sizes, words counted for the search, the filter
    # draws its line from what was decided, and whoever wants to hear of replies is looked up.
    known = {"Picture", "Vocabulary", "Training", "ReplyNotice"}
    assert {model.__name__ for model in due} <= known
    work.perform_due(ReplyNotice)
    assert not Message.objects.exists()
    assert Comment.objects.by_readers().filter(email="").count() == 0


def test_nobody_can_log_in_as_an_invented_author(demo: None) -> None:
    users = User.objects.all()
    assert users.count() == 3
    for user in users:
        assert not user.is_active
        assert not user.is_staff
        assert not user.has_usable_password()


def test_loading_twice_changes_nothing(demo: None, said: list[str]) -> None:
    before, said[:] = everything(), []
    assert not load(said.append)
    assert everything() == before
    assert said == []


def test_it_leaves_a_site_alone_that_has_an_article(said: list[str]) -> None:
    Article.objects.create(title="Ours", slug="ours")
    assert not load(said.append)
    assert list(Article.objects.values_list("slug", flat=True)) == ["ours"]
    assert not default_storage.exists("demo/course-over-a-year.svg")


def test_it_keeps_what_staff_have_written_already(said: list[str]) -> None:
    Site(name="Our own name").save()
    Topic.objects.create(slug="moving-and-exercise", name="Our own topic")
    assert load(said.append)
    assert Site.current().name == "Our own name"
    assert Topic.objects.get(slug="moving-and-exercise").name == "Our own topic"


def test_it_mends_a_picture_that_was_stored_by_half(said: list[str]) -> None:
    default_storage.save("demo/course-over-a-year.svg", ContentFile(b"half of it"))
    assert load(said.append)
    with default_storage.open("demo/course-over-a-year.svg") as stored:
        assert stored.read() == (content.PICTURES / "course-over-a-year.svg").read_bytes()


def test_it_says_so_when_the_pictures_cannot_be_stored(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("not a folder")
    settings.MEDIA_ROOT = str(tmp_path / "a file" / "media")
    with pytest.raises(CommandError, match=r"could not be stored in .*Nothing was loaded"):
        call_command("load_demo")
    assert not Article.objects.exists()
    assert not Author.objects.exists()


def test_readers_see_each_article_whole(demo: None, client: Client) -> None:
    for text in content.articles():
        response = client.get(f"/articles/{text.slug}/")
        assert response.status_code == 200
        page = tree(response.content)
        shown = page.text_content()
        assert text.facts["title"] in shown
        assert all(point in shown for point in text.facts["key_points"])
        assert "(demonstration profile)" in shown
        assert "References" in shown
        assert not any(mark.get("data-ref") for mark in page.iter("cite"))
        marks = [int(mark.text_content()) for mark in page.iter("sup")]
        first_seen = list(dict.fromkeys(marks))
        assert first_seen == list(range(1, len(first_seen) + 1))
        entries = [item for item in page.iter("li") if (item.get("id") or "").startswith("ref-")]
        assert len(entries) == len(first_seen)


def test_each_picture_and_inner_link_leads_somewhere(demo: None, client: Client) -> None:
    addresses = set()
    for path in [
        "/",
        "/about/",
        "/privacy/",
        *(f"/articles/{t.slug}/" for t in content.articles()),
    ]:
        page = tree(client.get(path).content)
        addresses |= {urljoin(path, image.get("src") or "") for image in page.iter("img")}
        addresses |= {link.get("href") or "" for link in page.iter("a")}
    pictures_and_pages = {address for address in addresses if address.startswith("/")}
    assert len(pictures_and_pages) > 40
    for address in pictures_and_pages:
        if not address.startswith("/static/"):
            # The lasting address of a comment leads to the page that it is on today.
            assert client.get(address, follow=True).status_code == 200, address


def test_readers_see_what_was_approved_and_nothing_else(demo: None, client: Client) -> None:
    shown = client.get("/articles/the-first-weeks-of-back-pain/").content.decode()
    assert "Day nine here." in shown
    assert "Ruth Adeyemi" in shown
    assert "Fourth day." not in shown
    assert "hannah@example.com" not in shown
    assert "AMAZING" not in client.get("/articles/medicines-for-back-pain/").content.decode()


def test_some_articles_are_reviewed_by_people_who_are_plainly_invented(
    demo: None, client: Client
) -> None:
    reviews = Review.objects.select_related("article", "reviewer", "credential")
    assert reviews.count() == len([t for t in content.articles() if "review" in t.facts]) >= 3
    for review in reviews:
        assert not review.troubles(review.article.content_hash())
        assert review.reviewer not in review.article.authors.all()
        page = client.get(review.article.get_absolute_url()).content.decode()
        told = page.partition('<p class="reviewed">')[2].partition("</p>")[0]
        assert "Medically reviewed by" in told
        assert "(demonstration profile), an invented register" in told
    assert due_reviews().now == 0


def test_the_privacy_page_names_what_readers_tell_us_of_articles(demo: None) -> None:
    words = Article.objects.get(slug="privacy").search_text
    assert "your e-mail address if you gave one" in words
    assert "then we delete your words and your address" in words


def test_a_site_without_the_demonstration_has_a_privacy_page_that_says_nothing_of_one() -> None:
    assert load_privacy_page() is True
    assert load_privacy_page() is False
    page = Article.objects.get()
    assert (page.slug, page.is_public) == ("privacy", True)
    assert "demonstration" not in page.html


def test_the_demonstration_comes_in_beside_a_page_that_is_there(said: list[str]) -> None:
    load_privacy_page()
    assert load(said.append)
    assert Article.objects.filter(slug="privacy").count() == 1
    assert Article.objects.articles().exists()
