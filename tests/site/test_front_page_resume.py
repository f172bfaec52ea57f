"""What staff typed outlives an ended login, an old page and a lost database."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import OperationalError
from django.http import QueryDict
from django.test import Client

from backsite.resume import Kept
from comments import desk
from comments.models import Comment
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

TEXT = "Start slowly,\nand add a <little> every day."
PASSWORD = "a password for tests"


@pytest.fixture
def comment() -> Comment:
    return make_comment(make_article(), approved=False)


@pytest.fixture
def strict() -> Client:
    """A browser whose tokens are checked as they are for real."""
    return Client(enforce_csrf_checks=True)


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def kept_in(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def hidden_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def log_in(client: Client, **fields: str) -> str:
    page = client.get("/admin/login/").content.decode()
    sent = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token_in(page)}
    return client.post("/admin/login/", {**sent, **fields}).content.decode()


def test_an_ended_login_keeps_the_text_through_the_new_one(
    strict: Client, comment: Comment
) -> None:
    make_staff("ada")
    log_in(strict)
    address = comment.get_admin_url()
    page = strict.get(address).content.decode()
    sent = {"do": "answer", "text": TEXT, "seen": "0", "csrfmiddlewaretoken": token_in(page)}
    strict.cookies.pop("sessionid")
    ended = strict.post(address, sent)
    page = ended.content.decode()
    assert ended.status_code == 403
    assert "Your login had ended" in page
    assert "add a &lt;little&gt; every day." in page
    assert not comment.replies.exists()

    page = log_in(strict, kept=kept_in(page), next=address)
    assert "nothing you typed is lost" in page
    assert "add a &lt;little&gt; every day." in page
    again = {**hidden_in(page), "text": TEXT, "csrfmiddlewaretoken": token_in(page)}
    strict.post(address, again)
    assert comment.replies.get().text == TEXT


def test_a_wrong_password_keeps_the_text_too(strict: Client, comment: Comment) -> None:
    make_staff("ada")
    kept = "text=Start+slowly%2C%0Aplease&do=answer"
    page = log_in(strict, password="wrong", kept=kept, next=comment.get_admin_url())
    assert "correct username and password" in page
    assert kept_in(page) == kept
    assert "please</textarea>" in page


def test_a_page_older_than_the_login_is_sent_again_with_one_press(
    strict: Client, comment: Comment
) -> None:
    make_staff("ada")
    log_in(strict)
    sent = {"do": "answer", "text": TEXT, "csrfmiddlewaretoken": "x" * 64}
    page = strict.post(comment.get_admin_url(), sent).content.decode()
    assert "needs one more press" in page
    assert not comment.replies.exists()
    again = {**hidden_in(page), "text": TEXT, "csrfmiddlewaretoken": token_in(page)}
    strict.post(comment.get_admin_url(), again)
    assert comment.replies.get().text == TEXT


def test_another_site_is_not_offered_a_second_press(strict: Client, comment: Comment) -> None:
    make_staff("ada")
    log_in(strict)
    answer = strict.post(
        comment.get_admin_url(),
        {"do": "answer", "text": TEXT},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "Another page asked for this in your name." in answer.content.decode()
    assert "Start slowly" not in answer.content.decode()


def test_a_lost_database_gives_the_text_back(
    client: Client, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_staff("ada"))

    def lost(*args: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(desk, "decide", lost)
    answer = client.post(comment.get_admin_url(), {"do": "answer", "text": TEXT})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "add a &lt;little&gt; every day." in page
    assert hidden_in(page)["do"] == "answer"


def test_a_password_is_never_sent_back() -> None:
    sent = QueryDict("password1=secret+words+here&csrfmiddlewaretoken=t&name=n")
    assert Kept.of(sent).as_query == "name=n"


def test_logging_out_without_a_login_is_no_loss(client: Client) -> None:
    assert "Log in" in client.post("/admin/logout/", follow=True).content.decode()
