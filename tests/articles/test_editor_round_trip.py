"""A schema editor writes HTML anew. What an article holds must come out of it as it went in:
opening and saving a text that nobody touched changes nothing.
"""

from __future__ import annotations

import os
import tracemalloc
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.templatetags.static import static
from django.test import Client
from playwright.sync_api import Page

from articles.editor import MODULES, BodyField
from articles.models import Article
from articles.normal import normalise
from backsite.demo import content
from tests.articles.test_editor import EDITOR, change, enter, opened, save
from tests.conftest import Site
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)

EXPORTS = Path(os.environ.get("EXPORTS", Path(__file__).parents[3] / "shared" / "data" / "wxr"))

# Sends each text through the editor's schema.
THROUGH_THE_SCHEMA = """async ([library, schema, texts]) => {
  const lib = await import(library), schemas = await import(schema)
  const built = lib.getSchema(
    schemas.extensions(lib, {reference: (key) => key, call: (key) => key}))
  return texts.map((text) => schemas.write(lib, built, schemas.read(lib, built, text)))
}"""

# Has each text shown as HTML and then in the editor, as the button under the field does.
THROUGH_THE_FORM = """(texts) => {
  const area = document.querySelector("textarea[data-editor]")
  const button = document.querySelector(".as-html")
  return texts.map((text) => {
    if (area.hidden) button.click()
    area.value = text
    button.click()
    const [shown, kept] = [area.hidden, area.value]
    ours.emit("update", { editor: ours, transaction: ours.state.tr, appendedTransactions: [] })
    return [shown, kept, area.value]
  })
}"""
# Exports that are broken on purpose; the import refuses them whole.
BROKEN = {"malformed.xml"}

EVERYTHING = [
    '<h2 id="x">A <em>b</em></h2><h3>c</h3><h4>d</h4>',
    '<p><a href="/x" title="t" id="i"><strong><em>x</em></strong></a><a id="y"></a> y</p>',
    "<p><s>a</s> <del>b</del> <ins>c</ins> <mark>d</mark> <small>e</small> <sub>f</sub></p>",
    '<p><sup>a</sup><code>b</code><kbd>c</kbd><q>d</q><abbr title="t">e</abbr><cite>f</cite></p>',
    "<p><b>a<i>b</i></b><i>c</i> <strong>d</strong> <strong>e</strong></p>",
    '<p>Claim.<cite data-ref="a"></cite> Next, <em>one<cite data-ref="b"></cite></em>.</p>',
    "<p>a<br>b <br> c</p>",
    "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li><p>d</p><p>e</p></li></ul>",
    '<ol start="3" reversed=""><li>a</li></ol><ul><li><h3>b</h3><p>c</p></li></ul>',
    '<blockquote cite="https://example.org/"><p>a</p><ul><li>b</li></ul></blockquote><hr>',
    "<pre><code>a &lt; b\n  c</code></pre><pre>d <em>e</em>\n\n f</pre>",
    "<dl><dt>a</dt><dd>b</dd><dd><p>c</p><p>d</p></dd></dl>",
    "<details><summary>a</summary><p>b</p><ul><li>c</li></ul></details>",
    '<aside data-cta="book"></aside><aside data-note="doctor"><h2>a</h2><p>b</p></aside>',
    "<aside><p>plain</p></aside>",
    '<p>a</p><aside data-block="articles:new"></aside><aside data-block="articles:a-b"></aside>',
    (
        '<figure><img src="/media/a.png" alt="A" width="5" height="4" data-picture="7">'
        '<figcaption>b <small>c</small><cite data-ref="k"></cite></figcaption></figure>'
    ),
    '<figure><a href="/a.png"><img src="/a.png" alt=""></a></figure>',
    '<figure><img data-picture="7" alt="A"></figure><p>b <img data-picture="8" alt="B"> c</p>',
    '<figure><a href="http://a.example/"><img data-picture="7" alt="A"></a></figure>',
    (
        '<figure><a href="http://a.example/x.png">Picture: x (a.example)</a> '
        '<a href="http://a.example/y.png">Picture: y</a><figcaption>b</figcaption></figure>'
    ),
    '<figure data-embed="https://www.youtube.com/watch?v=abcdefghijk"></figure>',
    "<figure><table><tbody><tr><td>a</td></tr></tbody></table><figcaption>b</figcaption></figure>",
    '<figure data-embed="https://youtu.be/x?a=1&amp;b=2"><figcaption>a</figcaption></figure>',
    (
        '<table><caption>a <em>b</em><cite data-ref="k"></cite></caption><thead><tr>'
        '<th scope="col">c</th><th>d</th></tr></thead><tbody><tr>'
        '<th scope="row">e</th><td>f</td></tr><tr>'
        '<td colspan="2"><p>g</p><p>h</p></td></tr><tr><td rowspan="2"></td><td>i</td></tr>'
        "<tr><td><ul><li>j</li></ul></td></tr></tbody></table>"
    ),
    "<table><tbody><tr><td>a</td></tr></tbody></table>",
    "<table><tbody><tr><td>a</td></tr><tr><td>b</td><td>c</td><td>d</td></tr></tbody></table>",
    '<table><tbody><tr><td rowspan="9">a</td><td colspan="99">b</td></tr></tbody></table>',
    '<table><tr><td>a</td><td rowspan="2">b</td></tr><tr><td colspan="2">c</td></tr></table>',
    (
        '<table><tr><th rowspan="2">a</th><th>b</th></tr><tr><th>c</th></tr>'
        "<tr><td>d</td></tr></table>"
    ),
    '<table><tr><th>a</th></tr><tr><th rowspan="2">b</th></tr><tr><td>c</td></tr></table>',
    '<p>1 &lt; 2 &amp; 3 &gt; 2, a&nbsp;b “c” \U0001f600 <a href="/?a=1&amp;b=%22&lt;">x</a></p>',
    "<p>\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c</p>",
]


