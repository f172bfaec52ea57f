"""Readers look for articles."""

from __future__ import annotations

import json
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test import Client
from django.utils import timezone

from articles.models import Article, Tag, Vocabulary
from articles.search import MOST_CHARACTERS, search
from tests.factories import make_article, make_author, make_topic

pytestmark = pytest.mark.django_db


def page(client: Client, query: str, **more: str) -> str:
    answer = client.get("/search/", {"q": query, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def titles(query: str, number: int = 1) -> list[str]:
    return [hit.article.title for hit in search(query, number).hits]


def test_it_finds_other_forms_of_a_word_anywhere_in_an_article() -> None:
    make_article("A path", body="<p>We walked for hours.</p>")
    make_article("A chair", body="<p>We sat for hours.</p>")
    assert titles("walking") == ["A path"]


def test_the_title_counts_more_than_headings_and_these_more_than_the_text() -> None:
    text = "<p>Other words.</p>"
    make_article("Third", body="<p>Sciatica, among other words.</p>")
    make_article("Second", body=f"<h2>What sciatica is</h2>{text}")
    make_article("Sciatica", body=text)
    assert titles("sciatica") == ["Sciatica", "Second", "Third"]


def test_it_finds_by_topic_author_and_tag() -> None:
    topic, author = make_topic("Pregnancy"), make_author("Dr Ilse Brandt")
    article = make_article("Sleep", topic=topic, authors=[author], published=False)
    article.tags.add(Tag.objects.create(name="Pillows", slug="pillows"))
    article.publish(by=None)
    for name in ("pregnancy", "Brandt", "pillow"):
        assert titles(name) == ["Sleep"]


def test_a_new_name_of_a_topic_is_found_after_the_next_round() -> None:
    topic = make_topic("Pregnancy")
    make_article("Sleep", topic=topic)
    topic.name = "Motherhood"
    topic.save()
    Vocabulary.current().perform()
    assert titles("motherhood") == ["Sleep"]
    assert titles("pregnancy") == []


def test_what_readers_cannot_read_is_not_found() -> None:
    make_article("Sciatica one", published=False)
    make_article("Sciatica two").withdraw(by=None)
    later = make_article("Sciatica three", published=False)
    later.schedule(at=timezone.now() + timedelta(days=1), by=None)
    assert titles("sciatica") == []


def test_pages_are_found_too() -> None:
    make_article("About our clinic", kind=Article.Kind.PAGE)
    assert titles("clinic") == ["About our clinic"]


def test_all_words_must_be_there_quotes_keep_them_together_and_minus_leaves_out() -> None:
    make_article("Back pain")
    make_article("Pain in the lower back")
    make_article("Neck pain")
    assert set(titles("back pain")) == {"Back pain", "Pain in the lower back"}
    assert titles('"back pain"') == ["Back pain"]
    assert titles("pain -back") == ["Neck pain"]
    assert len(titles("neck or lower")) == 2


def test_a_word_to_leave_out_counts_wherever_it_stands() -> None:
    make_article("Back pain", body="<p>It may be sciatica.</p>")
    make_article("Neck pain", body="<p>It may be the pillow.</p>")
    assert titles("pain -sciatica") == ["Neck pain"]


def test_the_last_word_may_be_its_beginning() -> None:
    make_article("Back pain")
    make_article("Running again")
    assert titles("back pa") == ["Back pain"]
    assert titles("runni") == ["Running again"], "though its stem is run"
    assert titles("pa back") == [], "only the last one is still being typed"


def test_a_beginning_is_found_in_an_article_published_a_moment_ago() -> None:
    make_article("Back pain")
    make_article("Paracetamol for the back")
    assert set(titles("back pa")) == {"Back pain", "Paracetamol for the back"}


@pytest.mark.parametrize(
    "typed", ["siatica", "sciatca", "scaitica", "sciatixa", "Sciaticaa", "csiatica", "syatica"]
)
def test_a_mistyped_word_that_finds_nothing_gives_what_was_meant_and_says_so(
    client: Client, typed: str
) -> None:
    make_article("Sciatica")
    shown = unescape(page(client, typed))
    assert f"Nothing has “{typed}” in it. Here is what there is for" in shown
    assert "<strong>sciatica</strong>" in shown
    assert "<mark>Sciatica</mark>" in shown


@pytest.mark.parametrize("typed", ["siatcia", "sciiatcia", "scyattica"])
def test_a_word_with_two_slips_is_corrected_too(typed: str) -> None:
    make_article("Sciatica")
    assert search(typed).instead == "sciatica"


def test_a_slip_in_another_alphabet_is_corrected_too() -> None:
    make_article("Боль в спине")
    assert search("спиен").instead == "спине"


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("de", "ubungen", "übungen"),
        ("de", "armel", "ärmel"),
        ("fr", "epaule", "épaule"),
        ("fr", "etirement", "étirement"),
        ("de-at", "ubungen", "übungen"),
        ("fr-ca", "epaule", "épaule"),
    ],
)
def test_a_letter_of_the_sites_language_may_be_what_is_lacking(
    settings: Any, language: str, typed: str, meant: str
) -> None:
    settings.LANGUAGE_CODE = language
    make_article(meant.capitalize())
    assert search(typed).instead == meant


