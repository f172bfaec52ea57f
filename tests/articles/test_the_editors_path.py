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

from articles.models import Article, Author, Credential, Unsaved
from tests.conftest import opened
from tests.drawing import noise
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/articles/article/"
EDITOR = ".article-editor [contenteditable=true]"


@pytest.fixture
def ada() -> User:
    return make_staff("ada")


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


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
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def write_by_keyboard(page: Page, words: str) -> None:
    page.locator(EDITOR).click()
    page.keyboard.type(words)


def the_article() -> Article:
    article: Article = Article.objects.get()
    return article


BIBTEX = """@article{pocovi, author={Pocovi, Natasha and Lin, Christine}, year=2024,
title={A walking intervention for low back pain}, journal={Lancet},
doi={10.1016/S0140-6736(24)00755-4}}"""


def reviewer() -> Author:
    doctor = make_author("Dr Eva Reader")
    held = Credential.objects.create(
        author=doctor,
        what="General practitioner",
        issued_by="General Medical Council",
        valid_from=timezone.localdate() - timedelta(days=400),
    )
    held.check_off(by=None)
    return doctor


def write(desk: Page) -> None:
    """Title, standfirst, topic, author and the first words; the source is pasted below."""
    desk.goto(f"{LIST}add/")
    desk.locator("#id_title").press_sequentially("Walking after back pain")
    expect(desk.locator("#id_slug")).to_have_value("walking-after-back-pain")
    desk.get_by_label("Standfirst:").fill("Why a walk helps.")
    desk.locator("#id_topic").select_option(label="Moving")
    desk.locator("#bylines-0 .select2-selection").click()
    desk.locator(".select2-search__field").last.fill("Ilse")
    desk.get_by_role("option", name="Ilse Brandt").click()
    write_by_keyboard(desk, "Walk a little each day.")
    desk.get_by_label("Paste sources for the references").fill(BIBTEX)
    look(desk, "1-write")


def upload(desk: Page) -> None:
    desk.goto("/admin/articles/picture/")
    content = noise("JPEG", (900, 600))
    desk.locator("#files").set_input_files(
        {"name": "a-path.jpg", "mimeType": "image/jpeg", "buffer": content}
    )
    desk.get_by_role("button", name="Upload").click()
    desk.get_by_role("link", name="Describe it").click()
    desk.get_by_label("What it shows:").fill("A path up a hill")
    desk.get_by_label("Credit:").fill("Anna Berg")
    press(desk, "Save")


def illustrate(desk: Page) -> None:
    """The mark of the source behind the claim, and the picture under it."""
    desk.locator(EDITOR).click()
    desk.keyboard.press("Control+End")
    desk.get_by_role("button", name="Reference mark", exact=True).click()
    desk.get_by_role("button", name="Put it in", exact=True).click()
    desk.locator(f"{EDITOR} .chip.reference").wait_for()
    desk.keyboard.press("Control+End")
    desk.get_by_role("button", name="Picture", exact=True).click()
    desk.locator(".prose-editor-dialog [name=caption]").fill("Up and down again.")
    desk.get_by_role("button", name="Put it in", exact=True).click()
    desk.locator(EDITOR).get_by_role("img", name="A path up a hill").wait_for()
    look(desk, "3-figure-and-reference")


def see_it_before_readers_do(desk: Page, page: Page) -> None:
    """The unsaved form, and the link for somebody without a login."""
    with desk.context.expect_page() as shown:
        desk.get_by_role("button", name="Preview").click()
    shown.value.get_by_text("Nothing is saved.").wait_for()
    expect(shown.value.get_by_text("Walk a little each day.")).to_be_visible()
    shown.value.close()
    press(desk, "Save and go on writing")
    desk.get_by_role("link", name="Preview link").click()
    press(desk, "Make a link")
    page.goto(desk.get_by_label("The link").input_value())
    expect(page.get_by_text("Readers do not see this page yet.")).to_be_visible()
    expect(page.get_by_role("img", name="A path up a hill")).to_be_visible()
    look(page, "4-preview-link")


