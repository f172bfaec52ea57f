"""What WordPress stored becomes clean HTML that reads as it did on the old site; nothing that
could run, load or restyle comes along, and nothing that somebody wrote gets lost."""

from __future__ import annotations

import pytest

from articles.richtext import clean
from backsite.wordpress.markup import Text, convert, plain


def shown(content: str) -> Text:
    return convert(content, base="http://old.example/2012/backs/", clean=clean)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("One.\n\nTwo.\nThree.", "<p>One.</p>\n<p>Two.<br>Three.</p>"),
        ("<h2>Head</h2>\nText", "<h2>Head</h2>\n<p>Text</p>"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<pre>a\n\n  b</pre>", "<pre>a\n\n  b</pre>"),
        (
            "<blockquote>Rest is rust.</blockquote>",
            "<blockquote><p>Rest is rust.</p></blockquote>",
        ),
        ("<h1>Top</h1>", "<h2>Top</h2>"),
        ("<div>Boxed</div>", "<p>Boxed</p>"),
        ("a &lt;b&gt; & c", "<p>a &lt;b&gt; &amp; c</p>"),
        ("one<br /><br />two", "<p>one</p>\n<p>two</p>"),
        ("", ""),
    ],
)
def test_it_makes_the_paragraphs_that_wordpress_made(stored: str, expected: str) -> None:
    assert shown(stored).html == expected


def test_it_says_which_formatting_was_taken_out() -> None:
    text = shown('<p align="right"><font color="red">Red</font> <blink>and</blink></p>')
    assert text.html == "<p>Red and</p>"
    assert dict(text.changes) == {
        "Formatting that articles do not have taken out, words kept\t<font>": 1,
        "Formatting that articles do not have taken out, words kept\t<blink>": 1,
        "Colours, sizes and places of single things taken out\talign": 1,
        "Colours, sizes and places of single things taken out\tcolor": 1,
    }


def test_it_drops_block_marks_and_leaves_lines_inside_blocks_alone() -> None:
    stored = (
        '<!-- wp:paragraph {"a":1} -->\n<p>One\nline</p>\n<!-- /wp:paragraph -->\n\n'
        "Classic\n\ntext\n<!-- wp:latest-posts /-->"
    )
    text = shown(stored)
    assert text.html == "<p>One line</p>\n<p>Classic</p>\n<p>text</p>"
    assert dict(text.changes) == {
        "Blocks that WordPress filled in itself left out\tlatest-posts": 1
    }


@pytest.mark.parametrize(
    "stored",
    [
        '[caption id="a" caption="A spine"]<img src="/s.png" alt="Drawing" />[/caption]',
        '[caption id="a"]<img src="/s.png" alt="Drawing" /> A spine[/caption]',
    ],
)
def test_it_makes_a_figure_of_a_caption(stored: str) -> None:
    html = shown(stored).html
    assert html.startswith("<figure>")
    assert "<figcaption>A spine</figcaption>" in html
    assert "Picture: Drawing" in html


def test_it_keeps_a_picture_of_another_host_as_a_link_and_loads_nothing() -> None:
    text = shown('See <img src="http://far.example/a/spine.jpg" alt="A spine"> here.')
    link = '<a href="http://far.example/a/spine.jpg">Picture: A spine (far.example)</a>'
    assert text.html == f"<p>See {link} here.</p>"
    assert dict(text.changes) == {"Pictures kept as links to their old addresses": 1}


def test_it_keeps_the_link_around_a_picture() -> None:
    html = shown(
        '<a href="http://a.example/"><img src="http://b.example/x.png" alt="X"></a> end'
    ).html
    assert '<a href="http://a.example/">Picture: X</a>' in html
    assert '<a href="http://b.example/x.png">(b.example)</a> end' in html


def test_it_links_what_a_player_showed() -> None:
    text = shown('<iframe src="//video.example/embed/1"></iframe>')
    assert text.html == (
        '<p><a href="http://video.example/embed/1">http://video.example/embed/1</a></p>'
    )


def test_it_makes_relative_links_lead_to_the_old_site() -> None:
    html = shown('<a href="/about">a</a> <a href="#notes">n</a> <a name="notes">x</a>').html
    assert 'href="http://old.example/about"' in html
    assert 'href="#notes"' in html
    assert 'id="notes"' in html


def test_it_takes_shortcodes_out_and_leaves_words_in_brackets() -> None:
    text = shown('So [sic] it was [1]. [gallery ids="1"] [box]kept[/box] [[gallery]]')
    assert " ".join(text.html.split()) == "<p>So [sic] it was [1]. kept [[gallery]]</p>"
    assert dict(text.changes) == {
        "Shortcodes taken out, text inside them kept\t[gallery]": 1,
        "Shortcodes taken out, text inside them kept\t[box]": 1,
    }


def test_it_shows_listings_letter_by_letter() -> None:
    text = shown('[code lang="php"]\n<?php echo "a & b";\n\n&lt;p&gt;\n[/code]')
    assert text.html == '<pre><code>&lt;?php echo "a &amp; b";\n\n&lt;p&gt;</code></pre>'


@pytest.mark.parametrize(
    "stored",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)" style="color:red">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        "<style>p { display: none }</style>",
        '<svg onload="alert(1)"></svg>',
        '<iframe src="javascript:alert(1)"></iframe>',
        '<object data="data:text/html,<script>alert(1)</script>"></object>',
        '[caption caption="<script>alert(1)</script>"]<img src=x onerror=alert(1)>[/caption]',
        "[youtube javascript:alert(1)]",
        '<a href="java&#1;&#11;script:alert(1)">x</a>',
        "<img src=`%00` onerror=alert(1)>",
        "<<script>script>alert(1)</script>",
        '<img src="x" alt="&lt;script&gt;alert(1)&lt;/script&gt;">',
    ],
)
def test_nothing_that_runs_or_restyles_comes_through(stored: str) -> None:
    html = shown(stored).html
    for word in (
        "<script",
        "javascript:",
        "onclick",
        "onload",
        "onerror",
        "style=",
        "<style",
        "<img",
    ):
        assert word not in html.lower()


def test_it_reports_scripts_and_forms() -> None:
    changes = shown("<script>x()</script><form><label>Your name</label></form>").changes
    assert changes["Code that would have run or restyled the page taken out\t<script>"] == 1
    assert changes["Forms taken out, text inside them kept"] == 1


def test_it_gives_up_formatting_rather_than_words() -> None:
    text = shown("<blockquote>" * 400 + "deep words" + "</blockquote>" * 400)
    assert "deep words" in text.html
    assert any("nested too deeply" in change for change in text.changes)


def test_a_short_part_above_more_is_the_standfirst() -> None:
    text = shown("Knees first.\n<!--more-->\nThe long story.")
    assert (text.lead, text.html) == ("Knees first.", "<p>The long story.</p>")


@pytest.mark.parametrize(
    "above", ["One.\n\nTwo.", "long " * 100, '<img src="/a.png">', "<h2>Head</h2>"]
)
def test_a_longer_part_above_more_stays_in_the_body(above: str) -> None:
    text = shown(f"{above}<!--more-->The rest.")
    assert text.lead == ""
    assert "The rest." in text.html
    assert len(text.html) > len("<p>The rest.</p>")


def test_titles_are_plain_text() -> None:
    assert plain("Knees &amp;amp; hips <em>first</em> &#8211;\n now") == "Knees & hips first – now"
