"""reCAPTCHA: a vote after the words are safe. Google is played by a server over TLS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backsite.lib import captcha, work
from backsite.lib.mail.models import Message
from backsite.lib.services.models import Outage, Service
from comments.models import CaptchaCheck, Comment, CommentVote, Discussion, Moderation
from newsletter.models import Signup
from tests.factories import make_article, make_staff

from .https_server import Asked, Authority, Reply, Server

pytestmark = pytest.mark.django_db
GIVEN = "a token"
WORDS = {"text": "Does heat help?", "name": "Anna", "email": "anna@example.org"}


class Google:
    """Answers `siteverify` as it is told to, and remembers what it was asked."""

    def __init__(self, authority: Authority) -> None:
        self.answer: dict[str, Any] | bytes = {"success": True, "score": 0.9}
        self.server = Server(self._answer, authority)

    @property
    def asked(self) -> list[dict[str, list[str]]]:
        return [asked.fields for asked in self.server.asked]

    def _answer(self, asked: Asked) -> Reply:
        said = self.answer
        return Reply(said if isinstance(said, bytes) else json.dumps(said))


@pytest.fixture
def google(authority: Authority, settings: Settings) -> Iterator[Google]:
    played = Google(authority)
    settings.RECAPTCHA_ON = True
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "public", "private"
    settings.RECAPTCHA_DOMAIN = played.server.host
    settings.RECAPTCHA_VERIFY_REQUEST_TIMEOUT = 0.5
    Discussion(moderation=Moderation.PUBLISH).save()
    yield played
    played.server.close()


def post(client: Client, token: str = GIVEN, **headers: str) -> Comment:
    sent = {**WORDS, "elapsed": "60000", "g-recaptcha-response": token}
    client.post(
        f"/comments/on/{make_article().pk}/",
        sent,
        headers={"user-agent": "a browser", **headers},
    )
    return Comment.objects.latest("pk")


def sweep() -> None:
    """What is due, and what that asks for."""
    work.sweep()
    work.sweep()


def state_of(comment: Comment) -> str:
    return Comment.objects.get(pk=comment.pk).state


def word_on(comment: Comment) -> CommentVote:
    return comment.votes.get(check_name="reCAPTCHA")


@pytest.mark.parametrize(
    ("answer", "weight", "reason"),
    [
        ({"success": True, "score": 0.9}, -1.0, "for a person (score 0.9)"),
        ({"success": True, "score": 0.4}, 1.0, "in doubt"),
        ({"success": True, "score": 0.1}, 3.0, "takes it for a bot"),
        ({"success": False, "error-codes": ["timeout-or-duplicate"]}, 0.0, "had expired"),
        ({"success": False, "error-codes": ["something-new"]}, 0.0, "could not tell"),
        ({"success": False, "error-codes": ["invalid-input-response"]}, 2.0, "refused"),
    ],
)
def test_what_google_says_becomes_a_vote(
    google: Google, answer: dict[str, Any], weight: float, reason: str
) -> None:
    google.answer = answer
    vote = captcha.vote_on("a token", "192.0.2.1")
    assert (vote.weight, reason in vote.reason) == (weight, True)
    assert google.asked == [
        {"secret": ["private"], "response": ["a token"], "remoteip": ["192.0.2.1"]}
    ]


def test_a_browser_without_an_answer_is_held_against_nobody(google: Google) -> None:
    assert captcha.vote_on("", None).weight == 0
    assert google.asked == []


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"success": true, "score": "x"}',
        b'{"success": true, "score": NaN}',
        b'{"success": false}',
        b'{"success": true, "score": 7}',
    ],
)
def test_an_answer_that_cannot_be_read_is_no_verdict(google: Google, rubbish: bytes) -> None:
    google.answer = rubbish
    with pytest.raises(captcha.Unreachable):
        captcha.vote_on("a token", None)


def test_a_comment_is_saved_first_and_judged_after(client: Client, google: Google) -> None:
    google.answer = {"success": True, "score": 0.1}
    comment = post(client)
    assert google.asked == []
    sweep()
    assert "takes it for a bot" in word_on(comment).reason
    assert state_of(comment) == "held"
    check = CaptchaCheck.objects.get()
    assert (check.token, check.address) == ("", None)


def test_a_person_is_published(client: Client, google: Google) -> None:
    comment = post(client)
    sweep()
    assert state_of(comment) == "approved"


def test_without_javascript_the_comment_is_held_and_google_not_asked(
    client: Client, google: Google
) -> None:
    comment = post(client, token="")
    sweep()
    assert (state_of(comment), word_on(comment).unknown, google.asked) == ("held", True, [])


@pytest.mark.parametrize("spoiled", ["hang", "reset", "gone", "rubbish", "nothing said"])
def test_a_google_that_cannot_answer_refuses_condemns_and_publishes_nobody(
    client: Client, google: Google, spoiled: str
) -> None:
    if spoiled == "gone":
        google.server.close()
    elif spoiled in ("rubbish", "nothing said"):
        google.answer = b"<html>" if spoiled == "rubbish" else {"success": False}
    else:
        google.server.mode = spoiled
    comments = [post(client), post(client)]
    sweep()
    assert {state_of(comment) for comment in comments} == {"held"}
    assert len(google.asked) <= 1  # the second does not wait for the same outage
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    for _ in range(2):
        CaptchaCheck.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        sweep()
    assert {state_of(comment) for comment in comments} == {"held"}
    assert {word_on(comment).unknown for comment in comments} == {True}
    assert not CaptchaCheck.objects.filter(due_at__isnull=False).exists()
    assert Service.named("reCAPTCHA").outage is not None


def test_a_google_that_is_back_in_time_is_asked_again(client: Client, google: Google) -> None:
    google.answer = b"<html>"
    comment = post(client)
    sweep()
    google.answer = {"success": True, "score": 0.9}
    Outage.objects.update(next_try_at=timezone.now())
    CaptchaCheck.objects.update(due_at=timezone.now())
    sweep()
    assert state_of(comment) == "approved"
    assert Service.named("reCAPTCHA").outage is None


@pytest.mark.parametrize("code", ["invalid-input-secret", "missing-input-secret", "bad-request"])
def test_a_mistake_in_our_keys_is_held_against_nobody_and_told(
    client: Client, google: Google, code: str
) -> None:
    staff = make_staff()
    google.answer = {"success": False, "error-codes": [code]}
    comment = post(client)
    sweep()
    sweep()
    assert (state_of(comment), word_on(comment).weight) == ("held", 0)
    assert Service.named("reCAPTCHA").key_state == "refused"
    assert Message.objects.filter(to=staff.email, template="services/mail/outage").count() == 1


def test_google_is_told_the_address_that_we_see_and_not_one_that_a_reader_wrote(
    client: Client, google: Google
) -> None:
    post(client, **{"x-forwarded-for": "203.0.113.99"})
    sweep()
    assert google.asked[0]["remoteip"] == ["127.0.0.1"]


def test_nobody_waits_while_google_hangs(client: Client, google: Google) -> None:
    google.server.mode = "hang"
    comment = post(client)
    assert (google.asked, state_of(comment)) == ([], "held")


def test_the_keys_are_looked_at_without_any_reader(google: Google) -> None:
    google.answer = {"success": False, "error-codes": ["invalid-input-response"]}
    captcha.look_at_keys()
    assert Service.named("reCAPTCHA").key_state == "valid"


@pytest.mark.parametrize(("elapsed", "mails"), [("90000", 1), ("500", 0)])
def test_googles_word_alone_stops_no_sign_up(
    client: Client, google: Google, elapsed: str, mails: int
) -> None:
    google.answer = {"success": True, "score": 0.1}
    sent = {"email": "ben@example.org", "elapsed": elapsed, "g-recaptcha-response": "a token"}
    client.post("/newsletter/", sent, headers={"user-agent": "a browser"})
    work.sweep()
    assert Message.objects.count() == mails
    assert Signup.objects.get().captcha == ""


def test_while_it_is_off_nothing_of_it_is_on_a_page(client: Client) -> None:
    answer = client.get(make_article().get_absolute_url())
    assert "captcha" not in answer.content.decode()
    assert "google" not in answer.headers["Content-Security-Policy"]


def test_while_it_is_on_pages_allow_google_and_still_nothing_inline(
    client: Client, google: Google
) -> None:
    policy = client.get(make_article().get_absolute_url()).headers["Content-Security-Policy"]
    assert "https://www.google.com/recaptcha/" in policy
    assert "unsafe-inline" not in policy


# Google's script, as far as ours uses it; each answer is another.
API = """
let count = 0;
window.grecaptcha = {
  ready: (start) => start(),
  execute: (key, options) => Promise.resolve(`token ${++count} for ${key}`),
};
"""


class Reader:
    """Somebody with JavaScript at an article's page, with Google played by the test."""

    def __init__(self, page: Page) -> None:
        self.page, self.loaded = page, 0
        self.complaints: list[str] = []
        self.respond = page.locator("#respond")
        self.google = "answers"
        page.route("https://www.google.com/**", self._play)
        page.on("console", lambda said: self._said(said.type, said.text))

    def _play(self, route: Route) -> None:
        self.loaded += 1
        if self.google == "answers":
            route.fulfill(body=API, content_type="text/javascript")
        elif self.google == "away":
            route.abort()
        # otherwise it hangs: nothing is ever said

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def write(self, *, email: str = WORDS["email"]) -> None:
        self.respond.get_by_label("Your comment or question").fill(WORDS["text"])
        self.respond.get_by_label("Name").fill(WORDS["name"])
        self.respond.get_by_label("E-mail").fill(email)

    @property
    def button(self) -> Locator:
        return self.respond.get_by_role("button", name="Post comment")

    def sees_the_held_words(self) -> None:
        expect(self.page.locator(".comment.held")).to_contain_text(WORDS["text"])


