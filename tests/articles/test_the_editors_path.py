"""An editor's work from the first word to the last, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from articles.models import Article, Unsaved
from tests.conftest import opened
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/articles/article/"


@pytest.fixture
def ada() -> User:
    return make_staff("ada")


@pytest.fixture
def colleague(browser: Browser, live_server: Any) -> Iterator[Page]:
    make_staff("ben")
    with opened(browser, live_server.url, cookies=True) as page:
        log_in(page, "ben")
        yield page


def log_in(page: Page, name: str = "ada") -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("a password for tests")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()


def look(page: Page, name: str) -> None:
    """A picture for whoever asks for one: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def write_by_keyboard(page: Page, words: str) -> None:
    editor = page.locator(".article-editor [contenteditable=true]")
    if editor.count():
        editor.first.click()
        page.keyboard.type(words)
    else:
        page.locator("#id_body").press_sequentially(f"<p>{words}</p>")


def the_article() -> Article:
    article: Article = Article.objects.get()
    return article


def test_from_the_first_word_to_the_withdrawal(
    staff_page: Page, page: Page, live_server: Any, ada: User
) -> None:
    make_author("Ilse Brandt")
    make_topic("Moving")
    log_in(staff_page)
    staff_page.goto(f"{LIST}add/")
    staff_page.locator("#id_title").press_sequentially("Walking after back pain")
    expect(staff_page.locator("#id_slug")).to_have_value("walking-after-back-pain")
    staff_page.get_by_label("Standfirst:").fill("Why a walk helps.")
    staff_page.locator("#id_topic").select_option(label="Moving")
    write_by_keyboard(staff_page, "Walk a little each day.")
    look(staff_page, "1-write")

    with staff_page.context.expect_page() as shown:
        staff_page.get_by_role("button", name="Preview").click()
    shown.value.get_by_text("Nothing is saved.").wait_for()
    assert shown.value.get_by_text("Walk a little each day.").is_visible()
    look(shown.value, "2-preview-of-the-form")
    shown.value.close()
    assert not Article.objects.exists()

    press(staff_page, "Save and go on writing")
    article = the_article()
    assert (article.state, article.revision) == ("draft", 1)

    staff_page.get_by_role("link", name="Preview link").click()
    press(staff_page, "Make a link")
    link = staff_page.get_by_label("The link").input_value()
    look(staff_page, "3-share")
    page.goto(link)
    assert page.get_by_text("Readers do not see this page yet.").is_visible()
    assert page.get_by_text("Walk a little each day.").is_visible()
    look(page, "4-preview-link")

    staff_page.goto(f"{LIST}{article.pk}/change/")
    when = timezone.now() + timedelta(days=1)
    staff_page.locator("#id_publish_at_0").fill(f"{when:%Y-%m-%d}")
    staff_page.locator("#id_publish_at_1").fill("07:00:00")
    press(staff_page, "Save and schedule")
    assert the_article().is_scheduled
    look(staff_page, "5-list")
    Article.objects.update(due_at=timezone.now())
    call_command("worker", once=True)
    page.goto(article.get_absolute_url())
    page.get_by_role("heading", name="Walking after back pain").wait_for()


def test_a_correction_and_its_way_back_and_the_end(
    staff_page: Page, page: Page, live_server: Any, ada: User
) -> None:
    article = make_article("Walking after back pain", standfirst="Why a walk helps.")
    log_in(staff_page)
    page.goto(article.get_absolute_url())
    staff_page.goto(f"{LIST}{article.pk}/change/")
    staff_page.get_by_label("Standfirst:").fill("Why a short walk helps.")
    staff_page.get_by_label("Note on this save:").fill("short is what we mean")
    press(staff_page, "Save and go on writing")
    page.reload()
    assert page.get_by_text("Why a short walk helps.").is_visible()
    staff_page.get_by_role("link", name="Revisions").click()
    look(staff_page, "6-revisions")
    press(staff_page, "Compare")
    assert staff_page.locator("ins", has_text="short").is_visible()
    look(staff_page, "7-compare")
    press(staff_page, "Bring revision 1 back")
    assert the_article().standfirst == "Why a walk helps."

    press(staff_page, "Save and withdraw")
    assert page.goto(article.get_absolute_url()).status == 404  # type: ignore[union-attr]  # http