@pytest.fixture
def desk(staff_page: Page) -> Page:
    """Any page of the desk: its policy decides what may run."""
    staff_page.goto("/admin/login/")
    return staff_page


@pytest.fixture
def staff_desk(staff_page: Page, client: Client, live_server: Site) -> Page:
    """Keeps hold of the editor that the form of an article starts."""
    staff_page.add_init_script(
        "addEventListener('article-editor:ready', ({ detail }) => { window.ours = detail.editor })"
    )
    enter(staff_page, client, live_server)
    return staff_page


def through_the_form(page: Page, texts: list[str]) -> list[tuple[bool, str, str]]:
    """Of each: (the editor shows it, what the field holds then, what the editor writes when
    somebody changes something elsewhere in it), by the field and the buttons of the open form."""
    found: list[tuple[bool, str, str]] = page.evaluate(THROUGH_THE_FORM, texts)
    return found


def changed_by_the_form(page: Page, texts: list[str]) -> list[tuple[Any, ...]]:
    """Where the editor of a form cannot show a text, or writes it otherwise."""
    page.goto(change(make_article("Where the texts are tried")))
    page.wait_for_selector(EDITOR)
    results = through_the_form(page, texts)
    return [
        (shown, _around(text, kept), _around(text, written))
        for text, (shown, kept, written) in zip(texts, results, strict=True)
        if (shown, kept, written) != (True, text, text)
    ]


def through(page: Page, texts: list[str]) -> list[str]:
    files = [static(MODULES["library"]), static(MODULES["schema"])]
    found: list[str] = page.evaluate(THROUGH_THE_SCHEMA, [*files, texts])
    return found


def differences(page: Page, bodies: list[str]) -> list[tuple[str, str]]:
    pairs = zip(bodies, through(page, bodies), strict=True)
    return [_around(before, after) for before, after in pairs if before != after]


def _around(before: str, after: str) -> tuple[str, str]:
    """Where two texts part."""
    pairs = zip(before, after, strict=False)
    at = next((n for n, (one, other) in enumerate(pairs) if one != other), 0)
    return before[max(0, at - 60) : at + 120], after[max(0, at - 60) : at + 120]


def test_whatever_an_article_may_hold_comes_out_as_it_went_in(staff_desk: Page) -> None:
    texts = [normalise(text).html for text in EVERYTHING]
    assert changed_by_the_form(staff_desk, texts) == []
    assert differences(staff_desk, texts) == []


