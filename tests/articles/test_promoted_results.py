"""Staff say which article stands first for some words."""

from __future__ import annotations

import threading
from html import unescape
from typing import Any

import lxml.html
import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection
from django.test import Client

from articles.models import Article, PromotedResult
from articles.search import search
from tests.factories import make_article, make_staff, make_topic

pytestmark = pytest.mark.django_db

ADD = "/admin/articles/promotedresult/add/"


def promote(words: str, article: Article, position: int = 0) -> PromotedResult:
    made: PromotedResult = PromotedResult.objects.create(
        words=words, article=article, position=position
    )
    return made


def found(query: str, number: int = 1) -> list[tuple[str, bool]]:
    return [(hit.article.title, hit.promoted) for hit in search(query, number).hits]


@pytest.fixture
def guide() -> Article:
    """Would come last by itself, as the word stands in its text alone."""
    make_article("Sciatica")
    make_article("Exercises for sciatica")
    return make_article("Start with this", body="<p>Long before any sciatica.</p>")


def test_the_chosen_article_stands_first_once_and_the_rest_follow(guide: Article) -> None:
    before = [title for title, _ in found("sciatica")]
    promote("sciatica", guide)
    rest = [(title, False) for title in before if title != "Start with this"]
    assert before[0] != "Start with this"
    assert found("sciatica") == [("Start with this", True), *rest]
    assert search("sciatica").count == 3


@pytest.mark.parametrize(
    "typed", ["back pains", "Pain in the back", " BACK  PAIN ", "paining back"]
)
def test_any_form_and_order_of_the_words_counts(typed: str) -> None:
    make_article("Back pain, pain in the back")
    promote("back pain", make_article("Start with this"))
    assert found(typed)[0] == ("Start with this", True)


@pytest.mark.parametrize("typed", ["back", "pain", "lower back pain", "back -pain", '"back pain"'])
def test_who_looks_for_less_for_more_or_for_something_exact_is_not_led_elsewhere(
    typed: str,
) -> None:
    make_article("Lower back pain")
    promote("back pain", make_article("Start with this"))
    assert ("Start with this", True) not in found(typed)


def test_it_stands_first_for_words_that_it_does_not_have_and_nobody_else_has() -> None:
    promote("lumbago", make_article("Back pain"))
    assert found("lumbago") == [("Back pain", True)]


def test_a_slip_of_the_reader_still_leads_to_it(guide: Article) -> None:
    promote("sciatica", guide)
    assert search("siatica").instead == "sciatica"
    assert found("siatica")[0] == ("Start with this", True)


def test_a_last_word_that_begins_longer_ones_keeps_it_first() -> None:
    make_article("Running again")
    promote("run", make_article("Start with this"))
    assert found("run") == [("Start with this", True), ("Running again", False)]


def test_several_for_the_same_words_stand_in_their_order(guide: Article) -> None:
    promote("sciatica", make_article("Second"), position=2)
    promote("sciatica", guide, position=1)
    assert found("sciatica")[:2] == [("Start with this", True), ("Second", True)]


def test_it_stands_on_the_first_page_and_on_no_other() -> None:
    for number in range(12):
        make_article(f"Sciatica {number}")
    promote("sciatica", Article.objects.get(title="Sciatica 0"))
    second = found("sciatica", 2)
    assert found("sciatica")[0] == ("Sciatica 0", True)
    assert len(second) == 2
    assert ("Sciatica 0", True) not in second


def test_what_readers_cannot_read_is_not_shown(guide: Article) -> None:
    promote("sciatica", guide)
    guide.withdraw(by=None)
    assert "Start with this" not in [title for title, _ in found("sciatica")]
    assert search("sciatica").count == 2


def test_words_that_the_search_passes_over_promote_nothing() -> None:
    """Neither an empty query nor one of stop words alone shows a row made by hand."""
    make_article("Back pain")
    promote("the", make_article("Start with this"))
    for typed in ("the", "with the", "pain -leg", '"back pain"'):
        assert ("Start with this", True) not in found(typed)