def test_two_words_run_together_are_taken_apart() -> None:
    make_article("Back pain")
    assert search("backpain").instead == "back pain"


def test_a_mistyped_word_that_finds_a_little_gets_an_offer(client: Client) -> None:
    make_article("A sciatca by mistake")
    for number in range(5):
        make_article(f"Sciatica {number}")
    shown = page(client, "sciatca")
    assert "A <mark>sciatca</mark> by mistake" in shown
    assert 'Did you mean <a href="/search/?q=sciatica">sciatica</a>?' in shown


def test_a_word_that_is_like_no_other_finds_nothing_and_says_so(client: Client) -> None:
    make_article("Sciatica")
    shown = unescape(page(client, "xylophone"))
    assert "Nothing has “xylophone” in it." in shown
    assert "Did you mean" not in shown


def test_words_of_what_was_withdrawn_are_not_offered_after_the_next_round() -> None:
    make_article("Sciatica").withdraw(by=None)
    make_article("Walking")
    Vocabulary.current().perform()
    assert search("siatica").instead == ""


def test_what_was_looked_for_is_marked_and_everything_else_is_escaped(client: Client) -> None:
    make_article(
        "Pain <script>alert(1)</script>",
        body="<p>Before it. The pain &lt;img src=x onerror=alert(1)&gt; \ue000went\ue001 away.</p>",
    )
    shown = page(client, "pain")
    assert "<mark>Pain</mark> &lt;script&gt;" in shown
    assert "The <mark>pain</mark> &lt;img" in shown
    assert "<mark>went" not in shown
    assert "<script>alert" not in shown
    assert "<img" not in shown


def test_an_excerpt_shows_the_place_of_the_words_in_a_long_text() -> None:
    filler = "Something else entirely. " * 400
    make_article("Long", body=f"<p>{filler} The piriformis muscle. {filler}</p>")
    (hit,) = search("piriformis").hits
    assert "The <mark>piriformis</mark> muscle." in hit.excerpt
    assert hit.excerpt.startswith("… ")
    assert hit.excerpt.endswith(" …")
    assert len(hit.excerpt) < 400


def test_without_a_place_in_the_text_the_standfirst_is_shown() -> None:
    make_article("Sciatica", standfirst="What helps.", body="<p>Other words.</p>")
    assert search("sciatica").hits[0].excerpt == "What helps."


def test_results_come_in_pages_and_a_number_beyond_them_is_the_last(client: Client) -> None:
    for number in range(23):
        make_article(f"Sciatica {number:02}")
    assert "23 results" in page(client, "sciatica")
    seen = [title for number in (1, 2, 3) for title in titles("sciatica", number)]
    assert len(set(seen)) == 23
    for wanted in ("4", "999999999999", "-1", "x", "0", "١", ""):
        shown = page(client, "sciatica", page=wanted)
        assert ("Page 3 of 3" if wanted == "4" else "Page 1 of 3") in shown
    assert 'href="?q=sciatica&amp;page=2"' in page(client, "sciatica")


def test_the_box_keeps_what_was_typed(client: Client) -> None:
    shown = page(client, 'back "pa <b>')
    assert 'value="back &quot;pa &lt;b&gt;"' in shown


def test_nothing_typed_is_a_page_with_the_box(client: Client) -> None:
    for query in ("", "   ", "\x00"):
        shown = page(client, query)
        assert 'name="q"' in shown
        assert "Nothing has" not in shown
    assert client.get("/search/").status_code == 200


KNOWN = Path(__file__).parents[3] / "shared" / "data" / "hostile" / "blns.json"
HOSTILE = [
    "\x00pain\x00",
    "the",
    "the of and",
    "-pain",
    '"',
    '"back',
    'back"pain"""',
    ":*&|!",
    "a & b | !c <-> (d",
    "pain:*",
    "pain:ABCD",
    "'; DROP TABLE articles_article; --",
    "%s %(query)s %%",
    "\\",
    "\\'",
    "or or or",
    "or",
    "- - -",
    "ألم الظهر",
    "\u202eniap",
    "🦴 🦴",
    "e\u0301" * 50,
    "\ud800",
    "\ue000pain\ue001",
    "x" * 10_000,
    "x " * 5_000,
    "-x " * 5_000,
    '"a b" ' * 2_000,
    "http://example.org/?q=1&b=2 a@b.example 1.5e10 2026-01-01",
    "ß ﬁ İ ﷽",
    "²³¹ ①",
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: repr(query)[:24])
def test_a_hostile_query_gets_a_page(client: Client, query: str) -> None:
    make_article(
        "Back pain", body="<p>ألم الظهر \ud83e\uddb4</p>".encode("utf-8", "ignore").decode()
    )
    encoded = query.encode("utf-8", "surrogatepass")
    quoted = "".join(f"%{byte:02x}" for byte in encoded)
    for end in ("", "&page=2"):
        answer = client.get(f"/search/?q={quoted}{end}")
        assert answer.status_code == 200
        assert "Search</h1>" in answer.content.decode()