@pytest.mark.parametrize(
    ("rows", "even"),
    [
        (
            "<tr><th>a</th></tr><tr><td>b</td><td>c</td></tr>",
            (
                "<thead><tr><th>a</th><th></th></tr></thead>"
                "<tbody><tr><td>b</td><td>c</td></tr></tbody>"
            ),
        ),
        (
            '<tr><td rowspan="9">a</td><td>b</td></tr><tr></tr>',
            "<tbody><tr><td>a</td><td>b</td></tr></tbody>",
        ),
        (
            '<tr><td>a</td><td rowspan="2">b</td></tr><tr><td colspan="2">c</td></tr>',
            '<tbody><tr><td>a</td><td rowspan="2">b</td></tr><tr><td>c</td></tr></tbody>',
        ),
        (
            (
                '<tr><td rowspan="3">a</td><td>b</td></tr><tr></tr><tr><td>c</td></tr>'
                "<tr><td>d</td><td>e</td></tr>"
            ),
            (
                '<tbody><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr>'
                "<tr><td>d</td><td>e</td></tr></tbody>"
            ),
        ),
        (
            (
                '<thead><tr><th rowspan="2">a</th><th>b</th></tr></thead>'
                "<tbody><tr><td>c</td><td>d</td></tr></tbody>"
            ),
            (
                "<thead><tr><th>a</th><th>b</th></tr></thead>"
                "<tbody><tr><td>c</td><td>d</td></tr></tbody>"
            ),
        ),
    ],
)
def test_the_rows_of_a_table_are_brought_to_one_width_and_it_is_reported(
    rows: str, even: str
) -> None:
    normal = normalise(f"<table>{rows}</table>")
    assert normal.html == f"<table>{even}</table>"
    assert normal.changes == {"Cells of uneven tables added or cut to size": 1}
    assert not normalise(normal.html).changes


def test_a_table_that_would_become_endless_stays_as_it_is() -> None:
    rows = '<tr><td colspan="1000">a</td></tr>' + "<tr><td>b</td></tr>" * 1_000
    assert len(normalise(f"<table>{rows}</table>").html) < 2 * len(rows)


def test_a_table_that_says_it_is_endless_takes_no_memory_for_it() -> None:
    rows = '<tr><td colspan="50" rowspan="1000">a</td></tr>' * 300
    tracemalloc.start()
    try:
        normalise(f"<table>{rows}</table>")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000_000


def test_headings_that_reach_over_other_cells_stand_beside_them() -> None:
    """HTML ends a cell with the head or body that it stands in."""
    rows = '<tr><th>a</th></tr><tr><th rowspan="2">b</th></tr><tr><td>c</td></tr>'
    assert normalise(f"<table>{rows}</table>").html == (
        "<table><thead><tr><th>a</th><th></th></tr></thead>"
        '<tbody><tr><th rowspan="2">b</th><th></th></tr><tr><td>c</td></tr></tbody></table>'
    )


def test_every_text_of_the_demonstration_comes_out_as_it_went_in(desk: Page) -> None:
    texts = [text.body for text in [*content.articles(), *content.pages()]]
    assert differences(desk, [normalise(text).html for text in texts]) == []


def whole(article: Article) -> tuple[Any, ...]:
    """All that readers get of it, and all that its next revision would hold."""
    fresh = Article.objects.get(pk=article.pk)
    dates = (fresh.published_at, fresh.updated_at, fresh.due_at)
    return fresh.words(), fresh.html, fresh.search_text, fresh.state, dates


def imported() -> dict[str, list[Article]]:
    """The articles and pages of each export that can be read, by the export's name."""
    found: dict[str, list[Article]] = {}
    last = 0
    for path in sorted(EXPORTS.rglob("*.xml")):
        try:
            call_command("import_wordpress", str(path), verbosity=0, stdout=StringIO())
        except CommandError:
            assert path.name in BROKEN
            continue
        found[path.name] = list(Article.objects.filter(pk__gt=last).order_by("pk"))
        last = max([last, *(article.pk for article in found[path.name])])
    return found


@pytest.mark.skipif(not EXPORTS.exists(), reason="No real exports at ../shared/data/wxr.")
def test_opening_and_saving_an_imported_article_changes_nothing(staff_desk: Page) -> None:
    """Each text of each export goes through the editor of an open form, and through what the
    server does with what is sent; the longest of each export is opened and saved for real."""
    exports = imported()
    articles = [article for found in exports.values() for article in found]
    bodies = list({article.body: None for article in articles if article.body})
    assert len(bodies) > 500
    assert changed_by_the_form(staff_desk, bodies) == []
    for body in bodies:
        field = BodyField()
        assert field.clean(body.replace("\n", "\r\n")) == body  # as a browser sends it
        assert field.prepare_value(body) == body
    longest = [max(found, key=lambda one: len(one.body)) for found in exports.values() if found]
    assert len(longest) > 10
    before = [whole(article) for article in longest]
    for article in longest:
        save(opened(staff_desk, article))
    assert [whole(article) for article in longest] == before
