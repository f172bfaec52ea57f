"""Staff write in an editor; where it cannot run, in the HTML itself."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from articles.editor import BodyField
from articles.models import Article, Reference
from tests.conftest import Site
from tests.conftest import opened as window
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db(transaction=True)

EDITOR = ".article-editor [contenteditable=true]"
OLD = '<ul>\n<li><p>One</p></li>\n</ul>\n<p align="left">Two\nlines, a&nbsp;b.</p>'


def enter(page: Page, client: Client, live_server: Site) -> None:
    client.force_login(make_staff())
    kept = client.cookies["sessionid"].value
    host = urlsplit(live_server.url).hostname or ""
    page.context.add_cookies(
        [{"name": "sessionid", "value": kept, "domain": host, "path": "/admin/"}]
    )


def change(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/change/"


def save(page: Page) -> None:
    page.locator("[name=_continue]").click()
    page.wait_for_selector(".messagelist .success")


@pytest.fixture
def desk(staff_page: Page, client: Client, live_server: Site) -> Page:
    enter(staff_page, client, live_server)
    return staff_page


def opened(page: Page, article: Article) -> Page:
    page.goto(change(article))
    page.wait_for_selector(EDITOR)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def body_of(article: Article) -> str:
    article.refresh_from_db()
    return article.body


def test_opening_and_saving_changes_no_text_of_the_demonstration(desk: Page) -> None:
    call_command("load_demo", verbosity=0)
    before = {article.pk: (article.body, article.html) for article in Article.objects.all()}
    assert len(before) > 10
    for article in Article.objects.all():
        save(opened(desk, article))
    after = {article.pk: (article.body, article.html) for article in Article.objects.all()}
    assert after == before


def test_a_text_from_before_the_editor_stays_as_it_was_until_somebody_changes_it(
    desk: Page,
) -> None:
    article = make_article(body=OLD)
    save(opened(desk, article))
    assert body_of(article) == OLD
    page = opened(desk, article)
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Three.")
    save(page)
    assert body_of(article) == "<ul><li>One</li></ul>\n<p>Two lines, a&nbsp;b. Three.</p>"


def test_headings_marks_and_lists_are_written_with_its_buttons(desk: Page) -> None:
    article = make_article(body="")
    page = opened(desk, article)
    page.locator(EDITOR).click()
    page.keyboard.type("Plain ")
    press(page, "bold")
    page.keyboard.type("bold")
    press(page, "bold")
    page.keyboard.press("Enter")
    page.keyboard.type("## A heading")
    page.keyboard.press("Enter")
    page.keyboard.type("- one")
    save(page)
    assert body_of(article) == (
        "<p>Plain <strong>bold</strong></p>\n<h2>A heading</h2>\n<ul><li>one</li></ul>"
    )


def test_a_reference_of_the_article_is_marked_where_it_is_cited(desk: Page) -> None:
    article = make_article(body="<p>It helps.</p>")
    Reference.objects.create(
        article=article, key="hayden2021", position=1, authors="Hayden", title="T", doi="10.1/x"
    )
    page = opened(desk, article)
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    press(page, "Reference mark")
    press(page, "Put it in")
    expect(page.locator(f"{EDITOR} .chip.reference")).to_have_text("1")
    save(page)
    assert body_of(article) == '<p>It helps.<cite data-ref="hayden2021"></cite></p>'
    assert 'href="#ref-1"' in article.html


def test_a_figure_has_a_description_a_caption_and_a_credit(desk: Page) -> None:
    article = make_article(body="<p>See:</p>")
    page = opened(desk, article)
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    press(page, "Picture")
    dialog = page.locator(".prose-editor-dialog")
    dialog.locator("[name=src]").fill("/static/img/mark.svg")
    dialog.locator("[name=alt]").fill("A mark")
    dialog.locator("[name=caption]").fill("Our mark.")
    dialog.locator("[name=credit]").fill("Anna Berg")
    press(page, "Put it in")
    save(page)
    assert body_of(article) == (
        '<p>See:</p>\n<figure><img src="/static/img/mark.svg" alt="A mark">'
        "<figcaption>Our mark. <small>Anna Berg</small></figcaption></figure>"
    )


def test_notes_calls_to_action_and_films_are_put_in(desk: Page) -> None:
    article = make_article(body="<p>Careful.</p>")
    page = opened(desk, article)
    page.locator(EDITOR).click()
    press(page, "Note box")
    save(page)
    assert body_of(article) == '<aside data-note="doctor"><p>Careful.</p></aside>'
    page = opened(desk, make_article(body="<p>One.</p>"))
    film = Article.objects.get(body="<p>One.</p>")
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    press(page, "Film or recording")
    page.locator(".prose-editor-dialog [name=address]").fill("https://youtu.be/abc")
    page.locator(".prose-editor-dialog [name=title]").fill("A walk")
    press(page, "Put it in")
    save(page)
    assert '<figure data-embed="https://youtu.be/abc"><figcaption>A walk' in body_of(film)
    assert 'href="https://youtu.be/abc"' in film.html
    assert "<iframe" not in film.html


def test_the_html_can_be_written_instead(desk: Page) -> None:
    article = make_article(body="<p>One.</p>")
    page = opened(desk, article)
    press(page, "Show it as HTML")
    page.locator("#id_body").fill("<p>One.</p><hr><p>Two <b>bold</b>.</p>")
    press(page, "Show it in the editor")
    expect(page.locator(f"{EDITOR} strong")).to_have_text("bold")
    save(page)
    assert body_of(article) == "<p>One.</p>\n<hr>\n<p>Two <strong>bold</strong>.</p>"


def test_without_javascript_the_text_is_a_plain_field(
    browser: Browser, client: Client, live_server: Site
) -> None:
    article = make_article(body="<p>One.</p>")
    with window(browser, live_server.url, javascript=False, cookies=True) as page:
        enter(page, client, live_server)
        page.goto(change(article))
        page.locator("#id_body").fill("<p>One, two.</p>")
        save(page)
    assert body_of(article) == "<p>One, two.</p>"


def test_the_desk_allows_no_inline_script(client: Client) -> None:
    client.force_login(make_staff())
    policy = client.get("/admin/articles/article/add/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "sent",
    [
        "<p onclick='x()'>Hi<script>alert(1)</script></p>",
        "<p>Hi<iframe src='https://example.org'></iframe></p>",
        "<p style='color:red'>Hi</p>",
        "<div><p>Hi</div>",
        "Hi",
    ],
)
def test_whatever_a_browser_sends_is_sanitised(sent: str) -> None:
    assert BodyField().clean(sent) == "<p>Hi</p>"


def test_a_page_without_its_modules_keeps_the_field(desk: Page) -> None:
    article = make_article(body="<p>One.</p>")
    desk.route("**/admin/editor/schema*.js", lambda route: route.abort())
    desk.goto(change(article))
    desk.wait_for_load_state("networkidle")
    expect(desk.locator("#id_body")).to_be_visible()


def test_what_the_field_names_is_there(client: Client) -> None:
    client.force_login(make_staff())
    page = client.get("/admin/articles/article/add/").content.decode()
    at = page.index('data-editor="') + len('data-editor="')
    files = json.loads(page[at : page.index('"', at)].replace("&quot;", '"'))
    for address in files.values():
        assert client.get(address).status_code == 200
