"""Two people on one article, and words that were not saved yet: nothing is overwritten
silently, nothing is lost.
"""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from articles.models import Article, Opened, Unsaved
from tests.articles.form import ADD, LIST, address_of, fields_of, opened, send
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db

AUTOSAVE = f"{LIST}autosave/"
NOTE = "<p>My own words.</p>"


@pytest.fixture
def ada() -> Client:
    return logged_in("ada")


@pytest.fixture
def ben() -> Client:
    return logged_in("ben")


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(make_staff(name))
    return client


def read(article: Article) -> Article:
    fresh: Article = Article.objects.get(pk=article.pk)
    return fresh


def test_the_second_who_saves_is_told_and_keeps_the_text(ada: Client, ben: Client) -> None:
    article = make_article("Walking", body="<p>Walk slowly.</p>")
    adas, bens = opened(ada, article), opened(ben, article)
    send(ben, {**bens, "body": "<p>Walk daily.</p>", "why": "daily is better"}, "_save", article)
    page = unescape(send(ada, {**adas, "body": NOTE}, "_save", article))
    assert "ben saved this article at" in page
    assert "daily is better" in page
    assert "Walk <ins>daily</ins>." in unescape(page)
    assert fields_of(page)["body"] == NOTE
    assert read(article).body == "<p>Walk daily.</p>"


def test_saving_over_it_is_a_choice_and_keeps_theirs_among_the_revisions(
    ada: Client, ben: Client
) -> None:
    article = make_article("Walking")
    adas, bens = opened(ada, article), opened(ben, article)
    send(ben, {**bens, "title": "Bens"}, "_save", article)
    again = fields_of(send(ada, {**adas, "title": "Adas"}, "_save", article))
    assert "over" not in again
    send(ada, {**again, "over": str(read(article).revision)}, "_save", article)
    assert read(article).title == "Adas"
    titles = [row.words["title"] for row in article.revisions.all()]
    assert titles == ["Walking", "Bens", "Adas"]


