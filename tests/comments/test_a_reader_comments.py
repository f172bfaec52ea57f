"""What a reader writes arrives, is held, and is shown to its writer alone."""

from __future__ import annotations

import pytest
from django.test import Client

from backsite.lib.bots import TRAP_FIELD
from comments import markup
from comments.models import Comment
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db

WORDS = {
    "text": "My back hurts when I sit.\n\nIs that bad?",
    "name": "Anna",
    "email": "anna@example.org",
    "website": "",
}


def post(client: Client, article_id: int, **changes: str) -> str:
    """Sends the form; returns the page that a reader ends on."""
    address = f"/comments/on/{article_id}/"
    response = client.post(address, {**WORDS, **changes}, follow=True)
    return str(response.content.decode())


def test_it_is_kept_and_held(client: Client) -> None:
    article = make_article()
    post(client, article.pk)
    kept = Comment.objects.get()
    assert (kept.article, kept.state, kept.text) == (article, Comment.State.HELD, WORDS["text"])


def test_its_writer_sees_it_at_its_place_marked_as_awaiting_moderation(client: Client) -> None:
    page = post(client, make_article().pk)
    assert "<title>Your comment is awaiting moderation – " in page
    assert 'role="status"' in page
    assert "My back hurts when I sit." in page


def test_nobody_else_sees_it(client: Client) -> None:
    article = make_article()
    post(client, article.pk)
    assert "My back hurts" not in client.get(article.get_absolute_url()).content.decode()


def test_the_page_for_its_writer_is_neither_cached_nor_indexed(client: Client) -> None:
    article = make_article()
    response = client.post(f"/comments/on/{article.pk}/", WORDS)
    shown = client.get(response.headers["Location"].partition("#")[0])
    assert "no-store" in shown.headers["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in shown.content.decode()


def test_the_page_for_its_writer_needs_the_signed_link(client: Client) -> None:
    comment = make_comment(make_article(), approved=False)
    page = client.get(f"/comments/held/{comment.pk}/")
    assert page.status_code == 404
    assert comment.text not in page.content.decode()


def test_nothing_that_only_its_writer_sees_stays_in_the_memory_for_public_pages(
    client: Client,
) -> None:
    article = make_article()
    markup._remembered.cache_clear()
    held = client.post(f"/comments/on/{article.pk}/", WORDS).headers["Location"]
    assert "My back hurts when I sit." in client.get(held.partition("#")[0]).content.decode()
    assert markup._remembered.cache_info().currsize == 0
    Comment.objects.get().approve(by=None)
    client.get(article.get_absolute_url())
    assert markup._remembered.cache_info().currsize == 1


def test_once_it_is_published_that_link_leads_to_the_public_place(client: Client) -> None:
    article = make_article()
    held = client.post(f"/comments/on/{article.pk}/", WORDS).headers["Location"]
    comment = Comment.objects.get()
    comment.approve(by=None)
    after = client.get(held.partition("#")[0])
    assert after.headers["Location"] == comment.get_absolute_url()


def test_a_comment_that_staff_refused_is_not_shown_as_awaiting(client: Client) -> None:
    article = make_article()
    held = client.post(f"/comments/on/{article.pk}/", WORDS).headers["Location"]
    Comment.objects.get().spam(by=None)
    page = client.get(held.partition("#")[0]).content.decode()
    assert "We did not publish this comment" in page
    assert "awaiting moderation" not in page


def test_no_answer_to_a_reader_sets_a_cookie(client: Client) -> None:
    article = make_article()
    client.get(article.get_absolute_url())
    post(client, article.pk)
    post(client, article.pk, text="")
    assert not client.cookies


def test_an_answer_to_somebody_hangs_under_their_comment(client: Client) -> None:
    parent = make_comment(make_article())
    post(client, parent.article_id, parent=str(parent.pk))
    assert Comment.objects.held().get().parent == parent


def test_the_same_words_sent_twice_are_one_comment(client: Client) -> None:
    article = make_article()
    post(client, article.pk)
    post(client, article.pk)
    assert Comment.objects.count() == 1


def test_a_website_added_the_second_time_is_not_thrown_away(client: Client) -> None:
    article = make_article()
    post(client, article.pk)
    post(client, article.pk, website="www.example.org")
    assert Comment.objects.filter(website="https://www.example.org").exists()


def test_a_filled_trap_field_refuses_nobody_and_is_told_to_staff(client: Client) -> None:
    page = post(client, make_article().pk, **{TRAP_FIELD: "buy now"})
    assert "awaiting moderation" in page
    vote = Comment.objects.get().votes.get(check_name="trap field")
    assert "buy now" in vote.reason
    assert vote.weight > 0


def test_a_website_may_be_typed_without_its_scheme(client: Client) -> None:
    post(client, make_article().pk, website="www.example.org")
    assert Comment.objects.get().website == "https://www.example.org"


def test_signing_up_from_that_page_keeps_the_private_link_out_of_the_record(
    client: Client,
) -> None:
    article = make_article()
    page = post(client, article.pk)
    assert f'name="page" value="{article.get_absolute_url()}"' in page
    assert 'value="/comments/' not in page