def have_it_reviewed(desk: Page, article: Article) -> None:
    desk.goto(f"{LIST}{article.pk}/change/")
    desk.get_by_role("link", name="Record a review").click()
    desk.locator("#id_credential").select_option(index=1)
    look(desk, "5-review")
    press(desk, "Save")
    assert article.reviews.get().reviewer.name == "Dr Eva Reader"


def schedule(desk: Page, article: Article) -> None:
    desk.goto(f"{LIST}{article.pk}/change/")
    when = timezone.now() + timedelta(days=1)
    desk.locator("#id_publish_at_0").fill(f"{when:%Y-%m-%d}")
    desk.locator("#id_publish_at_1").fill("07:00:00")
    press(desk, "Save and schedule")
    assert the_article().is_scheduled
    look(desk, "6-list")


def correct(desk: Page, article: Article) -> None:
    desk.goto(f"{LIST}{article.pk}/change/")
    desk.get_by_label("Standfirst:").fill("Why a short walk helps.")
    desk.get_by_label("Note on this save:").fill("a reader asked how long")
    desk.get_by_text("Add another Change").click()
    desk.locator("#id_change_notes-0-text").fill("We say now how long the walk was.")
    look(desk, "8-correct")
    press(desk, "Save and go on writing")


def test_from_the_first_word_to_the_withdrawal(
    staff_page: Page, page: Page, live_server: Any, ada: User, media: None
) -> None:
    make_author("Ilse Brandt")
    make_topic("Moving")
    reviewer()
    desk = staff_page
    log_in(desk)
    upload(desk)
    write(desk)
    press(desk, "Save and go on writing")
    article = the_article()
    assert (article.state, article.revision) == ("draft", 1)
    desk.get_by_text("Pocovi N, Lin C 2024 · A walking intervention").wait_for()
    desk.get_by_text("not cited", exact=True).wait_for()
    look(desk, "2-first-save")
    illustrate(desk)
    see_it_before_readers_do(desk, page)
    have_it_reviewed(desk, article)
    schedule(desk, article)
    assert page.goto(article.get_absolute_url()).status == 404  # type: ignore[union-attr]  # http

    Article.objects.update(due_at=timezone.now())
    call_command("worker", once=True)
    page.goto(article.get_absolute_url())
    page.get_by_role("heading", name="Walking after back pain").wait_for()
    for words in ("Ilse Brandt", "Up and down again.", "Picture: Anna Berg"):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("Medically reviewed by Dr Eva Reader")).to_be_visible()
    page.locator("sup.mark a").click()
    expect(page.locator("#ref-1").get_by_text("A walking intervention")).to_be_visible()
    look(page, "7-published")
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, "7-published-390")

    correct(desk, article)
    page.reload()
    expect(page.get_by_text("Why a short walk helps.")).to_be_visible()
    expect(page.get_by_text("We say now how long the walk was.")).to_be_visible()
    expect(page.get_by_text("edited since")).to_be_visible()
    assert not page.get_by_text("Dr Eva Reader").count()
    look(page, "9-corrected")

    press(desk, "Save and withdraw")
    assert page.goto(article.get_absolute_url()).status == 410  # type: ignore[union-attr]  # http
    verbs = list(article.events.values_list("verb", flat=True))
    assert verbs == ["share", "review", "schedule", "publish", "note", "withdraw"]


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
    expect(page.get_by_text("Why a short walk helps.")).to_be_visible()
    staff_page.get_by_role("link", name="Revisions").click()
    look(staff_page, "6-revisions")
    press(staff_page, "Compare")
    expect(staff_page.locator("ins", has_text="short")).to_be_visible()
    look(staff_page, "7-compare")
    press(staff_page, "Bring revision 1 back")
    assert the_article().standfirst == "Why a walk helps."

    press(staff_page, "Save and withdraw")
    assert page.goto(article.get_absolute_url()).status == 410  # type: ignore[union-attr]  # http


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
    expect(anew.get_by_label("Standfirst:")).to_have_value("Not saved yet.")
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
    expect(staff_page.get_by_label("Standfirst:")).to_have_value("Written without a login.")


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
    expect(staff_page.get_by_text("ben saved this article at")).to_be_visible()
    look(staff_page, "10-conflict")
    expect(staff_page.get_by_label("Standfirst:")).to_have_value("Walk gladly.")
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