def test_readers_see_a_mark_in_words(client: Client, guide: Article) -> None:
    Article.objects.filter(pk=guide.pk).update(topic=make_topic("Moving"))
    promote("sciatica", guide)
    shown: Any = lxml.html.fromstring(client.get("/search/", {"q": "sciatica"}).content)
    items = [item.text_content() for item in shown.xpath("//ol[@class='hits']/li")]
    assert "Our pick" in items[0]
    assert "Moving" in items[0]
    assert ["Our pick" in item for item in items[1:]] == [False, False]


def test_staff_promote_in_the_desk_and_see_whether_readers_can_read_it(
    client: Client, guide: Article
) -> None:
    client.force_login(make_staff())
    sent = {"words": "sciatica", "article": str(guide.pk), "position": "0"}
    client.post(ADD, sent)
    assert found("sciatica")[0] == ("Start with this", True)
    assert LogEntry.objects.get().object_repr == "sciatica: Start with this"
    assert 'alt="True"' in client.get("/admin/articles/promotedresult/").content.decode()
    guide.withdraw(by=None)
    listed = client.get("/admin/articles/promotedresult/").content.decode()
    assert 'alt="False"' in listed
    assert 'href="/search/?q=sciatica"' in listed


@pytest.mark.parametrize("words", ["the", "with the", "!?", "  "])
def test_words_that_nobody_can_look_for_are_refused_in_words(
    client: Client, guide: Article, words: str
) -> None:
    client.force_login(make_staff())
    answer = client.post(ADD, {"words": words, "article": str(guide.pk), "position": "0"})
    said = unescape(answer.content.decode())
    assert "Nobody can look for these words alone" in said or "This field is required" in said
    assert not PromotedResult.objects.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("ice or heat", "Write words alone"),
        ('"back pain"', "Write words alone"),
        ("back -pain", "Write words alone"),
        (" ".join(f"pain{number}" for number in range(13)), "the first 12 words"),
    ],
)
def test_words_that_no_search_asks_for_as_they_stand_are_refused(
    client: Client, guide: Article, words: str, why: str
) -> None:
    client.force_login(make_staff())
    answer = client.post(ADD, {"words": words, "article": str(guide.pk), "position": "0"})
    assert why in unescape(answer.content.decode())
    assert not PromotedResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_add_the_same_at_once_are_told_and_keep_what_was_typed(
    client: Client, guide: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other window's row comes between the look and the writing."""
    client.force_login(make_staff())
    looked = PromotedResult.clean

    def in_the_other_window() -> None:
        try:
            promote("nights of sciatica", guide)
        finally:
            connection.close()

    def slowly(row: PromotedResult) -> None:
        looked(row)
        monkeypatch.setattr(PromotedResult, "clean", looked)
        other = threading.Thread(target=in_the_other_window)
        other.start()
        other.join()

    monkeypatch.setattr(PromotedResult, "clean", slowly)
    sent = {"words": "Sciatica at night", "article": str(guide.pk), "position": "7"}
    answer = client.post(ADD, sent)
    said = answer.content.decode()
    assert "This article stands first for these words already." in said
    assert 'value="Sciatica at night"' in said
    assert 'value="7"' in said
    assert PromotedResult.objects.count() == 1


def test_another_trouble_with_the_database_is_not_called_a_repetition(
    client: Client, guide: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_staff())

    def broken(*args: Any) -> None:
        LogEntry.objects.create(user_id=0, action_flag=-1, object_repr="x")

    monkeypatch.setattr(PromotedResult, "clean", broken)
    sent = {"words": "sciatica", "article": str(guide.pk), "position": "0"}
    with pytest.raises(IntegrityError):
        client.post(ADD, sent)


def test_the_same_twice_is_refused_in_words(client: Client, guide: Article) -> None:
    client.force_login(make_staff())
    promote("back pain", guide)
    sent = {"words": "pains in the back", "article": str(guide.pk), "position": "0"}
    said = client.post(ADD, sent).content.decode()
    assert "This article stands first for these words already." in said
    assert PromotedResult.objects.count() == 1
