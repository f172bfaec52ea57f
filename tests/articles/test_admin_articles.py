"""Staff write, publish, schedule and withdraw articles in the desk."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.models import Article
from backsite.lib.ages import clock
from tests.articles.form import opened, send
from tests.factories import make_article, make_author, make_staff

pytestmark = pytest.mark.django_db

BASICS = {"title": "Walking", "slug": "walking", "kind": "article", "body": "<p>Walk.</p>"}


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def save(client: Client, button: str, *articles: Article, **fields: Any) -> str:
    """Sends the form of a new (or of the given) article; the page that follows."""
    article = articles[0] if articles else None
    own = opened(client, article) if article else {**opened(client), **BASICS}
    return unescape(send(client, {**own, **fields}, button, article))


def reference(number: int, key: str, **fields: str) -> dict[str, str]:
    given = {"key": key, "position": "0", "authors": "A. Author", "title": key, "doi": "10.1/x"}
    return {f"references-{number}-{name}": value for name, value in {**given, **fields}.items()}


def cite(*keys: str) -> str:
    return "".join(f'<p>Claim.<cite data-ref="{key}"></cite></p>' for key in keys)


def verbs(article: Article) -> list[tuple[str, str]]:
    return [(event.verb, event.actor) for event in article.events.all()]


def test_a_saved_article_is_a_draft_that_readers_do_not_see(client: Client, staff: User) -> None:
    save(client, "_save")
    article = Article.objects.get()
    assert (article.state, article.html) == ("draft", "<p>Walk.</p>")
    assert client.get(article.get_absolute_url()).status_code == 404


def test_save_and_publish_shows_it_to_readers(client: Client, staff: User) -> None:
    page = save(client, "_publish")
    article = Article.objects.get()
    assert article.is_public
    assert verbs(article) == [("publish", "ada")]
    assert "“Walking” is saved and published." in page
    assert "<p>Walk.</p>" in client.get(article.get_absolute_url()).content.decode()


def test_save_and_withdraw_takes_it_away_and_keeps_it(client: Client, staff: User) -> None:
    article = make_article("Walking")
    save(client, "_withdraw", article)
    article.refresh_from_db()
    assert article.state == "withdrawn"
    assert verbs(article)[-1] == ("withdraw", "ada")
    gone = client.get(article.get_absolute_url())
    assert gone.status_code == 410
    assert "This page is no longer here" in gone.content.decode()


def at(when: Any) -> dict[str, str]:
    return {"publish_at_0": f"{when:%Y-%m-%d}", "publish_at_1": f"{when:%H:%M:%S}"}


def test_save_and_schedule_publishes_at_that_time(client: Client, staff: User) -> None:
    when = (timezone.now() + timedelta(days=2)).replace(microsecond=0)
    page = save(client, "_schedule", **at(when))
    article = Article.objects.get()
    assert (article.state, article.due_at) == ("scheduled", when)
    assert f"scheduled for {clock(when)}" in page
    later = when + timedelta(days=1)
    save(client, "_save", article, **at(later))
    article.refresh_from_db()
    assert (article.state, article.due_at) == ("scheduled", later)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Say when: the article is scheduled for this time."),
        (at(timezone.now() - timedelta(days=1)), "This time is over."),
    ],
)
def test_a_time_that_cannot_be_kept_is_asked_for_again(
    client: Client, staff: User, fields: dict[str, str], complaint: str
) -> None:
    page = save(client, "_schedule", **fields)
    assert complaint in page
    assert "<p>Walk.</p>" in page
    assert not Article.objects.exists()


def test_a_time_without_its_button_is_not_silently_forgotten(client: Client, staff: User) -> None:
    page = save(client, "_save", **at(timezone.now() + timedelta(days=1)))
    assert "It is saved and not scheduled" in page


def test_what_readers_get_knows_the_references_saved_with_it(client: Client, staff: User) -> None:
    body = cite("late", "early")
    both = {**reference(0, "early", position="1"), **reference(1, "late", position="2")}
    save(client, "_publish", body=body, **{"references-TOTAL_FORMS": "2", **both})
    html = Article.objects.get().html
    assert html.index('href="#ref-2"') < html.index('href="#ref-1"')


def test_references_without_a_place_are_numbered_as_the_text_cites_them(
    client: Client, staff: User
) -> None:
    three = {**reference(0, "idle"), **reference(1, "second"), **reference(2, "first")}
    page = save(
        client,
        "_save",
        body=cite("first", "second", "first"),
        **{"references-TOTAL_FORMS": "3", **three},
    )
    rows = Article.objects.get().references.values_list("key", "position")
    assert list(rows) == [("first", 1), ("second", 2), ("idle", 3)]
    assert "cited nowhere: idle" in page


def test_a_mark_without_its_reference_is_a_warning_and_no_obstacle(
    client: Client, staff: User
) -> None:
    page = save(client, "_publish", body=cite("nowhere"))
    assert Article.objects.get().is_public
    assert "The text cites nowhere, and no reference has that key" in page


def test_a_reference_that_nobody_can_check_is_refused(client: Client, staff: User) -> None:
    page = save(client, "_save", **{"references-TOTAL_FORMS": "1", **reference(0, "x", doi="")})
    assert "Give its DOI or its address, so that a reader can check it." in page
    assert "is violated" not in page
    assert not Article.objects.exists()


def test_the_address_of_a_doi_is_taken_for_the_doi(client: Client, staff: User) -> None:
    one = reference(0, "x", doi="https://doi.org/10.1136/bmj.e1")
    save(client, "_save", **{"references-TOTAL_FORMS": "1", **one})
    assert Article.objects.get().references.get().doi == "10.1136/bmj.e1"


def test_authors_stand_in_the_order_of_their_places(client: Client, staff: User) -> None:
    first, second = make_author("First"), make_author("Second")
    rows = {
        "bylines-TOTAL_FORMS": "2",
        "bylines-0-author": str(second.pk),
        "bylines-0-position": "2",
        "bylines-1-author": str(first.pk),
        "bylines-1-position": "1",
    }
    save(client, "_publish", **rows)
    bylines = Article.objects.get().bylines.all()
    assert [(row.author, row.position) for row in bylines] == [(first, 1), (second, 2)]


@pytest.mark.parametrize("word", ["admin", "articles", "feed"])
def test_a_page_cannot_take_an_address_of_the_site(client: Client, staff: User, word: str) -> None:
    page = save(client, "_save", kind="page", slug=word)
    assert f"A page cannot be called “{word}”" in page
    assert not Article.objects.exists()
    save(client, "_save", slug=word)
    assert Article.objects.get().slug == word


def test_what_could_run_never_reaches_readers(client: Client, staff: User) -> None:
    body = "<p onclick='x()'>Hi<script>alert(1)</script></p>"
    save(client, "_publish", body=body)
    article = Article.objects.get()
    assert article.html == "<p>Hi</p>"


def test_the_date_of_an_update_can_be_set(client: Client, staff: User) -> None:
    article = make_article()
    save(client, "_save", article, updated_at_0="2026-01-02", updated_at_1="10:00:00")
    article.refresh_from_db()
    assert f"{article.updated_at:%Y-%m-%d %H:%M}" == "2026-01-02 10:00"
    assert article.is_public


def test_what_would_break_its_page_is_saved_and_not_published(client: Client, staff: User) -> None:
    page = save(client, "_publish", body="")
    assert "It is saved and not published: There is nothing to read yet." in page
    assert Article.objects.get().state == "draft"


def test_what_was_scheduled_is_taken_out_of_the_schedule(client: Client, staff: User) -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() + timedelta(days=1), by=staff)
    save(client, "_unschedule", article)
    article.refresh_from_db()
    assert (article.state, article.due_at) == ("draft", None)


def test_what_was_withdrawn_is_published_again_with_its_button(client: Client, staff: User) -> None:
    article = make_article()
    first = article.published_at
    article.withdraw(by=staff)
    page = client.get(f"/admin/articles/article/{article.pk}/change/").content.decode()
    assert "Save and publish again" in page
    save(client, "_publish", article)
    article.refresh_from_db()
    assert (article.is_public, article.published_at) == (True, first)
    assert verbs(article)[-1] == ("republish", "ada")


def test_an_end_can_be_set_and_taken_back(client: Client, staff: User) -> None:
    article = make_article()
    when = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    page = save(client, "_save", article, leave_at_0=f"{when:%Y-%m-%d}", leave_at_1=f"{when:%X}")
    assert f"published until {clock(when)}" in page
    save(client, "_save", article, leave_at_0="", leave_at_1="")
    article.refresh_from_db()
    assert (article.withdraw_at, article.due_at, article.is_public) == (None, None, True)
    page = save(client, "_save", article, leave_at_0="2020-01-01", leave_at_1="10:00:00")
    assert "This time is over." in page
