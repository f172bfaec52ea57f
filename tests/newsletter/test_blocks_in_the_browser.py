"""Putting what the site has into an issue, with the editor's own button."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from newsletter.models import Issue
from tests.factories import make_article

from .issues import make_issue

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_put_in_what_is_new_and_an_article_by_its_address(staff_page: Page) -> None:
    User.objects.create_superuser("ann", "ann@example.org", "pw")
    article = make_article("Walking", standfirst="Twenty minutes a day.")
    issue = make_issue(body="<p>Hello.</p>")
    page = staff_page
    page.goto(f"/admin/newsletter/issue/{issue.pk}/change/")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("pw")
    page.get_by_role("button", name="Log in").click()
    text = page.get_by_role("textbox", name="Text", exact=True)
    text.click()
    text.press("Control+End")
    dialog = page.locator(".prose-editor-dialog")
    for address in ("", article.get_absolute_url()):
        page.get_by_role("button", name="Articles and answers", exact=True).click()
        expect(dialog.locator("[name=which]")).to_contain_text("Article: Walking")
        dialog.locator("[name=address]").fill(address)
        dialog.get_by_role("button", name="Put it in", exact=True).click()
        expect(dialog).to_have_count(0)
    expect(text).to_contain_text("All new articles since the last issue")
    expect(text).to_contain_text("Article: Walking")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Send it")).to_be_visible()

    body = Issue.objects.get().body
    assert '<aside data-block="articles:new"></aside>' in body
    assert f'<aside data-block="articles:{article.slug}"></aside>' in body
    letter = page.frame_locator("iframe[title='The letter, narrow']")
    expect(letter.get_by_text("Twenty minutes a day.", exact=True)).to_be_visible()
