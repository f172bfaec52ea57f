"""Reading, commenting and subscribing without a mouse, and in the order in which a screen
reader reads a page aloud; and with text of twice the size in a narrow window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from comments.models import Comment
from newsletter.models import Signup
from tests.conftest import Site
from tests.factories import make_article, make_author, make_comment, make_topic

pytestmark = pytest.mark.django_db(transaction=True)

BODY = "".join(f"<h2>Part {one}</h2><p>Walk a little.</p>" for one in ("one", "two", "three"))
# What makes a page wider than its window.
TOO_WIDE = """
document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth)
  .map(one => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 20)}`)
"""
# More presses of the Tab key than any page of these tests has stops.
MOST_STOPS = 80


def go_to(place: Locator) -> None:
    """With the Tab key, as somebody does who cannot use a mouse."""
    for _ in range(MOST_STOPS):
        if place.evaluate("one => one === document.activeElement"):
            return
        place.page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {place}.")


def test_an_article_is_read_and_a_comment_written_by_keyboard(
    live_server: Site, page: Page
) -> None:
    article = make_article(body=BODY)
    asked = make_comment(article, name="Bea")
    page.set_viewport_size(ViewportSize(width=800, height=600))
    page.goto(live_server.url + article.get_absolute_url())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    # The list of contents opens and leads on.
    go_to(page.locator(".contents summary"))
    page.keyboard.press("Enter")
    go_to(page.get_by_role("link", name="Part two"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Part two")).to_be_in_viewport()
    # Answering brings the form and the focus; "Cancel reply" gives it back.
    reply = page.get_by_role("link", name="Reply to Bea")
    go_to(reply)
    page.keyboard.press("Enter")
    text = page.get_by_label("Your comment or question")
    expect(text).to_be_focused()
    page.keyboard.press("Shift+Tab")
    go_to(page.get_by_role("link", name="Cancel reply"))
    page.keyboard.press("Enter")
    expect(reply).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_be_focused()
    # What is missing is said at once, and leads to the field that says it again.
    go_to(page.get_by_role("button", name="Post comment"))
    page.keyboard.press("Enter")
    said = page.get_by_role("alert").filter(has_text="Please look at this again")
    expect(said).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(text).to_be_focused()
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_accessible_description("Write your comment or question here first.")
    page.keyboard.type("It does for me.")
    page.keyboard.press("Tab")
    page.keyboard.type("Anna")
    page.keyboard.press("Tab")
    page.keyboard.type("anna@example.org")
    go_to(page.get_by_role("button", name="Post comment"))
    page.keyboard.press("Enter")
    held = page.get_by_role("status").filter(has_text="awaiting moderation")
    expect(held).to_be_focused()
    comment = Comment.objects.get(name="Anna")
    assert (comment.parent, comment.text) == (asked, "It does for me.")


def test_one_subscribes_by_keyboard(live_server: Site, page: Page) -> None:
    page.goto(f"{live_server.url}/newsletter/")
    address = page.get_by_label("Your e-mail address")
    go_to(address)
    page.keyboard.type("anna")
    page.keyboard.press("Enter")
    said = page.get_by_role("alert").filter(has_text="Please look at this again")
    expect(said).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(address).to_be_focused()
    expect(address).to_have_value("anna")
    expect(address).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("End")
    page.keyboard.type("@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Please check your inbox")).to_be_visible()
    assert Signup.objects.get().email == "anna@example.org"


def in_order(heard: str, *words: str) -> None:
    place = 0
    for word in words:
        found = heard.find(word, place)
        assert found >= 0, f"{word!r} is not heard, or too early, in:\n{heard}"
        place = found


def test_a_page_is_heard_in_a_sensible_order(live_server: Site, page_without_js: Page) -> None:
    """Without JavaScript, so that nothing moves while we listen."""
    ada = make_author("Dr Ada Example", biography="Sees backs every day.")
    article = make_article(
        "Walking", body=BODY, authors=[ada], topic=make_topic(), key_points="Walk a little."
    )
    make_comment(article, name="Bea")
    page_without_js.goto(live_server.url + article.get_absolute_url())
    in_order(
        page_without_js.locator("body").aria_snapshot(),
        'link "Skip to the content"',
        "banner",
        'navigation "Topics and search"',
        "main",
        'heading "Walking" [level=1]',
        'region "In short"',
        'navigation "On this page"',
        'heading "Part one" [level=2]',
        'heading "Part three" [level=2]',
        'region "About Dr Ada Example"',
        'region "Was this helpful?"',
        'textbox "Your e-mail address"',
        'region "1 reply"',
        'article "Comment by Bea"',
        'link "Reply to Bea"',
        'link "Report the comment by Bea"',
        'region "Leave a reply"',
        'textbox "Your comment or question"',
        'button "Post comment"',
        "contentinfo",
        'search "In the page"',
        'navigation "About this site"',
    )


def test_nothing_is_wider_than_a_narrow_window_with_large_text(
    live_server: Site, page: Page
) -> None:
    article = make_article(
        "Incomprehensibilities of the thoracolumbar fascia",
        body=BODY + "<table><tr>" + "<td>Physiotherapeutically</td>" * 9 + "</tr></table>",
    )
    parent = None
    for _ in range(5):
        parent = make_comment(article, name="Wolfeschlegelsteinhausen", parent=parent)
    page.set_viewport_size(ViewportSize(width=320, height=640))
    for path in ("/", article.get_absolute_url(), "/articles/", "/search/?q=fascia", "/nothing/"):
        page.goto(live_server.url + path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(TOO_WIDE) == [], path