def test_words_survive_a_closed_browser(staff_page: Page, live_server: Any, ada: User) -> None:
    article = make_article("Walking")
    log_in(staff_page)
    address = f"{LIST}{article.pk}/change/"
    staff_page.goto(address)
    staff_page.get_by_label("Standfirst:").press_sequentially("Not saved yet.")
    staff_page.get_by_text("Unsaved changes kept at").wait_for()
    context = staff_page.context
    staff_page.close()
    anew = context.new_page()
    anew.goto(address)
    look(anew, "8-offer")
    anew.get_by_role("link", name="Look at them").click()
    assert anew.get_by_label("Standfirst:").input_value() == "Not saved yet."
    look(anew, "9-looked-at")
    press(anew, "Save")
    assert the_article().standfirst == "Not saved yet."
    assert not Unsaved.objects.exists()


def test_words_survive_a_login_that_ended(staff_page: Page, live_server: Any, ada: User) -> None:
    article = make_article("Walking")
    log_in(staff_page)
    address = f"{LIST}{article.pk}/change/"
    staff_page.goto(address)
    cookies = staff_page.context.cookies()
    staff_page.context.clear_cookies(name="sessionid")
    staff_page.get_by_label("Standfirst:").press_sequentially("Written without a login.")
    staff_page.get_by_text("kept in this browser").wait_for()
    staff_page.context.add_cookies(cookies)  # type: ignore[arg-type]  # as they came
    staff_page.goto(address)
    staff_page.get_by_text("This browser kept changes from").wait_for()
    staff_page.get_by_role("button", name="Look at them").click()
    staff_page.get_by_text("These are your unsaved changes").wait_for()
    assert staff_page.get_by_label("Standfirst:").input_value() == "Written without a login."


def test_two_people_see_each_other_and_nothing_is_overwritten(
    staff_page: Page, colleague: Page, live_server: Any, ada: User
) -> None:
    article = make_article("Walking", standfirst="Walk slowly.")
    log_in(staff_page)
    address = f"{LIST}{article.pk}/change/"
    colleague.goto(address)
    colleague.wait_for_load_state("networkidle")
    staff_page.goto(address)
    staff_page.get_by_text("ben has this open too.").wait_for()
    colleague.get_by_label("Standfirst:").fill("Walk daily.")
    press(colleague, "Save and go on writing")
    staff_page.get_by_label("Standfirst:").fill("Walk gladly.")
    press(staff_page, "Save")
    assert staff_page.get_by_text("ben saved this article at").is_visible()
    look(staff_page, "10-conflict")
    assert staff_page.get_by_label("Standfirst:").input_value() == "Walk gladly."
    assert the_article().standfirst == "Walk daily."
    staff_page.get_by_label("My text shall stand").check()
    press(staff_page, "Save")
    assert the_article().standfirst == "Walk gladly."
    assert article.revisions.count() == 3


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(
    staff_page: Page, live_server: Any, ada: User, width: int
) -> None:
    article = make_article("Walking", body=f"<p>{'x' * 300}</p>")
    article.revise(by=ada, body=f"<p>{'y' * 300} and more</p>")
    staff_page.set_viewport_size({"width": width, "height": 800})
    log_in(staff_page)
    own = f"{LIST}{article.pk}/"
    compare = "revisions/compare/?from=1&to=2"
    for address in (LIST, *(f"{own}{end}" for end in ("change/", "revisions/", compare, "share/"))):
        staff_page.goto(address)
        look(staff_page, f"{width}-{address.strip('/').rpartition('/')[2].partition('?')[0]}")
        wide = staff_page.evaluate("document.documentElement.scrollWidth")
        assert (address, wide) == (address, width)
