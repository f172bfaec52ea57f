"""Whatever goes wrong, what a reader typed is on the page that comes back, or saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DataError, OperationalError
from django.test import Client
from django.utils import timezone

from articles.models import Article
from backsite.lib.bots import TRAP_FIELD
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
        ({"name": "\u200b\ufeff"}, "Tell us a name"),
        ({"website": "example.org/" + "a" * 285}, "too long; 300 characters fit"),
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


@pytest.mark.parametrize(
    ("seen", "kept"),
    [("::ffff:203.0.113.9", "203.0.113.9"), ("fe80::1%eth0", "fe80::1"), ("unix:", None)],
)
def test_whatever_the_server_calls_the_address_the_words_are_kept(
    client: Client, seen: str, kept: str | None
) -> None:
    sent = {"text": "Does heat help?", "name": "Anna", "email": "anna@example.org"}
    client.post(f"/comments/on/{make_article().pk}/", sent, REMOTE_ADDR=seen)
    assert Comment.objects.get().origin.address == kept


def test_a_text_that_is_too_long(client: Client) -> None:
    text = "back pain " * 1_001
    page = client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "text": text})
    assert text.strip() in page.content.decode()
    assert "Your text has 10,009 characters, and 10,000 fit" in page.content.decode()


def test_a_line_end_counts_as_one_character(client: Client) -> None:
    text = "ab\r\n" * 3_333
    client.post(f"/comments/on/{make_article().pk}/", {**WORDS, "text": text})
    assert Comment.objects.get().text == "ab\n" * 3_332 + "ab"


def test_the_browser_is_not_told_to_cut_a_long_text_short(client: Client) -> None:
    page = client.get(make_article().get_absolute_url()).content.decode()
    assert "maxlength" not in page.partition("<textarea")[2].partition(">")[0]


def test_an_answer_with_a_mistake_comes_back_on_the_page_of_that_answer(client: Client) -> None:
    parent = make_comment(make_article(), name="Ben")
    sent = {**WORDS, "name": "", "parent": str(parent.pk)}
    page = client.post(f"/comments/on/{parent.article_id}/", sent).content.decode()
    assert "Leave a reply to Ben" in page
    assert SHOWN in page
    assert f'name="parent" value="{parent.pk}"' in page


@pytest.mark.parametrize("parent", ["999999999", "-1", "x", "9" * 40, "", "²", "1\x00"])
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


def test_an_article_that_was_withdrawn_meanwhile_is_not_shown_with_them(client: Client) -> None:
    article = make_article(body="<p>Withdrawn words.</p>")
    article.withdraw(by=None)
    address = f"/comments/on/{article.pk}/"
    shown = client.post(address, WORDS, follow=True).content.decode()
    assert Comment.objects.held().get().article == article
    assert SHOWN in shown
    wrong = client.post(address, {**WORDS, "name": ""})
    assert (wrong.status_code, SHOWN in wrong.content.decode()) == (410, True)
    assert "Withdrawn words" not in shown + wrong.content.decode()


@pytest.mark.parametrize("name", ["Anna", ""])
def test_an_article_that_is_still_to_come_is_not_given_away(client: Client, name: str) -> None:
    article = make_article(published=False, body="<p>Embargoed words.</p>")
    article.schedule(at=timezone.now() + timedelta(days=1), by=None)
    page = client.post(f"/comments/on/{article.pk}/", {**WORDS, "name": name}, follow=True)
    assert "Embargoed words" not in page.content.decode()
    assert SHOWN in page.content.decode()


@pytest.mark.parametrize("header", ["origin", "referer"])
def test_a_header_that_cannot_be_read(client: Client, header: str) -> None:
    address = f"/comments/on/{make_article().pk}/"
    page = client.post(address, WORDS, headers={header: "http://["})
    assert SHOWN in page.content.decode()


def test_a_trap_field_full_of_signs_that_take_much_room_in_words(client: Client) -> None:
    sent = {**WORDS, TRAP_FIELD: "\u200b" * 200 + "x"}
    client.post(f"/comments/on/{make_article().pk}/", sent)
    assert Comment.objects.get().votes.filter(check_name="trap field").exists()


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "undefined", "no-such-thing"])
def test_a_character_set_that_no_browser_sends(client: Client, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    page = client.generic("POST", f"/comments/on/{make_article().pk}/", b"text=x", kind)
    assert "could not be read" in page.content.decode()


def test_a_fault_of_our_own(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise DataError("value too long for type character varying(300)")

    monkeypatch.setattr(Comment, "submit", broken)
    page = client.post(f"/comments/on/{make_article().pk}/", WORDS).content.decode()
    assert "went wrong on our side" in page
    assert SHOWN in page


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


def test_an_address_put_right_after_going_back(client: Client) -> None:
    """The browser's Back brings the form with its key; only the address is another one."""
    sent = {**WORDS, "submission_key": "3b241101-e2bb-4255-8caf-4136c566a962"}
    address = f"/comments/on/{make_article().pk}/"
    client.post(address, {**sent, "email": "ana@example.org"})
    client.post(address, sent)
    client.post(address, sent)
    kept = Comment.objects.oldest_first().values_list("email", flat=True)
    assert list(kept) == ["ana@example.org", "anna@example.org"]


@pytest.mark.parametrize("key", ["", "3b241101-e2bb-4255-8caf-4136c566a962"])
def test_words_that_were_deleted_and_are_written_again(client: Client, key: str) -> None:
    address = f"/comments/on/{make_article().pk}/"
    sent = {**WORDS, "submission_key": key}
    client.post(address, sent)
    Comment.objects.get().withdraw()
    page = client.post(address, sent, follow=True).content.decode()
    assert "awaiting moderation" in page
    assert Comment.objects.held().get().text == TEXT


def test_an_address_typed_as_the_name_is_not_shown_to_everybody(client: Client) -> None:
    sent = {**WORDS, "name": "anna@example.org"}
    page = client.post(f"/comments/on/{make_article().pk}/", sent).content.decode()
    assert "everybody would read it beside your comment" in page
    assert SHOWN in page
    assert not Comment.objects.exists()
