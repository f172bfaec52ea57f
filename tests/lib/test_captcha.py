"""reCAPTCHA: a vote after the words are safe. Google is played by a server over TLS."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from django.test import Client
from playwright.sync_api import Browser, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from backsite.lib import captcha, work
from backsite.lib.mail.models import Message
from comments.models import CaptchaCheck, Comment
from newsletter.models import Signup
from tests.factories import make_article

WORDS = {"text": "Does heat help?", "name": "Anna", "email": "anna@example.org"}


class Google:
    """Answers `siteverify` as it is told to, and remembers what it was asked."""

    def __init__(self, certificates: Path) -> None:
        self.answer: dict[str, Any] | bytes = {"success": True, "score": 0.9}
        self.asked: list[dict[str, list[str]]] = []
        google = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                google.asked.append(parse_qs(self.rfile.read(length).decode()))
                said = google.answer
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Not in the tests' output."""

        authority = trustme.CA()
        self.authority = certificates / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self.server = ThreadingHTTPServer(("localhost", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.domain = f"localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def google(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    played = Google(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(played.authority))
    settings.RECAPTCHA_ON = True
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "public", "private"
    settings.RECAPTCHA_DOMAIN = played.domain
    yield played
    played.close()


@pytest.mark.parametrize(
    ("answer", "weight", "reason"),
    [
        ({"success": True, "score": 0.9}, -1.0, "for a person (score 0.9)"),
        ({"success": True, "score": 0.4}, 1.0, "in doubt"),
        ({"success": True, "score": 0.1}, 3.0, "takes it for a bot"),
        ({"success": False, "error-codes": ["timeout-or-duplicate"]}, 0.0, "had expired"),
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
    "rubbish", [b"", b"<html>", b"[]", b"{}", b'{"success": true, "score": "x"}']
)
def test_an_answer_that_cannot_be_read_is_no_verdict(google: Google, rubbish: bytes) -> None:
    google.answer = rubbish
    with pytest.raises(captcha.Unreachable):
        captcha.vote_on("a token", None)


@pytest.mark.django_db
def test_a_comment_is_saved_first_and_judged_after(client: Client, google: Google) -> None:
    google.answer = {"success": True, "score": 0.1}
    client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "g-recaptcha-response": "a token"})
    comment = Comment.objects.get()
    assert google.asked == []
    work.sweep()
    assert "takes it for a bot" in comment.votes.get(check_name="reCAPTCHA").reason
    assert comment.is_held
    check = CaptchaCheck.objects.get()
    assert (check.token, check.address) == ("", None)


@pytest.mark.django_db
def test_a_google_that_is_down_refuses_nobody(client: Client, google: Google) -> None:
    google.close()
    client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "g-recaptcha-response": "a token"})
    for _ in range(CaptchaCheck.MOST_ATTEMPTS):
        CaptchaCheck.objects.update(due_at=Comment.objects.get().created_at)
        work.sweep()
    comment = Comment.objects.get()
    assert comment.is_held
    vote = comment.votes.get(check_name="reCAPTCHA")
    assert (vote.weight, "could not be reached" in vote.reason) == (0, True)


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_while_it_is_off_nothing_of_it_is_on_a_page(client: Client) -> None:
    answer = client.get(make_article().get_absolute_url())
    assert "captcha" not in answer.content.decode()
    assert "google" not in answer.headers["Content-Security-Policy"]


API = """
window.grecaptcha = {
  ready: (start) => start(),
  execute: (key, options) => Promise.resolve(`token for ${key}`),
};
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reachable", [True, False])
def test_it_is_loaded_at_the_first_touch_and_asked_at_sending(
    browser: Browser, live_server: LiveServer, google: Google, reachable: bool
) -> None:
    article = make_article()
    loaded: list[str] = []

    def play(route: Route) -> None:
        loaded.append(route.request.url)
        if reachable:
            route.fulfill(body=API, content_type="text/javascript")
        else:
            route.abort()

    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.route("https://www.google.com/**", play)
        page.goto(article.get_absolute_url())
        respond = page.locator("#respond")
        respond.get_by_label("Name").wait_for()
        assert loaded == []
        respond.get_by_label("Your comment or question").fill(WORDS["text"])
        respond.get_by_label("Name").fill(WORDS["name"])
        respond.get_by_label("E-mail").fill(WORDS["email"])
        respond.get_by_role("button", name="Post comment").click()
        expect(page.locator(".comment.held")).to_contain_text(WORDS["text"])
    assert loaded
    assert CaptchaCheck.objects.get().token == ("token for public" if reachable else "")
