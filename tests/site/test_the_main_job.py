"""The whole of what Backsite is for, done by hand in a browser on the demonstration site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django import Settings

from backsite.demo.loader import load
from comments.models import Comment
from newsletter.models import Subscriber

pytestmark = pytest.mark.django_db(transaction=True)

ARTICLE = "/articles/walking-after-back-pain/"
QUESTION = "How soon after a flare-up may I walk again?"
ANSWER = "As soon as a short walk feels possible, and a little further each day."
PASSWORD = "a password for tests"


@pytest.fixture(autouse=True)
def _demonstration(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    load(lambda line: None)
    get_user_model().objects.create_superuser("staff", "staff@example.org", PASSWORD)


def work() -> None:
    """What the worker does a moment later."""
    call_command("worker", once=True)


def log_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def write_comment(page: Page) -> None:
    respond = page.locator("#respond")
    respond.get_by_label("Your comment or question").fill(QUESTION)
    respond.get_by_label("Name").fill("Anna")
    respond.get_by_label("E-mail").fill("anna@example.org")
    respond.get_by_role("button", name="Post comment").click()


def open_mail(staff: Page, subject: str) -> Page:
    """Staff open a mail in the admin and follow its first button; the page it leads to."""
    staff.goto("/admin/")
    staff.get_by_role("link", name="Messages", exact=True).click()
    staff.get_by_role("link", name=subject).first.click()
    link = staff.frame_locator("iframe").locator("a.button").first
    expect(link).to_be_visible()
    opened = staff.context.new_page()
    opened.goto(link.get_attribute("href") or "")
    return opened


def test_a_reader_asks_staff_answer_and_a_subscriber_confirms(page: Page, staff_page: Page) -> None:
    # A reader reads, and asks.
    page.goto("/")
    page.get_by_role("link", name="Moving and exercise").first.click()
    page.get_by_role("link", name="Walking after back pain").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Walking after back pain")
    write_comment(page)
    expect(page.locator(".comment.held")).to_contain_text("awaiting moderation")
    expect(page.locator(".comment.held")).to_contain_text(QUESTION)

    # Staff see that it waits, and answer on one screen.
    log_in(staff_page)
    staff_page.get_by_role("link", name="comments to decide on").click()
    staff_page.get_by_role("link", name=QUESTION).click()
    staff_page.get_by_label("Your answer").fill(ANSWER)
    staff_page.get_by_role("button", name="Approve and answer").click()
    expect(staff_page.locator(".messagelist")).to_be_visible()

    # Everybody reads question and answer, the one under the other, with a badge.
    page.goto(ARTICLE)
    asked = page.locator("li", has=page.get_by_text(QUESTION)).last
    expect(asked.locator("ol .by-staff")).to_contain_text(ANSWER)
    expect(asked.locator("ol .badge")).to_have_text("Our team")

    # The reader's mail leads to the answer.
    work()
    answered = open_mail(staff_page, "answer")
    answer = Comment.objects.get(text=ANSWER)
    expect(answered.locator(f"#{answer.anchor}")).to_be_in_viewport()
    answered.close()

    # A subscriber signs up under the article, and confirms on the page the mail leads to.
    box = page.get_by_role("region", name="The Steady Letter")
    box.get_by_label("e-mail").fill("ben@example.org")
    box.get_by_role("button", name="Sign me up!").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please check your inbox")
    work()
    assert not Subscriber.objects.confirmed().exists()
    confirmation = open_mail(staff_page, "Please confirm")
    assert not Subscriber.objects.confirmed().exists()
    confirmation.get_by_role("main").get_by_role("button").click()
    expect(confirmation.get_by_role("heading", level=1)).to_have_text("You are in")
    assert Subscriber.objects.confirmed().get().email == "ben@example.org"
    work()
    book = open_mail(staff_page, "Welcome")
    expect(book.get_by_role("heading", level=1)).to_be_visible()
    expect(book.get_by_role("main")).to_contain_text("guide")


def test_a_reader_without_javascript_can_do_all_of_a_readers_part(page_without_js: Page) -> None:
    page = page_without_js
    page.goto(ARTICLE)

    # A mistake first: what was typed is still there.
    respond = page.locator("#respond")
    respond.get_by_label("Your comment or question").fill(QUESTION)
    respond.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("alert")).to_contain_text("Tell us a name")
    expect(respond.get_by_label("Your comment or question")).to_have_value(QUESTION)
    write_comment(page)
    expect(page.locator(".comment.held")).to_contain_text(QUESTION)

    # An answer to somebody, on a page of its own; cancelling leads back.
    page.goto(ARTICLE)
    first = page.locator(".comment").first
    name = first.locator(".name").inner_text()
    first.get_by_role("link", name=f"Reply to {name}").click()
    expect(page.get_by_role("heading", name=f"Leave a reply to {name}")).to_be_visible()
    page.get_by_role("link", name="Cancel reply").click()
    expect(page).to_have_url(re.compile(re.escape(ARTICLE)))
    page.locator(".comment").first.get_by_role("link", name=f"Reply to {name}").click()
    write_comment(page)
    assert Comment.objects.held().filter(parent__name=name, text=QUESTION).exists()

    # The newsletter: in, and out again, by buttons.
    page.goto("/newsletter/")
    page.get_by_label("e-mail").fill("ben@example.org")
    page.get_by_role("button", name="Sign me up!").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please check your inbox")
    work()
    subscriber = Subscriber.objects.pending().get()
    page.goto(subscriber.confirm_path)
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in")
    page.goto(subscriber.leave_path)
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left")
    assert Subscriber.objects.left().get() == subscriber


def test_with_javascript_the_form_comes_to_the_comment_and_goes_back(page: Page) -> None:
    page.goto(ARTICLE)
    first = page.locator(".comment").first
    name = first.locator(".name").inner_text()
    first.get_by_role("link", name=f"Reply to {name}").click()
    expect(page).to_have_url(re.compile(re.escape(ARTICLE) + "$"))
    form = page.locator("#respond")
    expect(form.get_by_role("heading")).to_have_text(f"Leave a reply to {name}")
    expect(form.get_by_label("Your comment or question")).to_be_focused()
    form.get_by_label("Your comment or question").fill(QUESTION)
    form.get_by_role("link", name="Cancel reply").click()
    expect(form.get_by_role("heading")).to_have_text("Leave a reply")
    expect(form.get_by_label("Your comment or question")).to_have_value(QUESTION)
    first.get_by_role("link", name=f"Reply to {name}").click()
    write_comment(page)
    expect(page.locator(".comment.held")).to_contain_text(QUESTION)
    assert Comment.objects.held().get(text=QUESTION).parent == Comment.objects.get(
        pk=int(str(first.get_attribute("id")).removeprefix("comment-"))
    )


def test_a_double_click_on_the_button_is_one_comment(page: Page) -> None:
    page.goto(ARTICLE)
    respond = page.locator("#respond")
    respond.get_by_label("Your comment or question").fill(QUESTION)
    respond.get_by_label("Name").fill("Anna")
    respond.get_by_label("E-mail").fill("anna@example.org")
    respond.get_by_role("button", name="Post comment").dblclick()
    expect(page.locator(".comment.held")).to_contain_text(QUESTION)
    assert Comment.objects.filter(text=QUESTION).count() == 1


def test_back_after_a_mistake_finds_the_words_again(page: Page) -> None:
    page.goto(ARTICLE)
    respond = page.locator("#respond")
    respond.get_by_label("Your comment or question").fill(QUESTION)
    respond.get_by_role("button", name="Post comment").click()
    expect(page.get_by_role("alert")).to_be_focused()
    respond.get_by_label("Your comment or question").fill(QUESTION + " And how far?")
    page.get_by_role("link", name="All articles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All articles")
    page.go_back()
    expect(respond.get_by_label("Your comment or question")).to_have_value(
        re.compile(re.escape(QUESTION))
    )
