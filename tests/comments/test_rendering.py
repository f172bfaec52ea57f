"""From what was typed to HTML that is safe to show."""

from __future__ import annotations

import pytest

from comments.rendering import HTML, render


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("one\r\ntwo\n\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("<b>not bold</b>", "<p>&lt;b&gt;not bold&lt;/b&gt;</p>"),
        ("nul\x00l", "<p>null</p>"),
    ],
)
def test_plain_text_is_shown_as_typed(typed: str, shown: str) -> None:
    assert render(typed) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<em>yes</em>\nno", "<p><em>yes</em><br>no</p>"),
        (
            "He said\n\n<blockquote>rest</blockquote>\n\nbut\n\nI walk.",
            "<p>He said</p><blockquote>rest</blockquote><p>but</p><p>I walk.</p>",
        ),
        ("<ul><li>a</li></ul>", "<ul><li>a</li></ul>"),
        ("<p>a</p>", "<p>a</p>"),
        ('<b onclick="x()">a</b><script>x()</script>', "<p><b>a</b></p>"),
        ('<a href="javascript:x()">a</a>', '<p><a rel="nofollow ugc noopener">a</a></p>'),
    ],
)
def test_simple_html_keeps_its_blocks_and_loses_what_could_run(typed: str, shown: str) -> None:
    assert render(typed, HTML) == shown
