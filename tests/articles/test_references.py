"""Sources at the end of an article, and the field that takes them in."""

from __future__ import annotations

from html import unescape
from typing import Any

import lxml.html
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from articles.models import Article, Reference
from tests.conftest import opened
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db

BIBTEX = r"""@article{x, author={M{\"u}ller, Ann}, title={On rest}, year=2018,
journal={Pain}, doi={10.1000/rest}}"""


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def empty(prefix: str) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}


def paste(client: Client, article: Article, text: str, **fields: Any) -> str:
    """Saves the article's form with that in the field for pasting; the page that follows."""
    rows = list(article.references.all())
    sent = {
        "title": article.title,
        "slug": article.slug,
        "kind": article.kind,
        "body": article.body,
        "comments_open": "on",
        **empty("bylines"),
        **empty("change_notes"),
        **empty("discussion"),
        "references-TOTAL_FORMS": str(len(rows)),
        "references-INITIAL_FORMS": str(len(rows)),
        "references-paste": text,
        "_continue": "1",
    }
    columns = "id key position authors year kind title source doi pmid url".split()
    for number, row in enumerate(rows):
        for name in columns:
            value = getattr(row, name)
            sent[f"references-{number}-{name}"] = "" if value is None else str(value)
    address = f"/admin/articles/article/{article.pk}/change/"
    return unescape(client.post(address, sent | fields, follow=True).content.decode())


def cite(*keys: str) -> str:
    return "".join(f'<p>Claim.<cite data-ref="{key}"></cite></p>' for key in keys)


def make_reference(article: Article, key: str, **fields: Any) -> Reference:
    given = {"authors": "A. Author", "year": 2020, "title": f"On {key}", "doi": f"10.1000/{key}"}
    reference = Reference.objects.create(article=article, key=key, **{**given, **fields})
    article.render()
    article.save()
    return reference


def test_each_place_that_cites_a_source_is_linked_back_to(client: Client) -> None:
    article = make_article(body=cite("a", "b", "a", "a"))
    make_reference(article, "a", position=1)
    make_reference(article, "b", position=2)
    make_reference(article, "idle", position=3)
    page = client.get(article.get_absolute_url()).content.decode()
    for mark in ("mark-1-1", "mark-1-2", "mark-1-3", "mark-2-1"):
        assert page.count(f'id="{mark}"') == 1
        assert page.count(f'href="#{mark}"') == 1
    assert 'aria-label="Back to place 3 of 3 where reference 1 is cited"' in page
    assert "mark-3-" not in page


def test_a_source_leads_to_its_doi_and_to_pubmed(client: Client) -> None:
    article = make_article()
    make_reference(article, "a", pmid="31278997")
    make_reference(article, "b", doi="", pmid="123")
    page = client.get(article.get_absolute_url()).content.decode()
    assert 'href="https://doi.org/10.1000/a"' in page
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/31278997/"' in page
    assert '<a href="https://pubmed.ncbi.nlm.nih.gov/123/" rel="noopener">PubMed 123</a>' in page


def test_a_source_of_which_only_the_id_is_known_reads_well(client: Client) -> None:
    article = make_article()
    make_reference(article, "a", authors="", year=None, title="")
    page = client.get(article.get_absolute_url()).content.decode()
    assert (
        '<li id="ref-1"><a href="https://doi.org/10.1000/a" rel="noopener">doi:10.1000/a</a>'
        in page
    )


def test_a_source_that_nobody_can_check_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="reference_can_be_checked"):
        Reference.objects.create(article=make_article(), key="x", title="X")


def test_a_pasted_entry_becomes_a_reference(client: Client, staff: User) -> None:
    article = make_article(body=cite("muller2018"))
    page = paste(client, article, BIBTEX)
    row = article.references.get()
    assert (row.key, row.authors, row.year, row.title) == (
        "muller2018",
        "Müller A",
        2018,
        "On rest",
    )
    assert (row.source, row.kind, row.doi) == ("Pain", "journal article", "10.1000/rest")
    assert row.position == 1
    assert "Entry 1 (x) is now muller2018." in page
    article.refresh_from_db()
    assert 'href="#ref-1"' in article.html


def test_an_id_alone_becomes_a_reference_that_says_what_is_missing(
    client: Client, staff: User
) -> None:
    article = make_article()
    page = paste(client, article, "PMID: 31278997\nhttps://doi.org/10.1136/BMJ.l689")
    assert {(row.pmid, row.doi) for row in article.references.all()} == {
        ("31278997", ""),
        ("", "10.1136/BMJ.l689"),
    }
    assert "please fill in the authors, the title and the year" in page
    assert paste(client, article, "").count("was changed successfully") == 1


