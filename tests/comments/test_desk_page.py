"""One screen for one comment: what staff see before they decide."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from backsite.lib.bots import Vote
from backsite.lib.work import perform_due
from comments.models import Comment, Judgement
from tests.factories import make_article, make_author, make_comment, make_staff

pytestmark = pytest.mark.django_db

# Session and account; the author profile, by account and by name; the comment and its newest
# event; who has taken it, drafts; the promised time; the next one of the pile (twice, from its
# beginning) and how many more; the thread's shape and its rows; votes; the verdict; events;
# origin; reader; others of the same writer; the last decision; saved replies; telling words.
PAGE_QUERIES = 24


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def seen(client: Client, comment: Comment) -> str:
    page = client.get(comment.get_admin_url())
    assert page.status_code == 200
    return unescape(page.content.decode())


def test_it_shows_the_writer_the_article_and_the_words(client: Client, staff: User) -> None:
    article = make_article("Walking", standfirst="How to start.")
    comment = make_comment(
        article,
        approved=False,
        name="Hanna",
        email="hanna@example.org",
        website="https://hanna.example.org/",
        text="First line.\n\nSecond <b>paragraph</b>.",
    )
    page = client.get(comment.get_admin_url()).content.decode()
    for words in ("Hanna", "hanna@example.org", "Walking", "How to start.", "<p>First line.</p>"):
        assert words in page
    assert "Second &lt;b&gt;paragraph&lt;/b&gt;" in page
    assert 'href="https://hanna.example.org/" rel="nofollow noopener noreferrer"' in page


def test_a_website_that_is_no_web_address_is_no_link(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), website="javascript:alert(1)")
    page = seen(client, comment)
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_it_shows_the_thread_above_and_the_replies_below(client: Client, staff: User) -> None:
    article = make_article()
    first = make_comment(article, text="The first of the thread.")
    second = make_comment(article, parent=first, text="The one in the middle.")
    below = make_comment(article, parent=second, text="A reply that waits.", approved=False)
    make_comment(article, parent=first, text="A branch that does not matter.")
    page = seen(client, second)
    assert (
        page.index("The first of the thread.")
        < page.index("The one in the middle.")
        < page.index("A reply that waits.")
    )
    assert "1 reply" in page
    assert "A branch that does not matter." not in page
    assert below.get_admin_url() in page


def test_it_warns_when_the_comment_above_is_not_published(client: Client, staff: User) -> None:
    article = make_article()
    hidden = make_comment(article, name="Hidden Hugo")
    reply = make_comment(article, parent=hidden, approved=False)
    hidden.trash(by=staff)
    assert "that readers do not see (trash)" in seen(client, reply)


def test_the_checks_speak_in_plain_words(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), approved=False)
    assert "Nothing spoke against it." in seen(client, comment)
    comment.hear([Vote("trap field", 5.0, "The hidden field was filled in")])
    page = seen(client, comment)
    assert "almost certainly spam" in page
    assert "The hidden field was filled in" in page


def test_the_verdict_stands_above_the_votes_that_made_it(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), approved=False, text="https://a.example " * 5)
    assert "it is judged within seconds" in seen(client, comment)
    comment.hear([Vote("Akismet", 0.0, "Akismet could not be reached", unknown=True)])
    perform_due(Judgement)
    page = seen(client, comment)
    assert "Not all checks could be asked yet: Akismet" in page
    assert "not known yet</strong>: Akismet could not be reached" in page
    assert '<td class="weight">+2.25</td>' in page
    assert "5 links; 2 are usual here" in page
    assert "<li>https://a.example</li>" in page
    comment.approve(by=staff)
    assert "A person has decided about it: that stands" in seen(client, comment)


def test_it_tells_who_did_what(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), name="Hanna", approved=False)
    comment.approve(by=staff)
    comment.hold(by=None)
    page = seen(client, comment)
    assert "Hanna wrote it" in page
    assert "ada published it" in page
    assert "The site put it back to the comments to decide on" in page


def test_it_counts_what_else_came_from_the_same_address(client: Client, staff: User) -> None:
    article = make_article()
    comment = make_comment(article, email="hanna@example.org", approved=False)
    assert "The first comment from this address." in seen(client, comment)
    make_comment(article, email="Hanna@Example.org")
    make_comment(article, email="hanna@example.org").spam(by=staff)
    page = seen(client, comment)
    assert "2 other comments from this address" in page
    assert "1 published" in page
    assert "1 spam" in page


def test_it_shows_the_name_under_which_one_answers(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), name="Hanna")
    page = seen(client, comment)
    assert "your account has no author profile" in page
    assert f"/admin/articles/author/add/?user={staff.pk}" in page
    make_author("Dr Ada", credentials="Physiotherapist", user=staff)
    page = seen(client, comment)
    assert "<strong>Dr Ada</strong>, Physiotherapist" in page
    assert "Hanna gets a mail with your answer" in page


def test_it_says_when_nobody_can_be_told(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), name="Hanna", email="")
    assert "Hanna left no e-mail address" in seen(client, comment)


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("held", {"answer", "approve", "close", "spam", "trash"}),
        ("approved", {"answer", "close", "spam", "trash", "hold"}),
        ("spam", {"answer", "approve", "close", "trash", "hold"}),
        ("trash", {"answer", "approve", "close", "spam", "hold"}),
    ],
)
def test_it_offers_what_can_be_done_from_each_state(
    client: Client, staff: User, state: str, buttons: set[str]
) -> None:
    comment = make_comment(make_article(), approved=state == "approved")
    if state in ("spam", "trash"):
        getattr(comment, state)(by=staff)
    page = seen(client, comment)
    every = {"answer", "approve", "close", "spam", "trash", "hold", "correct"}
    assert {do for do in every if f'value="{do}"' in page} == buttons


def test_a_pingback_takes_no_answer(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), approved=False)
    Comment.objects.filter(pk=comment.pk).update(pingback=True)
    page = seen(client, comment)
    assert "<textarea" not in page
    assert 'value="approve"' in page


def test_a_long_thread_costs_no_more_than_a_short_one(
    client: Client, staff: User, django_assert_num_queries: Any
) -> None:
    article = make_article()
    comment = make_comment(article)
    make_comment(article, parent=comment)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(comment.get_admin_url())
    parent = comment
    for _ in range(15):
        parent = make_comment(article, parent=parent)
        make_comment(article, parent=comment)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(comment.get_admin_url())
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(parent.get_admin_url())


def test_the_page_holds_no_inline_script(client: Client, staff: User) -> None:
    page = client.get(make_comment(make_article()).get_admin_url())
    assert "<script>" not in page.content.decode()
    assert "onclick" not in page.content.decode()
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
