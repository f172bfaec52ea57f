"""From what was typed to HTML that is safe to show."""

from __future__ import annotations

import time

import pytest

from comments.rendering import HTML, LIGHT, PLAIN, render


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
        ('<a href="javascript:x()">a</a>', "<p>a</p>"),
    ],
)
def test_simple_html_keeps_its_blocks_and_loses_what_could_run(typed: str, shown: str) -> None:
    assert render(typed, HTML) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("it is *not* bad", "<p>it is <em>not</em> bad</p>"),
        ("it is _not_ bad", "<p>it is <em>not</em> bad</p>"),
        ("**never** again", "<p><strong>never</strong> again</p>"),
        ("2 * 3 * 4, snake_case_word, 5*", "<p>2 * 3 * 4, snake_case_word, 5*</p>"),
        ("- walk\n- rest", "<ul><li>walk</li><li>rest</li></ul>"),
        ("First\n* walk\n\nthen", "<p>First</p><ul><li>walk</li></ul><p>then</p>"),
        ("3. walk\n4. rest", '<ol start="3"><li>walk</li><li>rest</li></ol>'),
        ("1999. A year", "<p>1999. A year</p>"),
        (
            "> You said\n> rest\nI walk",
            "<blockquote><p>You said<br>rest</p></blockquote><p>I walk</p>",
        ),
        ("a < b & *c*", "<p>a &lt; b &amp; <em>c</em></p>"),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>"),
        (
            "see www.example.org/a_b_c_d, or https://example.org/*x*",
            (
                '<p>see <a href="http://www.example.org/a_b_c_d" rel="nofollow ugc noopener">'
                "www.example.org/a_b_c_d</a>, or "
                '<a href="https://example.org/*x*" rel="nofollow ugc noopener">'
                "https://example.org/*x*</a></p>"
            ),
        ),
        ('*"><script>x()</script>*', '<p><em>"&gt;&lt;script&gt;x()&lt;/script&gt;</em></p>'),
    ],
)
def test_light_text_shows_what_its_signs_mean(typed: str, shown: str) -> None:
    assert render(typed, LIGHT) == shown


@pytest.mark.parametrize("fmt", [PLAIN, HTML, LIGHT])
@pytest.mark.parametrize(
    "typed",
    ["anna.b+x@mail.example.org", "Write to: <anna@example.org>!", "mailto:anna@example.org"],
)
def test_addresses_of_mail_are_not_shown(typed: str, fmt: str) -> None:
    shown = render(typed, fmt)
    assert "@" not in shown
    assert "example.org" not in shown


def test_an_address_of_a_page_may_hold_the_same_sign() -> None:
    assert 'href="https://example.org/@anna.b/1"' in render("https://example.org/@anna.b/1", LIGHT)


def test_what_staff_write_may_name_an_address() -> None:
    assert "office@example.org" in render("Write to office@example.org", LIGHT, addresses=True)


@pytest.mark.parametrize("sign", ["*", "_", "> ", "- ", "**a", "a@", "a.", "<a ", "1. ", "http://"])
def test_no_text_takes_long(sign: str) -> None:
    begin = time.process_time()
    for text in (sign * 5_000, f"{sign}\n" * 3_000, f"x {sign}" * 2_500):
        render(text[:10_000], LIGHT)
    assert time.process_time() - begin < 2