def test_a_later_paste_completes_it_and_overwrites_nothing(client: Client, staff: User) -> None:
    article = make_article()
    row = make_reference(article, "a", doi="10.1000/REST", authors="", year=None, title="My title")
    page = paste(client, article, BIBTEX)
    row.refresh_from_db()
    assert (row.key, row.authors, row.year, row.title) == ("a", "Müller A", 2018, "My title")
    assert "completed a." in page
    assert "is already in the list, as a." in paste(client, article, BIBTEX)
    assert article.references.count() == 1


@pytest.mark.parametrize(
    ("known", "pasted"),
    [
        ({"doi": "", "pmid": "123"}, "PMID 123"),
        ({"doi": "", "url": "https://www.example.org/a/"}, "http://example.org/a"),
    ],
)
def test_what_is_known_by_its_id_or_address_is_not_taken_twice(
    client: Client, staff: User, known: dict[str, str], pasted: str
) -> None:
    article = make_article()
    make_reference(article, "a", **known)
    assert "is already in the list, as a." in paste(client, article, pasted)
    assert article.references.count() == 1


def test_a_mistake_in_one_entry_keeps_the_whole_text_and_takes_nothing(
    client: Client, staff: User
) -> None:
    article = make_article()
    text = BIBTEX + "\n@book{lost, title={Nowhere <to> be found}}"
    page = paste(client, article, text)
    assert "Entry 2 (lost) has no DOI, no PubMed id and no address" in page
    assert text in page.replace("\r\n", "\n")
    assert not article.references.exists()


@pytest.mark.parametrize(
    ("column", "typed", "complaint"),
    [("doi", "my doi", "This is no DOI"), ("pmid", "PMC12", "This is no PubMed id")],
)
def test_an_id_that_is_none_is_named(
    client: Client, staff: User, column: str, typed: str, complaint: str
) -> None:
    article = make_article()
    make_reference(article, "a")
    assert complaint in paste(client, article, "", **{f"references-0-{column}": typed})


def rows_of(client: Client, article: Article) -> list[str]:
    """The one line of each reference in the form, and whether it stands open."""
    address = f"/admin/articles/article/{article.pk}/change/"
    page: Any = lxml.html.fromstring(client.get(address).content.decode())
    rows = page.xpath(
        "//*[@id='references-group']//details[not(ancestor::*[@id='references-empty'])]"
    )
    return [
        f"{'open' if row.get('open') is not None else 'closed'}: "
        + " ".join(row.find("summary").text_content().split())
        for row in rows
    ]


def test_the_form_shows_a_reference_in_a_line_with_how_often_it_is_cited(
    client: Client, staff: User
) -> None:
    article = make_article(body=cite("a", "b", "a"))
    make_reference(article, "a", position=1)
    make_reference(article, "b", position=2, authors="", year=None)
    make_reference(article, "idle", position=3)
    assert rows_of(client, article) == [
        "closed: 1. A. Author 2020 · On a · a cited twice",
        "closed: 2. On b · b cited once incomplete",
        "closed: 3. A. Author 2020 · On idle · idle not cited",
    ]


def test_a_row_with_a_mistake_stands_open(client: Client, staff: User) -> None:
    article = make_article()
    make_reference(article, "a", position=1)
    make_reference(article, "b", position=2)
    page: Any = lxml.html.fromstring(paste(client, article, "", **{"references-1-doi": "my doi"}))
    rows = page.xpath("//*[@id='references-group']//details")
    assert [row.get("open") is not None for row in rows[:2]] == [False, True]
    assert "This is no DOI" in rows[1].text_content()


@pytest.mark.django_db(transaction=True)
def test_without_javascript_a_row_opens_and_is_changed(browser: Browser, live_server: Any) -> None:
    make_staff("ada")
    article = make_article(body=cite("a"))
    reference = make_reference(article, "a", position=1)
    with opened(browser, live_server.url, javascript=False, cookies=True) as page:
        log_in(page, f"/admin/articles/article/{article.pk}/change/")
        title = page.locator("#id_references-0-title")
        expect(title).to_be_hidden()
        page.locator("#references-0 summary").click()
        title.fill("Another title")
        page.get_by_role("button", name="Save and go on writing").click()
        page.get_by_text("A. Author 2020 · Another title · a").wait_for()
    reference.refresh_from_db()
    assert reference.title == "Another title"


@pytest.mark.django_db(transaction=True)
def test_a_new_row_opens_by_itself_and_can_go_again(staff_page: Page, live_server: Any) -> None:
    make_staff("ada")
    article = make_article(body=cite("a"))
    make_reference(article, "a", position=1)
    log_in(staff_page, f"/admin/articles/article/{article.pk}/change/")
    staff_page.get_by_text("Add another Reference").click()
    staff_page.locator("#id_references-1-key").fill("new")
    expect(staff_page.locator("#references-1 summary")).to_have_text("A new reference")
    staff_page.locator("#references-1").get_by_text("Remove").click()
    expect(staff_page.locator("#references-1")).to_have_count(0)


def log_in(page: Page, then: str) -> None:
    page.goto(f"/admin/login/?next={then}")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a password for tests")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="References").wait_for()
