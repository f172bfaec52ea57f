"""What every public form notices in what was typed, and what follows from it there."""

from __future__ import annotations

import time

import pytest

from articles.models import Feedback
from backsite.lib import disposable
from backsite.lib.bots import Submission
from backsite.lib.signs import plain, votes_on_words
from newsletter.models import Signup
from tests.factories import make_article

SENT = Submission(form="a form", user_agent="Firefox", address="203.0.113.9")


@pytest.mark.django_db
def test_words_about_an_article_with_hidden_letters_are_kept_and_doubted() -> None:
    words = "Click he\u200bre for chea\u200bp pi\u200blls"
    kept = Feedback.receive(SENT, article=make_article(), kind="mistake", words=words)
    assert kept.words == words
    assert "3 invisible characters inside words" in kept.doubts


@pytest.mark.django_db
def test_a_sign_up_is_never_refused_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = frozenset({"throwaway.example"})
    monkeypatch.setattr(disposable, "_listed", lambda: listed)
    signup = Signup.receive(
        SENT,
        email="x@throwaway.example",
        first_name="W\u200bi\u200bn\u200bn\u200be\u200br",
        source_page="/",
        wording="Please send me the newsletter.",
    )
    assert not signup.is_taken_for_bot
    assert signup.bot_weight == 0
    assert "invisible characters" in signup.bot_reasons
    assert "at throwaway.example" in signup.bot_reasons


@pytest.mark.parametrize("unit", ["a", "\u200b", "a\u200b", "\u0430a", "a1", "\U0001d400", "www."])
def test_no_text_takes_long_to_look_at(unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    begun = time.process_time()
    list(votes_on_words(text))
    plain(text)
    assert time.process_time() - begun < 0.25
