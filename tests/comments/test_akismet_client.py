"""What is a verdict of Akismet's, and what is none. The server is a faithful fake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import env
from backsite.lib.bots import Submission
from comments.filter import akismet as client
from tests.lib.https_server import Reply

from .fake_akismet import Akismet

SUBMISSION = Submission(
    form="comment",
    address="192.0.2.7",
    user_agent="a browser",
    referrer="https://www.example.org/walking/",
    trap="bought\x00",
)


def sent(**other: str) -> dict[str, str]:
    words = {"name": "Anna", "email": "anna@example.org", "website": "", "text": "Does it help?"}
    return client.snapshot(
        SUBMISSION,
        permalink="https://www.example.org/walking/",
        kind="comment",
        article_changed_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
        **{**words, **other},
    )


def silence() -> client.NoVerdict:
    with pytest.raises(client.NoVerdict) as caught:
        client.check(sent())
    return caught.value


def test_true_is_spam_and_false_is_not(akismet: Akismet) -> None:
    assert client.check(sent()) == client.Verdict(spam=False)
    akismet.says = "true"
    assert client.check(sent()) == client.Verdict(spam=True)


def test_akismets_own_guaranteed_spam_is_spam(akismet: Akismet) -> None:
    assert client.check(sent(name="akismet-guaranteed-spam")).spam


def test_it_is_told_of_the_comment_and_of_nobody_else(akismet: Akismet) -> None:
    client.check(sent())
    (asked,) = akismet.checks
    assert {name: asked[name] for name in asked.fields if "date" not in name} == {
        "api_key": "123456789abc",
        "blog": "https://www.example.org",
        "user_ip": "192.0.2.7",
        "user_agent": "a browser",
        "referrer": "https://www.example.org/walking/",
        "permalink": "https://www.example.org/walking/",
        "comment_type": "comment",
        "comment_author": "Anna",
        "comment_author_email": "anna@example.org",
        "comment_content": "Does it help?",
        "comment_post_modified_gmt": "2026-11-01T12:00:00Z",
        "blog_lang": "en",
        "blog_charset": "UTF-8",
        "honeypot_field_name": "homepage_title",
        "homepage_title": "bought",
    }


def test_the_address_is_left_out_where_the_site_says_so(
    akismet: Akismet, settings: Settings
) -> None:
    settings.AKISMET_SENDS_EMAIL = False
    client.check(sent())
    assert "anna@example.org" not in str(akismet.checks[0].fields)


def test_a_trial_says_that_it_is_one(akismet: Akismet, settings: Settings) -> None:
    client.check(sent())
    settings.AKISMET_TEST = True
    client.check(sent())
    assert [asked["is_test"] for asked in akismet.checks] == ["", "true"]


def test_discard_belongs_to_spam_alone(akismet: Akismet) -> None:
    akismet.headers = {"X-akismet-pro-tip": "discard"}
    assert not client.check(sent()).discard
    akismet.says = "true"
    assert client.check(sent()).discard


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("999999", 1800), ("soon", None), ("-5", None), ("0", None), ("", None)],
)
def test_a_provisional_word_says_when_to_ask_again(
    akismet: Akismet, said: str, seconds: int | None
) -> None:
    akismet.headers = {"X-akismet-recheck-after": said}
    after = client.check(sent()).again_after
    assert after == (None if seconds is None else timedelta(seconds=seconds))


def test_what_akismet_wants_staff_to_know_comes_along(akismet: Akismet) -> None:
    akismet.headers = {"X-akismet-alert-code": "10501", "X-akismet-alert-msg": "Over the limit"}
    assert str(client.check(sent()).alert) == "Over the limit (code 10501)"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(""),
        Reply("True"),
        Reply("true false"),
        Reply("<html>true</html>"),
        Reply(b"\xff\xfe\x00"),
        Reply("true", 500),
        Reply("false", 503),
        Reply("true", 302, {"Location": "http://localhost/"}),
        Reply("false", 200, {"X-akismet-error": "10003"}),
        Reply("valid"),
    ],
)
def test_whatever_is_not_clear_is_no_verdict(akismet: Akismet, reply: Reply) -> None:
    akismet.reply = reply
    assert not silence().invalid


@pytest.mark.parametrize("mode", ["hang", "reset", "drip"])
def test_a_broken_connection_is_no_verdict(
    akismet: Akismet, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.4)
    akismet.server.mode = mode
    assert "could not be reached" in str(silence())


def test_a_refused_key_is_known_as_such_and_shown_to_nobody(akismet: Akismet) -> None:
    akismet.reply = Reply("invalid", 200, {"X-akismet-debug-help": "no key=123456789abc here"})
    error = silence()
    assert (error.invalid, error.pause) == (True, timedelta(hours=6))
    assert "123456789abc" not in str(error)


@pytest.mark.parametrize("as_date", [False, True])
def test_throttled_it_is_left_alone_for_as_long_as_it_says(akismet: Akismet, as_date: bool) -> None:
    until = timezone.now() + timedelta(seconds=90)
    after = format_datetime(until, usegmt=True) if as_date else "90"
    akismet.reply = Reply("slow down", 429, {"Retry-After": after})
    pause = silence().pause
    assert pause is not None
    assert pause.total_seconds() == pytest.approx(90, abs=3)


@pytest.mark.parametrize("after", ["", "yesterday", "-1", "99999999999", "Fri, 99 Nov 2026"])
def test_a_pause_that_cannot_be_read_is_none(akismet: Akismet, after: str) -> None:
    akismet.reply = Reply("", 429, {"Retry-After": after})
    assert silence().pause is None


def test_it_is_corrected_with_what_it_was_first_told(akismet: Akismet) -> None:
    fixed = sent()
    client.check(fixed)
    client.correct(fixed, spam=True, said=False)
    ((kind, asked),) = akismet.told
    assert (kind, asked["comment_check_response"]) == ("spam", "false")
    first = akismet.checks[0].fields
    assert {**first, "comment_check_response": ["false"]} == asked.fields


def test_a_correction_counts_when_akismet_thanks_for_it(akismet: Akismet) -> None:
    akismet.reply = Reply("ok")
    with pytest.raises(client.NoVerdict):
        client.correct(sent(), spam=False, said=None)


def test_the_key_is_looked_at(akismet: Akismet, settings: Settings) -> None:
    assert client.verify_key()
    settings.AKISMET_KEY = "another"
    assert not client.verify_key()
    akismet.reply = Reply("maybe")
    with pytest.raises(client.NoVerdict):
        client.verify_key()


def test_the_limits_are_read(akismet: Akismet) -> None:
    assert client.usage()["usage"] == 7463
    akismet.usage["limit"] = "none"
    assert client.usage()["limit"] is None
    akismet.reply = Reply("[]")
    with pytest.raises(client.NoVerdict):
        client.usage()


def test_nothing_goes_there_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKISMET_URL", "http://rest.akismet.com")
    with pytest.raises(ImproperlyConfigured, match="AKISMET_URL"):
        env.web_address("AKISMET_URL", "https://rest.akismet.com", tls=True)
