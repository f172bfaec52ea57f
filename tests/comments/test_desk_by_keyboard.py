"""The desk by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from comments.models import AnswerDraft, Claim, Comment, SavedReply
from comments.staff_emails import desk_link
from tests.comments.test_desk_in_the_browser import log_in
from tests.conftest import opened
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Start slowly."


@pytest.fixture
def comment() -> Comment:
    return make_comment(make_article(), approved=False, name="Hanna")


@pytest.fixture
def plain_page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """Staff without JavaScript."""
    with opened(browser, live_server.url, javascript=False, cookies=True) as page:
        yield page


def ready(page: Page) -> None:
    """The keys are there once their button is."""
    page.get_by_role("button", name="Keys").wait_for()


def test_from_the_mail_to_the_published_answer_in_three_actions(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    staff_page.goto(desk_link(comment))  # 1: follows the link
    comment.refresh_from_db()
    assert comment.is_held  # the link itself decided nothing
    staff_page.keyboard.type(TEXT)  # 2: writes; the box has the focus
    staff_page.keyboard.press("Control+Enter")  # 3: sends
    staff_page.get_by_text("Your answer to Hanna is published.").wait_for()
    comment.refresh_from_db()
    assert (comment.is_public, comment.replies.get().text) == (True, TEXT)


def test_keys_decide_undo_and_go_on(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    other = make_comment(comment.article, approved=False, name="Uwe")
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}/admin/comments/comment/?pile=held")
    staff_page.keyboard.press("j")
    staff_page.keyboard.press("Enter")
    staff_page.get_by_role("heading", name="Hanna").wait_for()
    ready(staff_page)
    staff_page.keyboard.press("s")
    staff_page.get_by_role("heading", name="Uwe").wait_for()
    ready(staff_page)
    staff_page.keyboard.press("z")
    staff_page.get_by_text("Taken back: 1 comment was put back as before.").wait_for()
    ready(staff_page)
    staff_page.keyboard.press("n")
    staff_page.keyboard.type("it says")
    staff_page.keyboard.press("Tab")
    staff_page.keyboard.press("Escape")
    comment.refresh_from_db()
    other.refresh_from_db()
    assert (comment.is_held, other.is_held) == (True, True)


def test_the_list_of_keys_opens_and_keys_can_be_switched_off(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}{comment.get_admin_url()}")
    staff_page.keyboard.press("?")
    expect(staff_page.get_by_role("dialog", name="Keys")).to_be_visible()
    staff_page.get_by_label("No single keys for me").check()
    staff_page.keyboard.press("Escape")
    staff_page.keyboard.press("t")
    staff_page.reload()
    staff_page.keyboard.press("t")
    staff_page.get_by_label("Your answer").focus()
    comment.refresh_from_db()
    assert comment.is_held


def test_letters_in_an_answer_are_letters(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}{comment.get_admin_url()}")
    staff_page.keyboard.press("a")
    staff_page.keyboard.type("stop? zap")
    expect(staff_page.get_by_label("Your answer")).to_have_value("stop? zap")
    comment.refresh_from_db()
    assert comment.is_held


def test_what_is_typed_is_kept_on_the_server(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}{comment.get_admin_url()}")
    staff_page.get_by_label("Your answer").press_sequentially(TEXT)
    staff_page.get_by_text("Draft kept.").wait_for()
    assert AnswerDraft.objects.get().text == TEXT
    assert Claim.objects.get().by == ada
    AnswerDraft.keep(comment, "Mine", by=make_staff("ben"))
    staff_page.get_by_label("Your answer").press_sequentially(" Then more.")
    staff_page.get_by_text("ben is writing an answer.").wait_for()


def test_what_the_site_missed_comes_from_this_browser(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    log_in(staff_page, live_server)
    address = f"{live_server.url}{comment.get_admin_url()}"
    staff_page.goto(address)
    box = staff_page.get_by_label("Your answer")
    box.press_sequentially("One.")
    staff_page.get_by_text("Draft kept.").wait_for()
    staff_page.route("**/draft/", lambda route: route.abort())
    box.press_sequentially(" Two.")
    staff_page.get_by_text("The draft is kept in this browser only").wait_for()
    staff_page.unroute("**/draft/")
    staff_page.goto(address)
    expect(box).to_have_value("One. Two.")
    staff_page.get_by_text("Draft kept.").wait_for()
    assert AnswerDraft.objects.get().text == "One. Two."


def test_a_saved_reply_goes_to_the_caret(
    staff_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    SavedReply.objects.create(title="Doctor", text="See a doctor, {name}.")
    log_in(staff_page, live_server)
    staff_page.goto(f"{live_server.url}{comment.get_admin_url()}")
    box = staff_page.get_by_label("Your answer")
    box.fill("Hello.")
    staff_page.keyboard.press("Escape")
    staff_page.keyboard.press("r")
    staff_page.get_by_role("button", name="Doctor").click()
    expect(box).to_have_value("Hello.\n\nSee a doctor, Hanna.")
    expect(box).to_be_focused()


def test_all_of_it_works_without_javascript(
    plain_page: Page, live_server: Any, ada: User, comment: Comment
) -> None:
    SavedReply.objects.create(title="Doctor", text="See a doctor, {name}.")
    other = make_comment(comment.article, approved=False, name="Uwe")
    log_in(plain_page, live_server)
    plain_page.goto(f"{live_server.url}/admin/comments/comment/?pile=held")
    expect(plain_page.get_by_role("button", name="Keys")).to_be_hidden()
    plain_page.get_by_role("row", name="Uwe").get_by_role("checkbox").check()
    plain_page.get_by_role("button", name="Spam", exact=True).click()
    plain_page.get_by_role("button", name="Undo").click()
    plain_page.get_by_text("Taken back").wait_for()
    plain_page.goto(f"{live_server.url}{comment.get_admin_url()}")
    plain_page.get_by_role("button", name="Take it").click()
    plain_page.get_by_label("Your answer").fill(TEXT)
    plain_page.get_by_text("Saved replies and articles to link").click()
    plain_page.get_by_role("button", name="Doctor").click()
    box = plain_page.get_by_label("Your answer")
    expect(box).to_have_value(f"{TEXT}\n\nSee a doctor, Hanna.")
    plain_page.get_by_role("button", name="Approve and answer").click()
    plain_page.get_by_text("Your answer to Hanna is published.").wait_for()
    plain_page.get_by_label("or in your words").fill("He wrote to us.")
    plain_page.get_by_label("or in your words").press("Enter")
    plain_page.get_by_text("Your draft of an answer to Uwe is kept.").wait_for()
    other.refresh_from_db()
    assert other.is_held
    assert comment.replies.count() == 1
