"""Whatever goes wrong, what a reader typed is on the page that comes back, or saved."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from articles.models import Article
from comments.models import Comment
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db

TEXT = "Since May my left leg <tingles> & nobody can say why."
SHOWN = "Since May my left leg &lt;tingles&gt; &amp; nobody can say why."
WORDS = {"text": TEXT, "name": "Anna", "email": "anna@example.org", "website": ""}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "Tell us a name"),
        ({"email": ""}, "We need an e-mail address"),
        ({"email": "anna@"}, "not an e-mail address"),
        ({"website": "not a site"}, "not a web address"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": "An\x00na"}, "Null characters are not allowed"),
    ],
)
def test_a_field_that_is_missing_or_wrong(
    client: Client, changes: dict[str, str], complaint: str
) -> None:
    article = make_article()
    page = client.post(f"/comments/on/{article.pk}/", {**WORDS, **changes})
    assert complaint in page.content.decode()
    assert SHOWN in page.content.decode()
    assert article.title in page.content.decode()


def test_a_text_that_is_too_long(client: Client) -> None:
    text = "back pain " * 1_001
    page = client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "text": text})
    assert text.strip() in page.content.decode()
    assert "at most 10000 characters" in page.content.decode()


def test_an_answer_with_a_mistake_comes_back_on_the_page_of_that_answer(client: Client) -> None:
    parent = make_comment(make_article(), name="Ben")
    sent = {**WORDS, "name": "", "parent": str(parent.pk)}
    page = client.post(f"/comments/on/{parent.article_id}/", sent).content.decode()
    assert "Leave a reply to Ben" in page
    assert SHOWN in page
    assert f'name="parent" value="{parent.pk}"' in page


@pytest.mark.parametrize("parent", ["999999999", "-1", "x", "9" * 40, ""])
def test_an_answer_to_a_comment_that_is_gone_is_kept_all_the_same(
    client: Client, parent: str
) -> None:
    client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "parent": parent})
    assert Comment.objects.get().text == TEXT


def test_a_form_sent_from_another_website(client: Client) -> None:
    article = make_article()
    page = client.post(
        f"/comments/on/{article.pk}/", WORDS, headers={"sec-fetch-site": "cross-site"}
    )
    assert "sent from another website" in page.content.decode()
    assert SHOWN in page.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://testserver"},
        {"referer": "http://testserver/articles/x/"},
        {},
    ],
)
def test_a_form_sent_from_our_own_page_is_taken(client: Client, headers: dict[str, str]) -> None:
    client.post(f"/comments/on/{make_article().pk}/", WORDS, headers=headers)
    assert Comment.objects.count() == 1


def test_an_article_whose_comments_closed_meanwhile(client: Client) -> None:
    article = make_article(comments_open=False)
    page = client.post(f"/comments/on/{article.pk}/", WORDS, follow=True)
    assert SHOWN in page.content.decode()
    assert Comment.objects.held().count() == 1


def test_an_article_that_was_withdrawn_meanwhile(client: Client) -> None:
    article = make_article()
    article.withdraw(by=None)
    client.post(f"/comments/on/{article.pk}/", WORDS)
    assert Comment.objects.held().get().article == article


def test_an_article_that_is_gone(client: Client) -> None:
    page = client.post("/comments/on/12345/", WORDS)
    assert SHOWN in page.content.decode()
    assert "no longer on the site" in page.content.decode()


def test_a_draft_takes_no_comments(client: Client) -> None:
    draft = make_article(published=False)
    assert draft.state == Article.State.DRAFT
    page = client.post(f"/comments/on/{draft.pk}/", WORDS)
    assert SHOWN in page.content.decode()
    assert not Comment.objects.exists()


def test_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    article = make_article()

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Comment, "submit", gone)
    page = client.post(f"/comments/on/{article.pk}/", WORDS)
    assert page.status_code == 503
    assert SHOWN in page.content.decode()
    assert "not saved yet" in page.content.decode()
    assert f'action="/comments/on/{article.pk}/"' in page.content.decode()