@pytest.mark.skipif(not KNOWN.exists(), reason="No list of such strings at ../shared/data.")
def test_the_strings_known_for_trouble_get_a_page(client: Client) -> None:
    make_article("Back pain")
    for query in json.loads(KNOWN.read_text()):
        answer = client.get("/search/", {"q": query.encode("utf-8", "replace")})
        assert answer.status_code == 200, query


def test_only_words_to_leave_out_are_not_everything(client: Client) -> None:
    make_article("Walking")
    assert "These are only words to leave out." in page(client, "-pain")


def test_only_common_words_say_what_is_missing(client: Client) -> None:
    make_article("The")
    assert "Add one that says what it is about." in page(client, "the of and")


def test_a_very_long_query_is_cut_and_says_so(client: Client) -> None:
    make_article("Walking")
    assert f"Only the first {MOST_CHARACTERS} characters" in page(client, "walking " * 2_000)


def test_a_search_that_takes_too_long_is_stopped_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("articles.search.asked.TEXTS", "SELECT pg_sleep(30), 1, 1, 1")
    monkeypatch.setattr("articles.search.PATIENCE_MILLISECONDS", 50)
    make_article("Walking")
    assert "took too long and was stopped" in page(client, "walking")


def test_more_than_can_be_ranked_says_so_and_the_titles_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("articles.search.asked.RANKED", 3)
    for number in range(6):
        make_article(f"Number {number}", body="<p>Sciatica.</p>")
    make_article("Sciatica")
    found = search("sciatica")
    assert "Many articles have these words." in found.told
    assert found.hits[0].article.title == "Sciatica"


def test_titles_alone_answer_a_word_that_more_of_them_have_than_can_be_ranked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("articles.search.asked.RANKED", 3)
    monkeypatch.setattr("articles.search.asked.TEXTS", "SELECT 1 / 0, 1, 1, 1")
    for number in range(4):
        make_article(f"Sciatica {number}")
    found = search("sciatica")
    assert (found.count, found.complete) == (4, False)


def test_words_that_stand_together_nearly_everywhere_are_looked_for_in_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("articles.search.asked.WORTH_GUESSING", 3)
    monkeypatch.setattr("articles.search.asked.READ_FOR_THE_NEWEST", 3)
    monkeypatch.setattr("articles.search.asked.EVERYWHERE", 0)
    monkeypatch.setattr("articles.search.asked.OFTEN", 2)
    text = "<p>Rest for a night, then walk.</p>"
    for number in range(6):
        make_article(f"Number {number}", body=text)
    make_article("Rest and walk at night", body="<p>Once.</p>")
    newest = make_article("The newest", body=text)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_article")
    found = search("rest night walk")
    assert not found.complete
    assert {newest.title, "Rest and walk at night"} <= {hit.article.title for hit in found.hits}
    assert found.count < 8
    monkeypatch.setattr("articles.search.asked.OFTEN", 100)
    assert search("rest night walk").complete, "the newest had too few: all are looked at"


def test_a_text_longer_than_a_vector_holds_is_saved_and_found() -> None:
    words = " ".join(f"w{number:x}ört" for number in range(150_000))
    make_article("Endless", body=f"<p>{words}</p>")
    assert titles("endless") == ["Endless"]


def test_the_page_is_the_same_for_everyone_and_for_no_search_engine(client: Client) -> None:
    answer = client.get("/search/?q=walking")
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert client.post("/search/", {"q": "walking"}).status_code == 405


def test_every_page_and_the_one_for_lost_readers_has_the_box(client: Client) -> None:
    for address in ("/", "/articles/", "/nothing-here/", "/newsletter/"):
        shown = client.get(address).content.decode()
        assert 'action="/search/"' in shown
        assert 'label for="search-foot"' in shown.replace('class="visually-hidden" ', "")
    assert 'id="search-lost"' in client.get("/nothing-here/").content.decode()


@pytest.mark.parametrize("number", [2, 30])
def test_it_does_not_cost_more_queries_with_more_results(
    client: Client, django_assert_max_num_queries: Any, number: int
) -> None:
    topic, author = make_topic(), make_author()
    for place in range(number):
        make_article(f"Sciatica {place}", topic=topic, authors=[author])
    with django_assert_max_num_queries(16):
        client.get("/search/?q=sciatica")


def test_lists_do_not_carry_the_vectors() -> None:
    make_article()
    article = Article.objects.get()
    assert {"head_vector", "search_vector"} <= article.get_deferred_fields()
    article.title = "Another"
    article.save()
    assert titles("another") == ["Another"]


def test_the_index_is_used_for_rare_words() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for column, index in (("search", "article_search"), ("head", "article_search_head")):
            rows = Article.objects.filter(**{f"{column}_vector": SearchQuery("x")}).only("pk")
            sql, params = rows.query.sql_with_params()
            cursor.execute(f"EXPLAIN {sql}", params)
            assert index in "\n".join(row[0] for row in cursor.fetchall())
