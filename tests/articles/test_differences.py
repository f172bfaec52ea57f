"""What two texts have not in common, so that a person sees it."""

from __future__ import annotations

import time

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
