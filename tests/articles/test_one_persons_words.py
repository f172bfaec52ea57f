"""What one reader told us about articles is shown to them, and erased, when they ask."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from articles.models import Article, Feedback
from articles.personal import erase, kept_of
from backsite.lib.bots import Submission
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db


def say(article: Article, words: str, email: str) -> Feedback:
    sent = Submission(form="feedback", user_agent="tests")
    return Feedback.receive(
        sent, article=article, kind=Feedback.Kind.MISTAKE, words=words, email=email
    )


def test_it_shows_all_that_was_sent_with_an_address() -> None:
    article = make_article("Walking")
    say(article, "The dose is wrong.", "Anna@Example.org")
    say(article, "Not mine.", "ben@example.org")
    say(article, "Nobody's.", "")
    (row,) = kept_of(" anna@example.org ")
    assert (row["article"], row["words"]) == ("Walking", "The dose is wrong.")
    assert json.loads(json.dumps(row)) == row
    assert kept_of("") == []


def test_it_erases_words_and_address_and_keeps_the_count() -> None:
    article, ada = make_article(), make_staff("ada")
    mine = say(article, "My name is Anna and the dose is wrong.", "anna@example.org")
    other = say(article, "Not mine.", "ben@example.org")
    assert erase("ANNA@example.org", by=ada, why="asked by letter") == 1
    mine.refresh_from_db()
    assert (mine.words, mine.email, mine.sender, mine.doubts) == ("", "", "", "")
    assert (mine.kind, mine.state) == ("mistake", "done")
    event = mine.events.get()
    assert (event.verb, event.actor, event.why) == ("erase", "ada", "asked by letter")
    assert kept_of("anna@example.org") == []
    other.refresh_from_db()
    assert other.words == "Not mine."
    assert erase("anna@example.org", by=ada) == 0
    mine.erase(by=ada)
    assert mine.events.count() == 1


def test_staff_erase_from_the_list(client: Client) -> None:
    client.force_login(make_staff())
    mine = say(make_article(), "I am Anna.", "")
    client.post(
        "/admin/articles/feedback/", {"action": "erase_selected", "_selected_action": mine.pk}
    )
    mine.refresh_from_db()
    assert mine.words == ""
