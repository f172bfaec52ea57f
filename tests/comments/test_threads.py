"""Comments at their places, for readers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from comments.models import Comment
from comments.models.discussion import DEEPEST
from comments.thread import build
from tests.factories import make_article, make_author, make_comment, make_staff

pytestmark = pytest.mark.django_db

# The frame; the article; what belongs to it; related ones; the rules of its discussion; the
# comments; the faces of those who answered for the site.
ARTICLE_QUERIES = 7


def page_of(client: Client, comment: Comment) -> str:
    return client.get(comment.article.get_absolute_url()).content.decode()


def chain(length: int) -> list[Comment]:
    """That many comments, each answering the one before."""
    comments = [make_comment(make_article(), name="Reader 0")]
    for number in range(1, length):
        parent = comments[-1]
        comments.append(make_comment(parent.article, parent=parent, name=f"Reader {number}"))
    return comments


def test_answers_follow_what_they_answer_oldest_first() -> None:
    article = make_article()
    first, second = make_comment(article), make_comment(article)
    late = make_comment(article, parent=first)
    order = [node.comment for node in build(Comment.objects.of_thread(article))]
    assert order == [first, late, second]


def test_lists_are_opened_and_closed_in_pairs() -> None:
    comments = chain(7)
    make_comment(comments[0].article, parent=comments[1])
    make_comment(comments[0].article)
    nodes = build(Comment.objects.of_thread(comments[0].article))
    level = 0
    for node in nodes:
        level += node.opens
        assert level == node.depth + 1
        level -= len(node.closes)
    assert level == 0


def test_what_is_too_deep_stands_flat_and_says_whom_it_answers(client: Client) -> None:
    comments = chain(DEEPEST + 3)
    nodes = build(Comment.objects.of_thread(comments[0].article))
    assert max(node.depth for node in nodes) == DEEPEST
    assert [node.in_reply_to for node in nodes][-1] == comments[-2]
    assert f'in reply to <a href="#{comments[-2].anchor}">' in page_of(client, comments[0])


def test_an_answer_to_a_removed_comment_stays_readable(client: Client) -> None:
    parent = make_comment(make_article(), text="Buy pills", name="Seller")
    answer = make_comment(
        parent.article, parent=parent, name="Ben", text="Please do not sell here."
    )
    parent.spam(by=None)
    page = page_of(client, answer)
    assert "Please do not sell here." in page
    assert "A comment that stood here was removed." in page
    assert parent.anchor in page
    assert "Buy pills" not in page
    assert "Seller" not in page


@pytest.mark.parametrize(
    ("number", "heading"), [(0, "Nobody has written here yet"), (1, "1 reply"), (4, "4 replies")]
)
def test_counts_read_right(client: Client, number: int, heading: str) -> None:
    article = make_article()
    for _ in range(number):
        make_comment(article)
    make_comment(article, approved=False)
    assert heading in client.get(article.get_absolute_url()).content.decode()


def test_staff_wear_a_badge_and_their_credentials(client: Client) -> None:
    staff = make_staff()
    make_author("Dr Ada Example", user=staff, credentials="Physiotherapist")
    question = make_comment(make_article())
    question.answer("Yes, a little every day.", by=staff)
    page = page_of(client, question)
    assert "Our team" in page
    assert "Dr Ada Example" in page
    assert "Physiotherapist" in page


def test_a_reader_cannot_take_the_badge_by_taking_the_name(client: Client) -> None:
    comment = make_comment(make_article(), name="Dr Ada Example")
    assert "Our team" not in page_of(client, comment)


def test_nobodys_e_mail_address_is_shown(client: Client) -> None:
    comment = make_comment(make_article(), email="secret@example.org")
    assert "secret@example.org" not in page_of(client, comment)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        (
            "see https://example.org/x",
            '<a href="https://example.org/x" rel="nofollow ugc noopener">',
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
    ],
)
def test_what_is_typed_is_shown_and_never_run(client: Client, typed: str, shown: str) -> None:
    assert shown in page_of(client, make_comment(make_article(), text=typed))


def test_without_javascript_an_answer_has_a_page_of_its_own(client: Client) -> None:
    comment = make_comment(make_article(), name="Ben", text="How far?")
    page = client.get(f"/comments/{comment.pk}/reply/").content.decode()
    assert "Leave a reply to Ben" in page
    assert "How far?" in page
    assert f'href="{comment.get_absolute_url()}">Cancel reply' in page
    assert f'name="parent" value="{comment.pk}"' in page


def test_a_held_comment_cannot_be_answered_by_guessing_its_address(client: Client) -> None:
    comment = make_comment(make_article(), approved=False)
    page = client.get(f"/comments/{comment.pk}/reply/")
    assert page.status_code == 404
    assert comment.text not in page.content.decode()


@pytest.mark.parametrize("number", [3, 60])
def test_a_long_thread_costs_no_more_queries(
    client: Client, django_assert_num_queries: Any, number: int
) -> None:
    article = make_article()
    staff = make_staff()
    make_author(user=staff)
    for _ in range(number):
        make_comment(article).answer("Yes.", by=staff)
    client.get(article.get_absolute_url())
    with django_assert_num_queries(ARTICLE_QUERIES):
        client.get(article.get_absolute_url())
