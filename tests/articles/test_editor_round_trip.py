"""A schema editor writes HTML anew. What an article holds must come out of it as it went in:
opening and saving a text that nobody touched changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.templatetags.static import static
from playwright.sync_api import Page

from articles.editor import MODULES, BodyField
from articles.models import Article
from articles.normal import normalise
from backsite.demo import content

pytestmark = pytest.mark.django_db(transaction=True)

EXPORTS = Path(os.environ.get("EXPORTS", Path(__file__).parents[3] / "shared" / "data" / "wxr"))

# Sends each text through the editor's schema.
THROUGH_THE_SCHEMA = """async ([library, schema, texts]) => {
  const lib = await import(library), schemas = await import(schema)
  const built = lib.getSchema(
    schemas.extensions(lib, {reference: (key) => key, call: (key) => key}))
  return texts.map((text) => schemas.write(lib, built, schemas.read(lib, built, text)))
}"""

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
    '<p>1 &lt; 2 &amp; 3 &gt; 2, a&nbsp;b “c” \U0001f600 <a href="/?a=1&amp;b=%22&lt;">x</a></p>',
    "<p>\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c</p>",
]


@pytest.fixture
def desk(staff_page: Page) -> Page:
    """Any page of the desk: its policy decides what may run."""
    staff_page.goto("/admin/login/")
    return staff_page


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


def test_whatever_an_article_may_hold_comes_out_as_it_went_in(desk: Page) -> None:
    texts = [normalise(text).html for text in EVERYTHING]
    assert differences(desk, texts) == []


def test_every_text_of_the_demonstration_comes_out_as_it_went_in(desk: Page) -> None:
    texts = [text.body for text in [*content.articles(), *content.pages()]]
    assert differences(desk, [normalise(text).html for text in texts]) == []


@pytest.mark.skipif(not EXPORTS.exists(), reason="No real exports at ../shared/data/wxr.")
def test_every_imported_text_comes_out_as_it_went_in(desk: Page) -> None:
    for path in sorted(EXPORTS.glob("*.xml")):
        call_command("import_wordpress", str(path), verbosity=0)
    bodies = list(Article.objects.exclude(body="").values_list("body", flat=True))
    assert len(bodies) > 100
    assert differences(desk, bodies) == []
    for body in bodies:
        field = BodyField()
        assert field.clean(body.replace("\n", "\r\n")) == body  # as a browser sends it
        assert field.prepare_value(body) == body
