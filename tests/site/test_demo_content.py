"""The demonstration's texts: every claim can be checked, nothing is promised, nobody is
passed off as real, and no link or picture is missing."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from lxml.html import HtmlElement

from articles.rendering import cited_keys, words_in
from articles.richtext import clean
from backsite.demo import content

ARTICLES = {text.slug: text for text in content.articles()}
PAGES = {text.slug: text for text in content.pages()}
SITE = content.site()
TOPICS = {row["slug"] for row in SITE["topics"]}
AUTHORS = {row["slug"] for row in SITE["authors"]}
BOOK = (content.HERE / "book.html").read_text(encoding="utf-8")
BODIES = {slug: text.body for slug, text in (ARTICLES | PAGES).items()} | {"the book": BOOK}

# Every article says when to see a doctor. One that cannot would be named here, with why.
WITHOUT_DOCTOR_NOTE: dict[str, str] = {}

PROMISES = re.compile(
    r"\b(cures?|cured|curing|miracles?|guarantee\w*|pain-free for ever|permanent relief"
    r"|will (?:make|take) (?:your|the) pain (?:go )?away)\b",
    re.IGNORECASE,
)


def tree(html: str) -> HtmlElement:
    return lxml.html.fragment_fromstring(html, create_parent="div")


def shape(html: str) -> list[tuple[str, dict[str, str], str]]:
    """Its elements with attributes and text, to compare two versions of a body."""
    return [
        (str(part.tag), {str(k): str(v) for k, v in part.items()}, (part.text or "").strip())
        for part in tree(html).iter()
    ]


def every_text() -> dict[str, str]:
    """Whatever a reader of the demonstration may read, by where it stands."""
    texts = {name: unescape(tree(body).text_content()) for name, body in BODIES.items()}
    for slug, text in (ARTICLES | PAGES).items():
        points = " ".join(text.facts.get("key_points", []))
        texts[f"head of {slug}"] = f"{text.facts['title']} {text.facts['standfirst']} {points}"
    texts["site.toml"] = str(SITE)
    for comment in content.comments():
        if comment.get("state") != "spam":
            texts[f"comment {comment['id']}"] = comment["text"]
    return texts


def test_there_are_enough_articles_in_four_topics() -> None:
    assert len(ARTICLES) >= 8
    assert len(TOPICS) == 4
    assert {text.facts["topic"] for text in ARTICLES.values()} == TOPICS


@pytest.mark.parametrize("key", content.references())
def test_every_source_can_be_looked_up(key: str) -> None:
    facts = content.references()[key]
    assert {"authors", "title", "source", "kind"} <= facts.keys()
    assert ("doi" in facts) != ("url" in facts)
    if "doi" in facts:
        assert re.fullmatch(r"10\.\d{4,9}/\S+", facts["doi"])
    else:
        assert re.fullmatch(r"https://[^\s/]+/\S+", facts["url"])


def test_every_source_is_cited_somewhere_and_every_mark_has_a_source() -> None:
    cited = {key for body in BODIES.values() for key in cited_keys(body)}
    assert cited == set(content.references())


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_rests_on_several_sources(slug: str) -> None:
    assert len(cited_keys(ARTICLES[slug].body)) >= 4


@pytest.mark.parametrize("name", BODIES)
def test_a_mark_stands_in_the_text_and_is_empty(name: str) -> None:
    for mark in tree(BODIES[name]).iter("cite"):
        assert mark.get("data-ref")
        assert not mark.text_content()
        assert mark.getparent().tag in {"p", "li", "td", "figcaption", "dd"}


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_says_when_to_see_a_doctor(slug: str) -> None:
    notes = tree(ARTICLES[slug].body).xpath('.//aside[@data-note="doctor"]')
    assert bool(notes) != (slug in WITHOUT_DOCTOR_NOTE)
    for note in notes:
        assert note.find("h2") is not None
    together = " ".join(note.text_content() for note in notes)
    assert "999" in together or "A&E" in together


@pytest.mark.parametrize("slug", ARTICLES)
def test_an_article_has_all_its_parts(slug: str) -> None:
    facts, body = ARTICLES[slug].facts, tree(ARTICLES[slug].body)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert 3 <= len(facts["key_points"]) <= 5
    assert 2 <= len(facts["tags"]) <= 4
    assert 1 <= len(facts["authors"]) <= 2
    assert set(facts["authors"]) <= AUTHORS
    assert facts["published_days_ago"] > facts.get("updated_days_ago", 0)
    assert 900 <= words_in(body.text_content()) <= 1500
    assert len(body.xpath('.//aside[@data-cta="book"]')) == 1
    assert body.xpath(".//h2")
    assert body.xpath(".//ul | .//ol")


def test_the_book_is_a_short_book() -> None:
    assert 2500 <= words_in(tree(BOOK).text_content()) <= 3500
    assert len(tree(BOOK).xpath(".//h2")) >= 6


def test_the_book_lists_each_source_once_under_its_number() -> None:
    book = tree(content.book())
    marks = [link.get("href")[1:] for link in book.xpath(".//sup/a")]
    anchors = [link.get("id") for link in book.xpath(".//ol//a[@id]")]
    assert list(dict.fromkeys(marks)) == anchors
    assert len(anchors) == len(set(anchors)) == len(cited_keys(BOOK))


def test_nothing_is_promised() -> None:
    found = {where: PROMISES.findall(text) for where, text in every_text().items()}
    assert {where: words for where, words in found.items() if words} == {}


@pytest.mark.parametrize("author", SITE["authors"], ids=lambda row: row["slug"])
def test_an_author_is_plainly_invented(author: dict[str, Any]) -> None:
    assert "demonstration" in author["credentials"]
    assert "invented for this demonstration" in author["biography"]
    assert (content.PICTURES / author["photo"]).is_file()


def test_the_site_says_that_it_is_a_demonstration() -> None:
    assert "demonstration" in SITE["site"]["notice"]
    assert "invented" in SITE["site"]["notice"]


@pytest.mark.parametrize("name", BODIES)
def test_no_link_is_dead_and_none_leads_away(name: str) -> None:
    for link in tree(BODIES[name]).iter("a"):
        address = urlsplit(link.get("href"))
        assert (address.scheme, address.netloc) == ("", "")
        match = re.fullmatch(r"/articles/([a-z0-9-]+)/", address.path)
        assert match, link.get("href")
        assert match[1] in ARTICLES
        assert match[1] != name, "an article that links to itself"


@pytest.mark.parametrize("name", BODIES)
def test_a_figure_says_what_it_shows_and_where_it_is_from(name: str) -> None:
    for image in tree(BODIES[name]).iter("img"):
        path = content.PICTURES / image.get("src")
        drawing = lxml.html.fromstring(path.read_bytes())
        assert len(image.get("alt")) > 40
        assert (image.get("width"), image.get("height")) == (
            drawing.get("width"),
            drawing.get("height"),
        )
        caption = image.getparent().find("figcaption")
        assert image.getparent().tag == "figure"
        assert len(caption.xpath(".//cite[@data-ref]")) == 1


@pytest.mark.parametrize("path", sorted(content.PICTURES.glob("*.svg")), ids=lambda path: path.name)
def test_a_drawing_is_safe_and_works_on_a_dark_page(path: Any) -> None:
    source = path.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in source
    assert "<title" in source
    assert "<desc" in source
    assert not re.search(r"<(script|foreignObject|image|use)\b|\bon\w+=|href=|@import", source)
    assert re.findall(r"https?://[^\"]+", source) == ["http://www.w3.org/2000/svg"]


def test_every_picture_is_used() -> None:
    used = {image.get("src") for body in BODIES.values() for image in tree(body).iter("img")}
    used |= {text.facts["picture"] for text in ARTICLES.values() if "picture" in text.facts}
    used |= {author["photo"] for author in SITE["authors"]}
    assert used == {path.name for path in content.PICTURES.iterdir() if path.is_file()}
    assert all(text.facts["picture_alt"] for text in ARTICLES.values() if "picture" in text.facts)


@pytest.mark.parametrize("name", BODIES)
def test_nothing_of_a_body_is_lost_in_the_sanitiser(name: str) -> None:
    body = content.book() if name == "the book" else BODIES[name]
    assert shape(clean(body)) == shape(body)


@pytest.mark.parametrize("name", BODIES)
def test_a_table_can_be_read_aloud(name: str) -> None:
    for table in tree(BODIES[name]).iter("table"):
        assert table.find("caption").text_content().strip()
        assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th"))


def test_readers_have_addresses_that_belong_to_nobody() -> None:
    for comment in content.comments():
        assert ("email" in comment) != ("staff" in comment)
        if "email" in comment:
            assert comment["email"].rsplit("@", 1)[1] in {"example.com", "example.org"}
        assert comment.get("staff", "ruth-adeyemi") in AUTHORS
        assert ("under" in comment) != ("article" in comment)
