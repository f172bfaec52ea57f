"""A reader writes, with JavaScript and without, and whatever goes wrong keeps the words."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from articles.models import Article
from comments.models import Comment, Discussion
from newsletter.models import Signup
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Since May my leg tingles."
HELD = "Your comment is awaiting moderation"


@pytest.fixture
def article() -> Article:
    return make_article("Walking")


def fill_in(page: Page, text: str = TEXT) -> None:
    page.get_by_label("Your comment or question").fill(text)
    page.get_by_label("Name", exact=True).fill("Anna")
    page.get_by_label("E-mail", exact=True).fill("anna@example.org")


def post(page: Page) -> None:
    page.get_by_role("button", name="Post comment").click()


def expect_in_the_form(page: Page, words: str) -> None:
    expect(page.get_by_label("Your comment or question")).to_have_value(words)


def test_it_appears_in_place_and_is_said_aloud(page: Page, article: Article) -> None:
    make_comment(article, name="Ben")
    page.goto(article.get_absolute_url())
    page.evaluate("window.sameDocument = true")
    fill_in(page)
    post(page)
    note = page.locator(".held-note")
    expect(note).to_contain_text(HELD)
    expect(note).to_be_focused()
    expect(note).to_have_attribute("role", "status")
    expect(page.locator("#threads > li").last).to_contain_text(TEXT)
    assert page.evaluate("window.sameDocument")
    expect_in_the_form(page, "")
    assert Comment.objects.held().get().text == TEXT


def test_the_first_one_of_all_appears_in_place_too(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    post(page)
    expect(page.locator("#threads .held-note")).to_be_focused()
    expect(page.get_by_text("Nobody has written here yet")).to_have_count(0)


def test_a_reply_appears_under_what_it_answers(page: Page, article: Article) -> None:
    first = make_comment(article, name="Ben")
    make_comment(article, name="Cleo")
    page.goto(article.get_absolute_url())
    page.get_by_role("link", name="Reply to Ben").click()
    fill_in(page)
    post(page)
    expect(page.locator(".held-note")).to_be_focused()
    expect(page.locator(f"li:has(> #{first.anchor}) > ol.thread")).to_contain_text(TEXT)
    expect(page.get_by_role("heading", name="Leave a reply", exact=True)).to_be_visible()
    assert Comment.objects.held().get().parent == first


def test_mistakes_are_told_in_place_with_the_words(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    page.get_by_label("E-mail", exact=True).fill("anna@")
    page.get_by_label("Tell me when somebody").check()
    post(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("not an e-mail address")
    expect_in_the_form(page, TEXT)
    expect(page.get_by_label("Tell me when somebody")).to_be_checked()
    page.get_by_label("E-mail", exact=True).fill("anna@example.org")
    post(page)
    expect(page.locator(".held-note")).to_be_focused()
    assert Comment.objects.get().following.reader.email == "anna@example.org"


@pytest.mark.parametrize("trouble", ["no connection", "a fault of ours", "the database"])
def test_a_site_that_cannot_take_it_loses_no_words(
    page: Page, article: Article, trouble: str
) -> None:
    def answer(route: Route) -> None:
        if trouble == "no connection":
            route.abort()
        elif trouble == "a fault of ours":
            route.fulfill(status=500, body="<h1>Sorry</h1>")
        else:
            route.fulfill(status=503, body="<p data-problem>Our database is away.</p>")

    page.goto(article.get_absolute_url())
    page.route("**/comments/on/**", answer)
    fill_in(page)
    post(page)
    expect(page.get_by_role("alert")).to_contain_text("Your words are still here")
    expect_in_the_form(page, TEXT)
    page.unroute("**/comments/on/**")
    post(page)
    expect(page.locator(".held-note")).to_be_focused()
    assert Comment.objects.get().text == TEXT


def test_a_closed_tab_loses_nothing(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    expect(page.get_by_text("What you type is kept in this browser")).to_be_visible()
    page.close()
    again = reopened(page.context, article)
    expect(again.get_by_text("Your words from before are back")).to_be_visible()
    expect_in_the_form(again, TEXT)
    expect(again.get_by_label("Name", exact=True)).to_have_value("Anna")
    post(again)
    expect(again.locator(".held-note")).to_be_focused()
    expect_in_the_form(reopened(page.context, article), "")


def reopened(context: BrowserContext, article: Article) -> Page:
    page = context.new_page()
    page.goto(article.get_absolute_url())
    return page


def test_the_words_of_a_reply_come_back_with_that_reply(page: Page, article: Article) -> None:
    make_comment(article, name="Ben")
    page.goto(article.get_absolute_url())
    page.get_by_role("link", name="Reply to Ben").click()
    fill_in(page)
    expect(page.get_by_text("What you type is kept in this browser")).to_be_visible()
    page.close()
    again = reopened(page.context, article)
    expect_in_the_form(again, "")
    again.get_by_role("link", name="Reply to Ben (you began one)").click()
    expect_in_the_form(again, TEXT)


def test_words_carried_to_a_reply_that_was_begun_do_not_replace_it(
    page: Page, article: Article
) -> None:
    make_comment(article, name="Ben")
    page.goto(article.get_absolute_url())
    page.get_by_role("link", name="Reply to Ben").click()
    fill_in(page)
    expect(page.get_by_text("What you type is kept in this browser")).to_be_visible()
    page.close()
    again = reopened(page.context, article)
    fill_in(again, "And my foot.")
    again.get_by_role("link", name="Reply to Ben (you began one)").click()
    expect_in_the_form(again, f"{TEXT}\n\nAnd my foot.")
    expect(again.get_by_text("those words are back")).to_be_visible()
    again.close()
    third = reopened(page.context, article)
    third.get_by_role("link", name="Reply to Ben (you began one)").click()
    expect_in_the_form(third, f"{TEXT}\n\nAnd my foot.")


def test_a_reader_may_say_that_nothing_is_kept(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    page.get_by_role("button", name="Do not keep it").click()
    page.get_by_label("Website").fill("example.org")
    page.close()
    again = reopened(page.context, article)
    expect_in_the_form(again, "")
    assert again.evaluate("localStorage.length") == 0


def test_words_that_came_back_can_be_thrown_away(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    expect(page.get_by_text("What you type is kept in this browser")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Throw them away").click()
    expect_in_the_form(page, "")
    page.reload()
    expect_in_the_form(page, "")


def test_two_windows_with_the_same_form_do_not_write_over_each_other(
    page: Page, article: Article
) -> None:
    one, other = page, page.context.new_page()
    for window in (one, other):
        window.goto(article.get_absolute_url())
    for window, words in ((one, "In one window."), (other, "In the other."), (one, "Still one.")):
        fill_in(window, words)
        window.wait_for_function(
            "words => Object.values(localStorage).some(kept => kept.includes(words))", arg=words
        )
    one.close()
    other.close()
    again = reopened(page.context, article)
    expect_in_the_form(again, "Still one.")
    again.get_by_role("button", name="Throw them away").click()
    expect_in_the_form(again, "In the other.")
    post(again)
    expect(again.locator(".held-note")).to_be_focused()
    assert again.evaluate("localStorage.length") == 0
    assert Comment.objects.get().text == "In the other."


def test_comments_that_closed_meanwhile(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    Article.objects.filter(pk=article.pk).update(comments_open=False)
    fill_in(page)
    post(page)
    expect(page.locator(".held-note")).to_contain_text("closed while you were writing")
    comment = Comment.objects.held().get()
    assert comment.votes.filter(unknown=True).exists(), "no machine publishes it"


def test_the_counter_counts_and_cuts_nothing_off(page: Page, article: Article) -> None:
    page.goto(article.get_absolute_url())
    page.get_by_label("Your comment or question").fill("x" * 10_001)
    expect(page.locator("#text-count")).to_have_text(
        "10,001 characters: 1 too many. Nothing is cut off."
    )
    page.get_by_label("Your comment or question").fill("äöü 😀")
    expect(page.locator("#text-count")).to_have_text("5 of 10,000 characters")


def test_more_comments_come_in_place(page: Page, article: Article) -> None:
    Discussion(threads_a_page=5).save()
    for number in range(1, 13):
        make_comment(article, name=f"Writer {number}")
    page.goto(article.get_absolute_url())
    for shown in (10, 12):
        page.get_by_role("link", name="More comments").click()
        expect(page.locator("#threads > li")).to_have_count(shown)
    expect(page.get_by_label("Comment by Writer 11")).to_be_focused()
    expect(page.get_by_role("link", name="More comments")).to_have_count(0)
    page.get_by_role("link", name="Reply to Writer 12").click()
    expect(page.get_by_role("heading", name="Leave a reply to Writer 12")).to_be_visible()


def test_an_old_link_to_a_comment_finds_its_page(page: Page, article: Article) -> None:
    Discussion(threads_a_page=5).save()
    comments = [make_comment(article) for _ in range(7)]
    page.goto(f"{article.get_absolute_url()}#{comments[6].anchor}")
    page.wait_for_url(f"**/comments/2/#{comments[6].anchor}")
    expect(page.locator(f"#{comments[6].anchor}")).to_be_in_viewport()


def test_the_newsletter_is_asked_for_with_the_words_that_were_shown(
    page: Page, article: Article
) -> None:
    page.goto(article.get_absolute_url())
    fill_in(page)
    page.get_by_label("Also send me the newsletter").check()
    post(page)
    expect(page.locator(".held-note")).to_be_focused()
    signup = Signup.objects.get()
    assert (signup.email, signup.form) == ("anna@example.org", "comment")
    assert signup.source_page == article.get_absolute_url()
    assert signup.wording.startswith("Also send me the newsletter\n")
    assert "ask you to confirm" in signup.wording


# Without JavaScript


def test_without_javascript_a_comment_is_written_changed_and_deleted(
    page_without_js: Page, article: Article
) -> None:
    page = page_without_js
    page.goto(article.get_absolute_url())
    fill_in(page)
    page.get_by_label("Tell me when somebody").check()
    page.get_by_label("Also send me the newsletter").check()
    post(page)
    expect(page.locator(".comment.held")).to_contain_text(TEXT)
    assert (Comment.objects.get().following.reader.email, Signup.objects.get().email) == (
        "anna@example.org",
        "anna@example.org",
    )
    page.get_by_role("link", name="Change or delete it").click()
    page.get_by_label("Your comment").fill("Since *June* my leg tingles.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.locator(".comment.held em")).to_have_text("June")
    page.get_by_role("link", name="Change or delete it").click()
    page.get_by_role("button", name="Delete my comment").click()
    expect(page.get_by_role("heading", name="Your comment is deleted")).to_be_visible()
    assert Comment.objects.get().withdrawn_at


def test_without_javascript_mistakes_come_back_with_the_words(
    page_without_js: Page, article: Article
) -> None:
    page = page_without_js
    page.goto(article.get_absolute_url())
    fill_in(page)
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Tell me when somebody").check()
    post(page)
    expect(page.get_by_role("alert")).to_contain_text("Tell us a name")
    expect_in_the_form(page, TEXT)
    expect(page.get_by_label("Tell me when somebody")).to_be_checked()


def test_without_javascript_a_long_discussion_is_read_and_answered(
    page_without_js: Page, article: Article
) -> None:
    page = page_without_js
    Discussion(threads_a_page=5).save()
    comments = [make_comment(article, name=f"Writer {number}") for number in range(1, 8)]
    page.goto(comments[6].get_absolute_url())
    expect(page.locator(f"#{comments[6].anchor}")).to_be_in_viewport()
    page.get_by_role("link", name="The page before").click()
    page.get_by_role("link", name="More comments").click()
    page.get_by_role("link", name="Reply to Writer 6").click()
    fill_in(page)
    post(page)
    expect(page.locator(".comment.held")).to_contain_text(TEXT)
    assert Comment.objects.held().get().parent == comments[5]
    page.goto(f"{article.get_absolute_url()}#{comments[6].anchor}")
    page.locator(".find-comment summary").click()
    page.get_by_label("The number at the end of its address").fill(str(comments[6].pk))
    page.get_by_role("button", name="Show that comment").click()
    expect(page.locator(f"#{comments[6].anchor}")).to_be_in_viewport()
    page.goto(article.get_absolute_url())
    page.get_by_role("link", name="Show the newest first").click()
    expect(page.locator("#threads > li").first).to_contain_text("Writer 7")


def test_without_javascript_the_writer_asks_for_the_link(
    page_without_js: Page, article: Article, live_server: Any
) -> None:
    page = page_without_js
    comment = make_comment(article, name="Anna")
    page.goto(article.get_absolute_url())
    page.get_by_role("link", name="Yours? Change or delete the comment by Anna").click()
    page.get_by_label("The e-mail address").fill(comment.email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert comment.link_requests.get().email in (comment.email, "")
