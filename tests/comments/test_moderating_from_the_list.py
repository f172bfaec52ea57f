"""The piles on the staff's desk, and decisions about several comments at once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from comments.models import Comment
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/comments/comment/"
# Session and account; the articles to choose from; how many fit; the rows; the piles.
LIST_QUERIES = 9


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def seen(client: Client, query: str = "") -> str:
    page = client.get(f"{LIST}{query}")
    assert page.status_code == 200
    return unescape(page.content.decode())


def order(page: str, *names: str) -> list[str]:
    return sorted(names, key=page.index)


def aged(comment: Comment, **age: int) -> Comment:
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(**age))
    return comment


def choose(client: Client, verb: int, *comments: Comment, query: str = "", **more: Any) -> str:
    chosen = {"_selected_action": [comment.pk for comment in comments], "select_across": 0}
    verbs = ["approve_selected", "close_selected", "spam_selected", "trash_selected"]
    sent = {"action": verbs, "index": verb, **chosen, **more}
    page = client.post(f"{LIST}{query}", sent, follow=True)
    return unescape(page.content.decode())


APPROVE, CLOSE, SPAM, TRASH = range(4)


def test_the_list_opens_with_all_that_waits_the_oldest_first(client: Client, staff: User) -> None:
    article = make_article()
    aged(make_comment(article, name="Held Hanna", approved=False), hours=1)
    aged(make_comment(article, name="Unanswered Uwe"), days=2)
    answered = make_comment(article, name="Answered Anna")
    answered.answer("Yes.", by=staff)
    page = seen(client)
    assert order(page, "Held Hanna", "Unanswered Uwe") == ["Unanswered Uwe", "Held Hanna"]
    assert "Answered Anna" not in page
    assert "2 days ago" in page


def test_each_pile_holds_its_own_and_each_tab_counts_it(client: Client, staff: User) -> None:
    article = make_article()
    make_comment(article, name="Held Hanna", approved=False)
    make_comment(article, name="Unanswered Uwe")
    make_comment(article, name="Spam Sam", approved=False).spam(by=staff)
    make_comment(article, name="Trash Tim", approved=False).trash(by=staff)
    names = {"Held Hanna", "Unanswered Uwe", "Spam Sam", "Trash Tim"}
    for pile, there in {
        "held": {"Held Hanna"},
        "unanswered": {"Unanswered Uwe"},
        "spam": {"Spam Sam"},
        "trash": {"Trash Tim"},
        "all": names,
        "waiting": {"Held Hanna", "Unanswered Uwe"},
    }.items():
        page = seen(client, f"?pile={pile}")
        assert {name for name in names if name in page} == there
    counts = re.findall(r'<span class="count">(\d+)</span>', page)
    assert counts == ["2", "1", "1", "1", "1", "4"]


def test_a_pile_that_nobody_has_heard_of_is_what_waits(client: Client, staff: User) -> None:
    make_comment(make_article(), name="Held Hanna", approved=False)
    assert "Held Hanna" in seen(client, "?pile=nonsense")


@pytest.mark.parametrize("words", ["Hanna", "hanna@example.org", "tingles", "Scans"])
def test_search_finds_names_addresses_words_and_articles(
    client: Client, staff: User, words: str
) -> None:
    scans = make_article("Scans and what they show")
    fields = {"name": "Hanna", "email": "hanna@example.org", "text": "My leg tingles."}
    make_comment(scans, approved=False, **fields)
    make_comment(make_article(), name="Somebody Else", approved=False)
    page = seen(client, f"?q={words}")
    assert "My leg tingles." in page
    assert "Somebody Else" not in page


def test_the_list_of_one_article(client: Client, staff: User) -> None:
    walking = make_article("Walking")
    make_comment(walking, name="Walker", approved=False)
    make_comment(make_article("Sitting"), name="Sitter", approved=False)
    page = seen(client, f"?article={walking.pk}")
    assert "Walker" in page
    assert "Sitter" not in page
    assert f'value="{walking.pk}" selected' in page


def test_an_article_that_is_no_number_is_said_to_be_unknown(client: Client, staff: User) -> None:
    make_comment(make_article(), name="Held Hanna", approved=False)
    page = seen(client, "?article=abc")
    assert "There is no article with the number “abc”." in page
    assert "Held Hanna" not in page


def test_a_comment_that_is_not_there_is_said_to_be_missing(client: Client, staff: User) -> None:
    page = client.get(f"{LIST}999999/change/", follow=True).content.decode()
    assert "There is no comment with the number “999999”." in page
    page = client.get(f"{LIST}{'9' * 30}/change/", follow=True).content.decode()
    assert "There is no comment" in page


def test_an_empty_desk_says_so(client: Client, staff: User) -> None:
    assert "Nothing waits for you." in seen(client)


@pytest.mark.parametrize(
    ("verb", "done", "said"),
    [
        (APPROVE, ("approved", "approve"), "2 comments were published."),
        (SPAM, ("spam", "spam"), "2 comments were marked as spam."),
        (TRASH, ("trash", "trash"), "2 comments were moved to the trash."),
    ],
)
def test_several_are_decided_at_once_and_each_has_its_event(
    client: Client, staff: User, verb: int, done: tuple[str, str], said: str
) -> None:
    article = make_article()
    two = [make_comment(article, approved=False) for _ in range(2)]
    other = make_comment(article, approved=False)
    page = choose(client, verb, *two)
    assert said in page
    for comment in two:
        comment.refresh_from_db()
        event = comment.events.get()
        assert (comment.state, event.verb) == done
        assert event.actor == "ada"
    other.refresh_from_db()
    assert other.is_held


def test_all_of_a_pile_are_decided_at_once_and_nothing_else(client: Client, staff: User) -> None:
    article = make_article()
    held = [make_comment(article, approved=False) for _ in range(3)]
    published = make_comment(article)
    choose(client, SPAM, held[0], query="?pile=held", select_across=1)
    assert Comment.objects.spam().count() == 3
    published.refresh_from_db()
    assert published.is_public


def test_what_somebody_else_decided_meanwhile_stands(client: Client, staff: User) -> None:
    article = make_article()
    mine, theirs = (make_comment(article, approved=False) for _ in range(2))
    theirs.approve(by=make_staff("ben"))
    page = choose(client, SPAM, mine, theirs, query="?pile=held")
    theirs.refresh_from_db()
    assert theirs.is_public
    assert "1 comment was marked as spam." in page
    assert "1 of those you chose had left this pile" in page


def test_too_many_at_once_are_refused_and_nothing_is_done(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comments.bulk.MOST_AT_ONCE", 2)
    article = make_article()
    three = [make_comment(article, approved=False) for _ in range(3)]
    page = choose(client, SPAM, three[0], select_across=1)
    assert "Nothing was done: at most 2 at once." in page
    assert Comment.objects.held().count() == 3


def test_choosing_none_changes_nothing_and_says_so(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), approved=False)
    page = choose(client, SPAM)
    comment.refresh_from_db()
    assert comment.is_held
    assert "No items have been changed" in page


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, staff: User, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        make_comment(make_article(f"Article {number}"), approved=False)
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for number in range(12):
        make_comment(make_article(f"Another {number}"), approved=False)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_looking_changes_nothing(client: Client, staff: User) -> None:
    comment = make_comment(make_article(), approved=False)
    client.get(LIST)
    client.get(comment.get_admin_url())
    comment.refresh_from_db()
    assert comment.is_held
    assert not comment.events.exists()


def test_staff_without_the_right_are_told_so(client: Client) -> None:
    editor = User.objects.create_user("ed", password="x", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="view_comment"))
    client.force_login(editor)
    comment = make_comment(make_article(), name="Held Hanna", approved=False)
    for address in (LIST, comment.get_admin_url()):
        page = client.get(address)
        assert page.status_code == 403
        assert "does not have the right" in page.content.decode()
        assert "Held Hanna" not in page.content.decode()
    assert client.post(comment.get_admin_url(), {"do": "spam"}).status_code == 403
    comment.refresh_from_db()
    assert comment.is_held


def test_nobody_adds_or_deletes_comments_here(client: Client, staff: User) -> None:
    comment = make_comment(make_article())
    assert client.get(f"{LIST}add/").status_code == 403
    client.post(f"{LIST}{comment.pk}/delete/", {"post": "yes"})
    assert Comment.objects.filter(pk=comment.pk).exists()


def test_words_that_came_after_the_list_was_opened_are_not_decided_about(
    client: Client, staff: User
) -> None:
    article = make_article()
    changed = make_comment(article, name="Hanna", approved=False)
    other = make_comment(article, approved=False)
    opened = re.search(r'name="opened" value="([^"]+)"', seen(client))
    assert opened is not None
    changed.rewrite("Buy my book")
    page = choose(client, APPROVE, changed, other, opened=opened[1])
    assert "Hanna changed the comment after you had opened the list" in page
    assert "had left this pile" not in page
    changed.refresh_from_db()
    other.refresh_from_db()
    assert (changed.state, other.state) == ("held", "approved")


@pytest.mark.parametrize("opened", ["", "x", "2026-13-40T00:00:00", "2026-01-01T00:00:00"])
def test_a_list_that_does_not_say_when_it_was_opened_publishes_no_changed_words(
    client: Client, staff: User, opened: str
) -> None:
    changed = make_comment(make_article(), approved=False)
    changed.rewrite("Buy my book")
    choose(client, APPROVE, changed, opened=opened)
    changed.refresh_from_db()
    assert changed.is_held


def test_changed_words_that_the_list_showed_are_decided_about(client: Client, staff: User) -> None:
    changed = make_comment(make_article(), approved=False)
    changed.rewrite("My neck hurts.")
    opened = (timezone.now() + timedelta(minutes=1)).isoformat()
    choose(client, APPROVE, changed, opened=opened)
    changed.refresh_from_db()
    assert changed.is_public
