"""What two texts have not in common, so that a person sees it."""

from __future__ import annotations

import time
from typing import Any

from articles.differences import compare, paragraphs, side_by_side


def kinds(before: str, after: str) -> list[str]:
    return [row.kind for row in side_by_side(before, after)]


def test_only_the_words_that_changed_are_marked() -> None:
    (row,) = side_by_side("<p>It helps many people.</p>", "<p>It helps some people.</p>")
    assert row.before == "&lt;p&gt;It helps <del>many</del> people.&lt;/p&gt;"
    assert row.after == "&lt;p&gt;It helps <ins>some</ins> people.&lt;/p&gt;"


def test_html_is_shown_and_never_done() -> None:
    (row,) = side_by_side("", "<script>alert(1)</script>")
    assert "<script" not in row.after


def test_a_new_paragraph_stands_on_its_side_alone() -> None:
    before = "<p>One thing.</p><p>Another thing.</p>"
    after = "<p>One thing.</p><p>Between them, quite new words!</p><p>Another thing.</p>"
    assert kinds(before, after) == ["same", "in", "same"]
    assert kinds(after, before) == ["same", "out", "same"]


def test_a_changed_paragraph_is_found_beside_a_new_one() -> None:
    before = "<p>Walking is good for the back.</p>"
    after = "<p>Zzz yyy, xxx!</p><p>Walking is very good for the back.</p>"
    assert kinds(before, after) == ["in", "changed"]


def test_what_did_not_change_is_left_out_but_for_its_edges() -> None:
    many = [f"<p>Paragraph {number}.</p>" for number in range(20)]
    changed = [*many[:10], "<p>Something else entirely, friends</p>", *many[10:]]
    rows = side_by_side("".join(many), "".join(changed))
    assert [(row.kind, row.skipped) for row in rows] == [
        ("skipped", 9),
        ("same", 0),
        ("in", 0),
        ("same", 0),
        ("skipped", 9),
    ]


def test_a_list_is_compared_item_by_item() -> None:
    assert paragraphs("<ul><li>a</li><li>b</li></ul>") == ["<ul><li>a</li>", "<li>b</li>", "</ul>"]


def test_parts_that_are_the_same_are_not_shown() -> None:
    old = {"title": "A", "tags": [{"id": 1, "name": "x"}], "topic": None}
    new = {"title": "A", "tags": [], "topic": {"id": 1, "name": "Moving"}}
    assert [part.name for part in compare(old, new)] == ["tags", "topic"]


def test_two_long_texts_without_a_common_word_are_compared_in_seconds() -> None:
    old = "".join(f"<p>{' '.join(f'a{i}x{j}' for j in range(60))}</p>" for i in range(300))
    new = "".join(f"<p>{' '.join(f'b{i}y{j}' for j in range(60))}</p>" for i in range(300))
    began = time.monotonic()
    side_by_side(old, new)
    assert time.monotonic() - began < 10


def words(body: str, **others: Any) -> dict[str, Any]:
    return {"body": body, "references": [], **others}


def seen(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(part, what, before, after) of each row that changed."""
    return [
        (part.name, row.what, row.before, row.after)
        for part in compare(before, after)
        for row in part.rows
        if row.kind not in ("same", "skipped")
    ]


def test_a_text_is_compared_as_it_is_read_without_its_html() -> None:
    old = words("<h2>Rest</h2><ul><li>Lie <em>down</em> often</li></ul><p>Same.</p>")
    new = words("<h2>Rest</h2><ul><li>Lie <em>down</em> rarely</li></ul><p>Same.</p>")
    assert seen(old, new) == [
        ("text", "List", "Lie down <del>often</del>", "Lie down <ins>rarely</ins>")
    ]


def test_pictures_references_links_and_tables_are_told_in_words() -> None:
    source = {"key": "p24", "authors": "Pocovi", "year": 2024, "title": "WalkBack", "doi": "10.1/x"}
    body = (
        '<figure><img data-picture="5" alt="A spine"><figcaption>Drawn</figcaption></figure>'
        '<p>Walk.<cite data-ref="p24"></cite> See <a href="/about/">who we are</a>.</p>'
        "<table><tbody><tr><th>Age</th><td>40</td></tr></tbody></table>"
        '<figure data-embed="https://youtu.be/x"><figcaption>Moves</figcaption></figure>'
        '<aside data-cta="book"></aside>'
    )
    rows = seen(words(""), {**words(body), "references": [source]})
    assert [(what, after) for _, what, _, after in rows] == [
        ("", "<ins>[Picture 5: A spine]</ins>"),
        ("Caption", "<ins>Drawn</ins>"),
        ("", "<ins>Walk. [Pocovi 2024] See who we are ‹/about/›.</ins>"),
        ("Table row", "<ins>Age | 40</ins>"),
        ("Video youtube", "<ins>Moves ‹https://youtu.be/x›</ins>"),
        ("Call to action", "<ins>book</ins>"),
        ("", "<ins>Pocovi · (2024) · WalkBack · doi:10.1/x · [p24]</ins>"),
    ]


def test_a_paragraph_that_became_a_heading_says_so() -> None:
    rows = seen(words("<p>Rest is good</p>"), words("<h2>Rest is good</h2>"))
    assert [row[1] for row in rows] == ["Paragraph → Heading"]


def test_a_change_of_looks_alone_is_said_and_shown_in_the_source() -> None:
    old, new = words("<p>Rest.</p>"), words("<p><strong>Rest.</strong></p>")
    (part,) = compare(old, new)
    assert (part.rows, "Only how they look changed" in part.note) == ([], True)
    (part,) = compare(old, new, source=True)
    assert "&lt;strong&gt;" in part.rows[0].after


def test_fields_and_switches_are_called_as_in_the_form() -> None:
    old = words("", noindex=False, picture=None, seo_title="")
    new = words("", noindex=True, picture={"id": 3, "name": "A hill"}, seo_title="Walk")
    assert [(row[0], row[2], row[3]) for row in seen(old, new)] == [
        ("kept out of search engines", "<del>no</del>", "<ins>yes</ins>"),
        ("lead picture", "", "<ins>A hill</ins>"),
        ("title for search engines", "", "<ins>Walk</ins>"),
    ]


def test_what_an_older_revision_did_not_keep_is_not_told_as_a_change() -> None:
    assert compare(words(""), words("", noindex=False, picture=None)) == []


def test_hostile_words_are_shown_and_never_done() -> None:
    rows = seen(words("<p>a</p>"), words('<p>&lt;script&gt;<a href="x&quot;&gt;">b</a></p>'))
    assert "<script" not in "".join(after for *_, after in rows)
