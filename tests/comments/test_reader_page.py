"""All about one reader: what they wrote, what was decided, notes, block and trust."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from backsite.lib.bots import Vote
from comments.models import Comment, Reader
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment() -> Comment:
    return make_comment(make_article("Walking"), name="Hanna", email="hanna@example.org")


def address(comment: Comment) -> str:
    return f"/admin/comments/comment/{comment.pk}/writer/"


def send(client: Client, comment: Comment, do: str, text: str = "") -> str:
    page = client.post(address(comment), {"do": do, "text": text}, follow=True)
    return unescape(page.content.decode())


def test_it_shows_all_they_wrote_and_what_became_of_it(
    client: Client, ada: User, comment: Comment
) -> None:
    other = make_comment(
        make_article("Sitting"), name="H. W.", email="Hanna@Example.org", text="Buy pills."
    )
    other.hear([Vote("trap field", 5.0, "The hidden field was filled in")])
    other.spam(by=ada, why="advertising")
    make_comment(comment.article, name="Somebody Else")
    page = unescape(client.get(address(comment)).content.decode())
    for words in ("Walking", "Sitting", "Buy pills.", "H. W.", "The hidden field was filled in"):
        assert words in page
    assert "ada marked it as spam, because advertising" in page
    assert "Somebody Else" not in page
    assert "The address is not confirmed" in page


def test_looking_makes_no_row(client: Client, ada: User, comment: Comment) -> None:
    before = Reader.objects.count()
    client.get(address(comment))
    assert Reader.objects.count() == before


def test_a_note_is_kept_with_its_writer(client: Client, ada: User, comment: Comment) -> None:
    page = send(client, comment, "note", "Former <b>nurse</b>.")
    assert "The note is kept." in page
    note = Reader.objects.at(comment.email).get().notes.get()
    assert (note.text, note.actor) == ("Former <b>nurse</b>.", "ada")
    assert "<b>nurse" not in client.get(address(comment)).content.decode()


@pytest.mark.parametrize(("do", "mark"), [("block", "blocked_at"), ("trust", "trusted_at")])
def test_a_decision_about_a_reader_has_a_reason_and_is_undone(
    client: Client, ada: User, comment: Comment, do: str, mark: str
) -> None:
    assert "Write the reason first" in send(client, comment, do)
    page = send(client, comment, do, "Known to us.")
    reader = Reader.objects.at(comment.email).get()
    assert getattr(reader, mark) is not None
    assert reader.events.get().why == "Known to us."
    assert "because Known to us." in page
    send(client, comment, {"block": "unblock", "trust": "distrust"}[do], "A mistake.")
    reader.refresh_from_db()
    assert getattr(reader, mark) is None
    assert reader.events.count() == 2


def test_a_note_that_is_too_long_stays_on_the_page(
    client: Client, ada: User, comment: Comment
) -> None:
    text = "word " * 500
    assert text.strip() in send(client, comment, "note", text)


def test_the_list_of_readers_leads_there(client: Client, ada: User, comment: Comment) -> None:
    Reader.of(comment.email).block(by=ada, why="x")
    page = client.get("/admin/comments/reader/?standing=blocked").content.decode()
    assert "hanna@example.org" in page
    reader = Reader.objects.at(comment.email).get()
    page = client.get(f"/admin/comments/reader/{reader.pk}/change/").content.decode()
    assert "Does walking help?" in page
    gone = client.get("/admin/comments/reader/999999/change/", follow=True).content.decode()
    assert "There is no reader with the number" in gone


def test_the_comments_page_says_who_is_blocked(client: Client, ada: User, comment: Comment) -> None:
    Reader.of(comment.email).block(by=ada, why="x")
    page = client.get(comment.get_admin_url()).content.decode()
    assert f'href="{address(comment)}"' in page
    assert '<span class="badge spam">blocked</span>' in page


def test_without_the_right_nothing_is_shown(client: Client, comment: Comment) -> None:
    editor = User.objects.create_user("ed", password="x", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="view_comment"))
    client.force_login(editor)
    page = client.get(address(comment))
    assert page.status_code == 403
    assert "hanna@example.org" not in page.content.decode()


def test_it_costs_the_same_however_much_they_wrote(
    client: Client, ada: User, comment: Comment, django_assert_num_queries: Any
) -> None:
    client.get(address(comment))
    with django_assert_num_queries(9):
        client.get(address(comment))
    for _ in range(8):
        make_comment(comment.article, email=comment.email).spam(by=ada)
    with django_assert_num_queries(9):
        client.get(address(comment))
