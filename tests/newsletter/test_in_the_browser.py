"""A subscriber's whole way in a real browser, with JavaScript and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backsite.lib.mail.models import Message
from newsletter.models import Handover, Letter, Signup, Subscriber
from tests.factories import make_article, make_staff
from tests.lib.waiting import wait_until

from .readers import ANN, do_what_is_due, link, mails, make_book

pytestmark = pytest.mark.django_db(transaction=True)


def signs_up_under_an_article(reader: Page, address: str = ANN) -> None:
    reader.goto(make_article().get_absolute_url())
    box = reader.locator("section.signup")
    box.get_by_label("Your e-mail address").fill(address)
    box.get_by_label("First name").fill("Ann")
    box.get_by_role("button", name="Sign me up!").click()


def the_whole_way(reader: Page, *, counts_openings: bool) -> None:
    make_book()
    Letter.first()
    Letter.objects.create(key="answers", kind="answers", name="Answers of the week", position=1)
    signs_up_under_an_article(reader)
    expect(reader.get_by_role("heading", name="Please check your inbox")).to_be_visible()
    do_what_is_due()
    reader.goto(link(mails()[-1], "confirm"))
    reader.get_by_role("button", name="Yes, send me the letter").click()
    expect(reader.get_by_role("heading", name="You are in")).to_be_visible()
    reader.get_by_role("link", name="Read the free book").click()
    expect(reader.get_by_role("heading", name="What helps")).to_be_visible()
    if counts_openings:
        wait_until(lambda: Handover.objects.get().opened == 1)
    do_what_is_due()
    changes_what_she_gets(reader)
    reader.get_by_role("link", name="Leave all letters").click()
    reader.get_by_role("button", name="Take me off the list").click()
    expect(reader.get_by_role("heading", name="You have left")).to_be_visible()
    reader.get_by_label("Too many letters").check()
    reader.get_by_role("button", name="Send", exact=True).click()
    expect(reader.get_by_text("Thank you for saying so")).to_be_visible()
    subscriber = Subscriber.objects.get()
    assert subscriber.has_left
    assert subscriber.events.get(verb="say why").about == "too-many"


def changes_what_she_gets(reader: Page) -> None:
    """By the link in the welcome mail: other letters, seldom, and a pause."""
    reader.goto(link(mails()[-1], "preferences"))
    expect(reader.get_by_role("checkbox", name="The weekly letter")).to_be_checked()
    reader.get_by_label("Answers of the week").check()
    reader.get_by_label("One letter a week at most").check()
    reader.get_by_role("button", name="Save").click()
    expect(reader.get_by_text("This is what you get from now on")).to_be_visible()
    reader.get_by_role("button", name="Pause for a month").click()
    expect(reader.get_by_text("You are in a pause")).to_be_visible()
    expect(reader.get_by_label("Answers of the week")).to_be_checked()
    subscriber = Subscriber.objects.get()
    assert [letter.key for letter in subscriber.letters()] == ["letter", "answers"]
    assert (subscriber.frequency, subscriber.is_paused) == ("weekly", True)


def test_signing_up_confirming_reading_the_book_and_leaving(page: Page) -> None:
    the_whole_way(page, counts_openings=True)


def test_all_of_it_without_javascript(page_without_js: Page) -> None:
    the_whole_way(page_without_js, counts_openings=False)
    assert Handover.objects.get().opened == 0  # it has no way to say so


def test_a_scanner_with_a_whole_browser_confirms_nothing_and_takes_nobody_off(page: Page) -> None:
    """It opens each link of each mail, runs the scripts, and follows every link that it finds."""
    make_book()
    signs_up_under_an_article(page)
    do_what_is_due()
    scan(page, mails()[-1])
    assert Subscriber.objects.get().state == Subscriber.State.PENDING
    page.goto(link(mails()[-1], "confirm"))
    page.get_by_role("button", name="Yes, send me the letter").click()
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    do_what_is_due()
    events = Subscriber.objects.get().events.count()
    scan(page, mails()[-1])
    subscriber = Subscriber.objects.get()
    assert subscriber.is_confirmed
    assert subscriber.events.count() == events


def scan(browser: Page, mail: Message) -> None:
    found = re.findall(r"https?://[^/\s]+(/newsletter/\S+/)", mail.text)
    assert found
    for path in found:
        browser.goto(path)
        browser.wait_for_load_state("load")
        for further in browser.locator("main a[href^='/newsletter/']").all():
            browser.request.get(str(further.get_attribute("href")))


def test_a_mistake_is_announced_at_once_and_put_right_in_its_place(page: Page) -> None:
    signs_up_under_an_article(page, "ann")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    field = page.locator("main").get_by_label("Your e-mail address")
    expect(field).to_be_focused()
    expect(page.locator("main").get_by_label("First name")).to_have_value("Ann")
    field.fill(ANN)
    page.locator("main").get_by_role("button", name="Sign me up!").click()
    expect(page.get_by_role("heading", name="Please check your inbox")).to_be_visible()
    assert Signup.objects.get().email == ANN


def test_nobody_needs_to_know_of_the_trap(page: Page) -> None:
    """By keyboard alone, from the address to the button: two steps of Tab."""
    page.goto("/newsletter/")
    page.locator("main").get_by_label("Your e-mail address").focus()
    page.keyboard.type(ANN)
    page.keyboard.press("Tab")
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Please check your inbox")).to_be_visible()
    assert not Signup.objects.get().is_taken_for_bot


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/newsletter/", "/newsletter/check-your-inbox/", "/newsletter/confirm/x/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_way_out_for_mail_staff_click_the_link_in_the_admin(
    page: Page, staff_page: Page
) -> None:
    signs_up_under_an_article(page)
    do_what_is_due()
    assert Message.objects.get().state == Message.State.KEPT
    make_staff()
    staff_page.goto("/admin/mail/message/?state=kept")
    staff_page.get_by_label("Username").fill("ada")
    staff_page.get_by_label("Password").fill("a password for tests")
    staff_page.get_by_role("button", name="Log in").click()
    staff_page.get_by_role("link", name="Please confirm").click()
    frame: Any = staff_page.frame_locator("iframe")
    with staff_page.expect_popup() as opened:
        frame.get_by_role("link", name="Confirm that you want it").click()
    tab = opened.value
    tab.get_by_role("button", name="Yes, send me the letter").click()
    expect(tab.get_by_role("heading", name="You are in")).to_be_visible()
    assert Subscriber.objects.get().is_confirmed
