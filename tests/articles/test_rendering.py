"""From what a writer wrote to what readers get."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from articles.rendering import headings_in, render_body
from tests.factories import make_article

MIGRATION: Any = import_module("articles.migrations.0002_notes_and_tables_are_no_landmarks")


def html_of(body: str, keys: list[str] | None = None) -> str:
    return render_body(body, keys or [])[0]


def test_marks_get_the_number_of_their_reference_and_a_link_to_it() -> None:
    html = html_of(
        '<p>So<cite data-ref="b"></cite> it is<cite data-ref="a"></cite>.</p>', ["a", "b"]
    )
    assert '<a href="#ref-2" id="mark-2-1" aria-label="Reference 2">2</a></sup> it is' in html
    assert '<a href="#ref-1" id="mark-1-1" aria-label="Reference 1">1</a></sup>.' in html


def test_a_second_mark_for_the_same_reference_has_an_id_of_its_own() -> None:
    html = html_of('<p><cite data-ref="a"></cite><cite data-ref="a"></cite></p>', ["a"])
    assert 'id="mark-1-1"' in html
    assert 'id="mark-1-2"' in html


def test_a_mark_without_a_reference_leaves_the_text_alone() -> None:
    assert html_of('<p>So<cite data-ref="x"></cite> it is.</p>') == "<p>So it is.</p>"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<p style="position:fixed">x</p>',
        '<iframe src="https://example.org"></iframe>',
        '<svg onload="alert(1)"></svg>',
        '<h2 id="x" onclick="alert(1)">x</h2>',
    ],
)
def test_nothing_that_could_run_restyle_or_frame_comes_through(hostile: str) -> None:
    html = html_of(hostile)
    for bad in ("script", "onerror", "onload", "onclick", "javascript", "style=", "iframe"):
        assert bad not in html


def test_text_outside_of_any_tag_stays_text() -> None:
    assert html_of("1 &lt; 2 &amp; <b>3</b>") == "1 &lt; 2 &amp; <b>3</b>"


def test_headings_get_ids_that_are_each_their_own() -> None:
    html = html_of("<h2>Heat</h2><h2>Heat</h2><h3>Heat</h3>")
    assert headings_in(html) == (("heat", "Heat"), ("heat-2", "Heat"))
    assert '<h3 id="heat-3">' in html


def test_a_table_scrolls_in_a_frame_of_its_own_named_by_its_caption() -> None:
    html = html_of("<table><caption>Pain by week</caption><tr><td>1</td></tr></table>after")
    assert '<section class="table-frame" tabindex="0" aria-label="Pain by week">' in html
    assert html.endswith("</section>after")


def test_pictures_below_load_late() -> None:
    assert 'loading="lazy"' in html_of('<img src="/media/a.png" alt="A chart">')


def test_the_text_for_search_has_no_markup() -> None:
    assert render_body("<h2>Heat</h2><p>It <em>helps</em>.</p>", [])[1] == "Heat It helps."


def test_a_note_is_a_part_of_its_text_and_no_landmark_beside_it() -> None:
    html, _ = render_body('<aside data-note="doctor"><p>Careful.</p></aside>', [])
    assert html == '<aside data-note="doctor" role="note"><p>Careful.</p></aside>'


@pytest.mark.django_db
def test_texts_rendered_before_that_get_the_same() -> None:
    body = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    article = make_article(body=f'<aside data-note="doctor"><p>Careful.</p></aside>{body}')
    now = article.html
    for statement, changes in ((MIGRATION.BACKWARDS, True), (MIGRATION.FORWARDS, False)):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        article.refresh_from_db()
        assert (article.html != now) is changes