def test_a_third_save_in_between_is_told_of_too(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    adas = opened(ada, article)
    send(ben, {**opened(ben, article), "title": "Bens"}, "_save", article)
    chosen = {**adas, "title": "Adas", "over": str(read(article).revision)}
    send(ben, {**opened(ben, article), "title": "Bens again"}, "_save", article)
    page = send(ada, chosen, "_save", article)
    assert "ben saved this article" in page
    assert read(article).title == "Bens again"


def test_the_same_person_in_two_windows_is_told_too(ada: Client) -> None:
    article = make_article("Walking")
    one, other = opened(ada, article), opened(ada, article)
    send(ada, {**one, "title": "One"}, "_save", article)
    assert "ada saved this article" in send(ada, {**other, "title": "Two"}, "_save", article)
    assert read(article).title == "One"


def test_a_save_that_changes_no_word_disturbs_nobody(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    send(ben, {**opened(ben, article), "title": "Walk"}, "_save", article)
    adas = opened(ada, article)
    send(ben, opened(ben, article), "_save", article)
    send(ada, {**adas, "title": "Adas"}, "_save", article)
    assert read(article).title == "Adas"


def test_who_else_has_it_open_is_said_while_they_do(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    here = f"{LIST}{article.pk}/here/"
    assert ben.post(here).json()["others"] == []
    assert ada.post(here).json()["others"] == ["ben"]
    assert "ben has this open too." in ada.get(address_of(article)).content.decode()
    Opened.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert ada.post(here).json()["others"] == []


def test_a_save_by_somebody_else_is_told_while_one_writes(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    mine = opened(ada, article)
    send(ben, {**opened(ben, article), "title": "Bens"}, "_save", article)
    said = ada.post(f"{LIST}{article.pk}/here/", {"opened_revision": mine["opened_revision"]})
    assert said.json()["saved"].startswith("ben at ")


def test_unsaved_words_are_offered_again_and_can_be_looked_at(ada: Client) -> None:
    article = make_article("Walking")
    ada.post(AUTOSAVE, {**opened(ada, article), "body": NOTE, "references-0-key": "x"})
    assert read(article).body != NOTE
    assert not article.revisions.exists()
    page = ada.get(address_of(article)).content.decode()
    assert "You have unsaved changes from" in page
    kept = Unsaved.objects.get()
    looked_at = opened(ada, article, f"?unsaved={kept.pk}")
    assert looked_at["body"] == NOTE
    assert read(article).body != NOTE
    send(ada, looked_at, "_save", article)
    assert read(article).body == NOTE
    assert not Unsaved.objects.exists()


def test_looking_at_them_changes_nothing(ada: Client) -> None:
    article = make_article("Walking")
    ada.post(AUTOSAVE, {**opened(ada, article), "title": "Other"})
    page = ada.get(f"{address_of(article)}?unsaved={Unsaved.objects.get().pk}").content.decode()
    assert "Nothing is saved until you press a button" in page
    assert "Please correct" not in page
    assert (read(article).title, read(article).revision) == ("Walking", 0)


def test_a_new_article_that_was_never_saved_is_offered_too(ada: Client) -> None:
    first, second = opened(ada), opened(ada)
    ada.post(AUTOSAVE, {**first, "title": "First idea"})
    ada.post(AUTOSAVE, {**second, "title": "Second idea", "slug": "second", "body": NOTE})
    page = ada.get(ADD).content.decode()
    assert "First idea" in page
    assert "Second idea" in page
    kept = Unsaved.objects.get(key=second["unsaved_key"])
    send(ada, opened(ada, None, f"?unsaved={kept.pk}"), "_save")
    assert Article.objects.get().body == NOTE
    assert [row.title for row in Unsaved.objects.all()] == ["First idea"]


def test_unsaved_words_are_thrown_away_by_a_button(ada: Client) -> None:
    ada.post(AUTOSAVE, {**opened(ada), "title": "An idea"})
    ada.post(f"{LIST}unsaved/{Unsaved.objects.get().pk}/drop/")
    assert not Unsaved.objects.exists()


def test_unsaved_words_belong_to_one_person(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    ada.post(AUTOSAVE, {**opened(ada, article), "title": "Adas"})
    kept = Unsaved.objects.get()
    assert "unsaved changes" not in ben.get(address_of(article)).content.decode()
    assert opened(ben, article, f"?unsaved={kept.pk}")["title"] == "Walking"
    ben.post(f"{LIST}unsaved/{kept.pk}/drop/")
    assert Unsaved.objects.exists()


def test_unsaved_words_over_an_older_revision_meet_the_newer_one(ada: Client, ben: Client) -> None:
    article = make_article("Walking")
    ada.post(AUTOSAVE, {**opened(ada, article), "title": "Adas"})
    send(ben, {**opened(ben, article), "title": "Bens"}, "_save", article)
    looked_at = opened(ada, article, f"?unsaved={Unsaved.objects.get().pk}")
    assert "ben saved this article" in send(ada, looked_at, "_save", article)
    assert read(article).title == "Bens"


def test_a_login_that_ended_says_so_and_keeps_the_form_for_the_browser(ada: Client) -> None:
    sent = {**opened(ada), "title": "An idea"}
    ada.logout()
    assert ada.post(AUTOSAVE, sent).status_code == 403
    assert not Unsaved.objects.exists()


@pytest.mark.parametrize("key", ["", "new-", "other-1", "new-" + "x" * 60])
def test_a_form_that_does_not_say_which_it_is_is_refused(ada: Client, key: str) -> None:
    assert ada.post(AUTOSAVE, {"unsaved_key": key, "title": "x"}).status_code == 400


def test_nothing_is_kept_for_those_who_may_not_write() -> None:
    client, article = Client(), make_article()
    client.force_login(User.objects.create_user("eve", password="x", is_staff=True))
    sent = {"unsaved_key": f"article-{article.pk}", "title": "x"}
    assert client.post(AUTOSAVE, sent).status_code == 403
    assert client.post(f"{LIST}{article.pk}/here/").status_code == 403
    assert not Unsaved.objects.exists()


def test_a_form_of_a_hundred_references_is_kept_whole(ada: Client) -> None:
    columns = ("title", "authors", "year", "source", "kind", "doi", "pmid", "url", "key")
    many = {f"references-{row}-{name}": "x" * 9 for row in range(150) for name in columns}
    article = make_article()
    ada.post(AUTOSAVE, {**opened(ada, article), **many})
    assert f"{urlencode({'references-149-title': 'x'})[:20]}" in Unsaved.objects.get().fields
