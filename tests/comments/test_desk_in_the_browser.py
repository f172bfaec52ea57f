"""The desk in a real browser: drafts, the keyboard, and no JavaScript needed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from comments.models import Comment
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Start slowly."


@pytest.fixture
def comment() -> Comment:
    return make_comment(make_article(), approved=False, name="Hanna")


@pytest.fixture
def staff() -> User:
    return make_staff("ada")


def log_in(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/admin/login/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a password for tests")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{live_server.url}/admin/")


def test_an_answer_from_the_front_page_to_the_article(
    staff_page: Page, live_server: Any, staff: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    staff_page.get_by_role("link", name="Start with the most urgent").click()
    staff_page.get_by_label("Your answer").fill(TEXT)
    staff_page.get_by_role("button", name="Approve and answer").click()
    staff_page.get_by_text("Nothing to decide on.").first.wait_for()
    staff_page.get_by_role("link", name="See it on the site").click()
    staff_page.get_by_text(TEXT).first.wait_for()
    assert staff_page.url.endswith(f"#comment-{comment.replies.get().pk}")


def test_a_draft_is_there_again_until_it_is_sent(
    staff_page: Page, live_server: Any, staff: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    address = live_server.url + comment.get_admin_url()
    staff_page.goto(address)
    staff_page.get_by_label("Your answer").press_sequentially(TEXT)
    staff_page.goto(f"{live_server.url}/admin/")
    staff_page.goto(address)
    expect(staff_page.get_by_label("Your answer")).to_have_value(TEXT)
    expect(
        staff_page.get_by_text("This is what you typed before; it was not sent.")
    ).to_be_visible()
    staff_page.get_by_label("Your answer").press("Control+Enter")
    staff_page.get_by_text("Your answer to Hanna is published.").wait_for()
    staff_page.goto(address)
    expect(staff_page.get_by_label("Your answer")).to_have_value("")


def test_a_draft_can_be_dropped(
    staff_page: Page, live_server: Any, staff: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    address = live_server.url + comment.get_admin_url()
    staff_page.goto(address)
    staff_page.get_by_label("Your answer").press_sequentially(TEXT)
    staff_page.reload()
    staff_page.get_by_role("button", name="Start anew").click()
    staff_page.reload()
    expect(staff_page.get_by_label("Your answer")).to_have_value("")


def test_several_are_chosen_and_decided(
    staff_page: Page, live_server: Any, staff: User, comment: Comment
) -> None:
    other = make_comment(comment.article, approved=False)
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}/admin/comments/comment/?pile=held")
    staff_page.locator("#action-toggle").check()
    staff_page.get_by_role("button", name="Spam", exact=True).click()
    staff_page.get_by_text("2 comments were marked as spam.").wait_for()
    assert {row.pk for row in Comment.objects.spam()} == {comment.pk, other.pk}


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_of_the_desk_scrolls_sideways(
    staff_page: Page, live_server: Any, staff: User, comment: Comment, width: int
) -> None:
    Comment.objects.update(name="N" * 80, text="x" * 900, html=f"<p>{'x' * 900}</p>")
    staff_page.set_viewport_size({"width": width, "height": 800})
    log_in(staff_page, live_server)
    for address in ("/admin/", "/admin/comments/comment/", comment.get_admin_url()):
        staff_page.goto(live_server.url + address)
        wide = staff_page.evaluate("document.documentElement.scrollWidth")
        assert (address, wide) == (address, width)
