"""Long discussions in pages, and addresses of comments that last."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article
from comments.markup import TINTS, initials, tint
from comments.models import ArticleDiscussion, Comment, Discussion, Order
from comments.models.comment import LONGEST_NAME
from comments.opening import is_open
from comments.pages import page_of
from tests.factories import make_article, make_author, make_comment, make_staff

pytestmark = pytest.mark.django_db

FIRST_PAGE_QUERIES = 7


def pages_of_five(**fields: Any) -> None:
    Discussion(threads_a_page=5, **fields).save()


def threads(number: int) -> list[Comment]:
    """That many threads under one article, each with an answer."""
    article = make_article()
    roots = [make_comment(article, name=f"Writer {count}") for count in range(1, number + 1)]
    for root in roots:
        make_comment(article, parent=root, name=f"Answer to {root.name}")
    return roots


def names_on(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'aria-label="Comment by (Writer \d+)"', page)


def reached(client: Client, address: str) -> str:
    """Where a reader who follows the address ends, with the anchor."""
    return str(client.get(address).headers["Location"])


def test_the_article_shows_the_first_threads_with_their_answers(client: Client) -> None:
    pages_of_five()
    roots = threads(7)
    article = roots[0].article
    assert names_on(client, article.get_absolute_url()) == [f"Writer {n}" for n in range(1, 6)]
    page = client.get(article.get_absolute_url()).content.decode()
    assert "Answer to Writer 5" in page
    assert "Answer to Writer 6" not in page
    assert "14 replies" in page
    assert f'rel="next" href="{article.get_absolute_url()}comments/2/#comments"' in page


def test_the_rest_stands_on_further_pages_that_point_to_the_article(client: Client) -> None:
    pages_of_five()
    article = threads(7)[0].article
    address = f"{article.get_absolute_url()}comments/2/"
    assert names_on(client, address) == ["Writer 6", "Writer 7"]
    page = client.get(address).content.decode()
    assert (
        f'<link rel="canonical" href="http://localhost:8000{article.get_absolute_url()}">' in page
    )
    assert 'rel="next"' not in page
    assert f'rel="prev" href="{article.get_absolute_url()}#comments"' in page


@pytest.mark.parametrize("which", ["3", "0", "99999999", "newest/3", "-1", "x", "2/newest", "²"])
def test_a_page_that_is_none_is_not_found(client: Client, which: str) -> None:
    pages_of_five()
    article = threads(7)[0].article
    answer = client.get(f"{article.get_absolute_url()}comments/{which}/")
    assert (answer.status_code, "Writer" in answer.content.decode()) == (404, False)


@pytest.mark.parametrize("which", ["1", "oldest", "oldest/1", "oldest/2", "newest/1"])
def test_every_page_has_one_address(client: Client, which: str) -> None:
    pages_of_five()
    article = threads(7)[0].article
    answer = client.get(f"{article.get_absolute_url()}comments/{which}/", follow=True)
    assert answer.redirect_chain
    assert answer.status_code == 200


def test_the_site_may_show_the_newest_first(client: Client) -> None:
    pages_of_five(order=Order.NEWEST)
    article = threads(7)[0].article
    address = article.get_absolute_url()
    assert names_on(client, address) == [f"Writer {n}" for n in (7, 6, 5, 4, 3)]
    assert names_on(client, f"{address}comments/2/") == ["Writer 2", "Writer 1"]
    assert names_on(client, f"{address}comments/oldest/2/") == ["Writer 6", "Writer 7"]
    assert f'href="{address}comments/oldest/#comments"' in client.get(address).content.decode()


def test_answers_stand_in_the_order_of_a_conversation_in_both(client: Client) -> None:
    pages_of_five(order=Order.NEWEST)
    root = make_comment(make_article())
    for number in (1, 2):
        make_comment(root.article, parent=root, name=f"Writer {number}")
    assert names_on(client, root.article.get_absolute_url()) == ["Writer 1", "Writer 2"]


def test_the_address_of_a_comment_leads_to_the_page_it_is_on(client: Client) -> None:
    pages_of_five()
    roots = threads(7)
    address = roots[0].article.get_absolute_url()
    for root, page in ((roots[4], address), (roots[6], f"{address}comments/2/")):
        for comment in (root, root.replies.get()):
            assert reached(client, comment.get_absolute_url()) == f"{page}#{comment.anchor}"
            assert f'id="{comment.anchor}"' in client.get(page).content.decode()


def test_a_comment_is_found_by_the_number_in_an_old_link(client: Client) -> None:
    comment = make_comment(make_article())
    for typed in (f"{comment.pk}", f" #comment-{comment.pk} ", f"comment-{comment.pk}"):
        assert (
            client.get("/comments/find/", {"number": typed}, follow=True)
            .redirect_chain[-1][0]
            .endswith(f"#{comment.anchor}")
        )
    for typed in ("", "x", "-", "9" * 30, "²", "99999999"):
        assert client.get("/comments/find/", {"number": typed}, follow=True).status_code == 404


def test_that_address_goes_on_working_when_the_pages_change(client: Client) -> None:
    pages_of_five()
    roots = threads(7)
    before = reached(client, roots[5].get_absolute_url())
    roots[0].replies.get().spam(by=None)
    roots[0].spam(by=None)
    after = reached(client, roots[5].get_absolute_url())
    assert "/comments/2/" in before
    assert after == f"{roots[0].article.get_absolute_url()}#{roots[5].anchor}"


def test_a_comment_that_is_not_published_has_no_address(client: Client) -> None:
    held = make_comment(make_article(), approved=False)
    assert client.get(held.get_absolute_url()).status_code == 404
    hidden = make_comment(make_article())
    hidden.article.withdraw(by=None)
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get("/comments/99999999999999999999/").status_code == 404


def test_removed_ones_keep_their_place_only_above_something_published(client: Client) -> None:
    article = make_article()
    chain = [make_comment(article, name="Writer 1", text="Words one")]
    for number in (2, 3, 4):
        chain.append(make_comment(article, parent=chain[-1], name=f"Writer {number}"))
    for comment in (chain[0], chain[1], chain[3]):
        comment.trash(by=None)
    page = client.get(article.get_absolute_url()).content.decode()
    assert re.findall(r'id="comment-(\d+)"', page) == [str(one.pk) for one in chain[:3]]
    assert page.count("A comment that stood here was removed.") == 2
    assert "Words one" not in page
    assert "1 reply" in page
    assert reached(client, chain[0].get_absolute_url()).endswith(f"#{chain[0].anchor}")


def test_a_comment_taken_back_to_be_decided_says_so_at_its_place(client: Client) -> None:
    root = threads(1)[0]
    root.hold(by=None)
    page = client.get(root.article.get_absolute_url()).content.decode()
    assert "is being read again before it is shown" in page
    assert root.text not in page


def test_the_page_for_its_writer_is_the_one_on_which_the_comment_will_be(client: Client) -> None:
    pages_of_five()
    roots = threads(7)
    sent = {"name": "Me", "email": "me@example.org", "website": ""}
    places = {None: "Writer 7", roots[5]: "Writer 6", roots[0]: "Writer 1"}
    for parent, beside in places.items():
        words = {**sent, "parent": parent.pk if parent else "", "text": f"Mine, with {beside}"}
        shown = client.post(f"/comments/on/{roots[0].article_id}/", words, follow=True)
        page = shown.content.decode()
        assert f"<p>Mine, with {beside}</p>" in page
        assert f'"Comment by {beside}"' in page


@pytest.mark.parametrize("number", [6, 2_000])
def test_the_first_page_costs_the_same_however_long_the_discussion_is(
    client: Client, django_assert_num_queries: Any, number: int
) -> None:
    pages_of_five()
    article = make_article()
    staff = make_staff()
    make_author(user=staff)
    roots = [
        Comment(
            article=article,
            name="A",
            text="x",
            html="<p>x</p>",
            state="approved",
            approved_at=timezone.now(),
        )
        for _ in range(number)
    ]
    Comment.objects.bulk_create(roots)
    roots[0].answer("Yes.", by=staff)
    client.get(article.get_absolute_url())
    with django_assert_num_queries(FIRST_PAGE_QUERIES):
        client.get(article.get_absolute_url())
    shown = page_of(article)
    assert len(shown.comments) == 6, "only the rows of this page are read"
    assert shown.threads == number


def test_an_article_closes_by_the_sites_rule_or_by_its_own(client: Client) -> None:
    old = make_article(published_at=timezone.now() - timedelta(days=40))
    assert is_open(old)
    pages_of_five(closed_after_days=30)
    assert not is_open(old)
    assert is_open(make_article())
    assert (
        "Comments on this article are closed" in client.get(old.get_absolute_url()).content.decode()
    )
    ArticleDiscussion.objects.create(article=old, closed_after_days=60)
    assert is_open(old)
    assert 'id="comment-form"' in client.get(old.get_absolute_url()).content.decode()
    Article.objects.filter(pk=old.pk).update(comments_open=False)
    assert not is_open(Article.objects.get(pk=old.pk))


def test_a_number_of_days_without_end_closes_nothing() -> None:
    pages_of_five(closed_after_days=2_147_483_647)
    assert is_open(make_article())


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna", "A"),
        ("anna maria berg", "AB"),
        ("(Ben)", "·"),
        ("Ödön Ú.", "ÖÚ"),
        ("x" * LONGEST_NAME, "X"),
        ("ß", "SS"),
    ],
)
def test_a_face_without_a_picture_is_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_the_tint_goes_with_the_name_and_nothing_else() -> None:
    assert tint("Anna  Berg") == tint("anna berg")
    assert {tint(f"Name {number}") for number in range(200)} == set(range(1, TINTS + 1))