@pytest.fixture
def reader(browser: Browser, live_server: LiveServer, google: Google) -> Iterator[Reader]:
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        found = Reader(page)
        page.goto(make_article().get_absolute_url())
        found.button.wait_for()
        yield found
        assert found.complaints == []


in_the_browser = pytest.mark.django_db(transaction=True)


@in_the_browser
@pytest.mark.parametrize("google_is", ["answers", "away", "silent"])
def test_it_is_loaded_at_the_first_touch_and_asked_at_sending(
    reader: Reader, google_is: str
) -> None:
    reader.google = google_is
    assert reader.loaded == 0
    reader.write()
    reader.button.click()
    reader.sees_the_held_words()
    assert reader.loaded >= 1
    token = "token 1 for public" if google_is == "answers" else ""
    assert CaptchaCheck.objects.get().token == token


@in_the_browser
def test_a_button_pressed_twice_sends_the_form_once_and_with_its_token(reader: Reader) -> None:
    reader.write()
    reader.button.dblclick()
    reader.sees_the_held_words()
    assert CaptchaCheck.objects.get().token == "token 1 for public"


@in_the_browser
def test_a_form_that_comes_back_with_a_mistake_keeps_its_words_and_asks_anew(
    reader: Reader,
) -> None:
    reader.write(email="anna")
    reader.button.click()
    expect(reader.respond).to_contain_text("This is not an e-mail address")
    expect(reader.respond.get_by_label("Your comment or question")).to_have_value(WORDS["text"])
    reader.respond.get_by_label("E-mail").fill(WORDS["email"])
    reader.button.click()
    reader.sees_the_held_words()
    assert CaptchaCheck.objects.get().token == "token 2 for public"  # asked anew


@in_the_browser
def test_a_second_comment_does_not_send_the_used_answer_again(
    reader: Reader,
) -> None:
    reader.write()
    reader.button.click()
    reader.sees_the_held_words()
    reader.google = "away"
    reader.respond.get_by_label("Your comment or question").fill("And cold?")
    reader.button.click()
    expect(reader.page.locator(".comment.held").last).to_contain_text("And cold?")
    tokens = list(CaptchaCheck.objects.order_by("pk").values_list("token", flat=True))
    assert tokens[0] == "token 1 for public"
    assert tokens[1] != tokens[0]
