"""What search engines are told to look at, and what not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from articles.models import Article, Tag
from backsite import sitemaps
from tests.factories import make_article, make_author, make_topic
from tests.formats import faults
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db

HOST = "https://steady.example"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.SITE_URL = HOST


def read(client: Client, address: str) -> dict[str, str | None]:
    """{address: last change} of a file of the sitemap."""
    answer = client.get(address)
    assert answer.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer
    return {str(row.findtext(f"{MAP}loc")): row.findtext(f"{MAP}lastmod") for row in root}


def everything(client: Client) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in read(client, "/sitemap.xml"):
        found |= read(client, part.removeprefix(HOST))
    return found


def test_robots_are_told_where_it_is(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"\nSitemap: {HOST}/sitemap.xml\n" in text
    assert "Disallow: /admin/" in text


def part_of(article: Article) -> str:
    return f"/sitemap-articles-{(article.pk - 1) // sitemaps.LENGTH + 1}.xml"


def test_it_lists_all_that_readers_come_for_with_its_last_change(client: Client) -> None:
    author, topic = make_author(), make_topic()
    tag = Tag.objects.create(name="Sleep", slug="sleep")
    article = make_article(
        authors=[author],
        topic=topic,
        published_at=datetime(2026, 3, 1, tzinfo=UTC),
        updated_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    article.tags.add(tag)
    page = make_article(
        "About", kind=Article.Kind.PAGE, published_at=datetime(2026, 2, 1, tzinfo=UTC)
    )
    found = everything(client)
    april = "2026-04-01T00:00:00+00:00"
    for row in (article, author, topic, tag):
        assert found[HOST + row.get_absolute_url()] == april
    assert found[HOST + page.get_absolute_url()] == "2026-02-01T00:00:00+00:00"
    assert found[f"{HOST}/"] == found[f"{HOST}/articles/"] == april
    index = read(client, "/sitemap.xml")
    assert index[HOST + part_of(article)] == april


def test_every_address_in_it_answers(client: Client) -> None:
    make_article(authors=[make_author()], topic=make_topic())
    for address in everything(client):
        assert client.get(address.removeprefix(HOST)).status_code == 200


def test_index_and_parts_are_as_their_schemas_want_them(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    picture = make_picture()
    article = make_article(authors=[make_author()], topic=make_topic(), picture=picture)
    article.tags.add(Tag.objects.create(name="Sleep & rest", slug="sleep"))
    make_article("About", kind=Article.Kind.PAGE)
    parts = [part.removeprefix(HOST) for part in read(client, "/sitemap.xml")]
    assert len({part.rpartition("-")[0] for part in parts}) == 6
    for address in ("/sitemap.xml", *parts):
        assert (address, faults(client.get(address).content)) == (address, [])
    page = client.get(part_of(article)).content.decode()
    assert f"<image:loc>{HOST}{picture.safe_url}</image:loc>" in page
    assert faults(page.replace("image:loc>", "image:title>").encode())
    assert faults(page.replace("<lastmod>2", "<lastmod>x").encode())


def test_drafts_and_what_staff_keep_out_are_not_in_it(client: Client) -> None:
    empty_topic, idle = make_topic("Empty"), make_author("Idle")
    kept_out = make_topic("Kept out", noindex=True)
    rows: list[Any] = [
        make_article("Draft", published=False),
        make_article("Kept out", noindex=True, topic=kept_out),
        make_article("From elsewhere", canonical_address="https://first.example/x/"),
        empty_topic,
        idle,
        kept_out,
    ]
    withdrawn = make_article("Withdrawn")
    withdrawn.withdraw(by=None)
    found = everything(client)
    for row in (*rows, withdrawn):
        assert HOST + row.get_absolute_url() not in found


def test_an_empty_site_has_a_sitemap_too(client: Client) -> None:
    assert set(everything(client)) == {f"{HOST}/", f"{HOST}/articles/"}


def test_it_is_split_before_it_grows_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(sitemaps, "LENGTH", 3)
    keys = [make_article().pk for _ in range(7)]
    parts = [part for part in read(client, "/sitemap.xml") if "/sitemap-articles" in part]
    wanted = dict.fromkeys((key - 1) // 3 + 1 for key in keys)
    assert parts == [f"{HOST}/sitemap-articles-{number}.xml" for number in wanted]
    assert all(1 <= len(read(client, part.removeprefix(HOST))) <= 3 for part in parts)
    assert len(everything(client)) == 2 + 7
    with django_assert_max_num_queries(2):
        read(client, parts[-1].removeprefix(HOST))


def test_what_comes_or_goes_changes_no_part_but_its_own(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "LENGTH", 2)
    articles = [
        make_article(published_at=datetime(2026, 3, day, tzinfo=UTC)) for day in range(1, 7)
    ]

    def parts() -> dict[str, dict[str, str | None]]:
        index = [part for part in read(client, "/sitemap.xml") if "/sitemap-articles" in part]
        return {part: read(client, part.removeprefix(HOST)) for part in index}

    before = parts()
    gone = articles[1]
    gone.withdraw(by=None)
    make_article()
    after = parts()
    kept = [part for part, rows in before.items() if HOST + gone.get_absolute_url() not in rows]
    # The new one may have a place in the part of the last one.
    for part in kept[:-1]:
        assert after[part] == before[part]
    assert len(kept) >= 2


@pytest.mark.parametrize(
    "part",
    [
        "articles-999999999",
        "topics-99999999999999999999",
        "articles-0",
        "secrets-1",
        "site-2",
        "tags-1",
    ],
)
def test_a_part_that_does_not_exist_is_not_found(client: Client, part: str) -> None:
    make_article()
    assert client.get(f"/sitemap-{part}.xml").status_code == 404


def test_a_robot_that_has_it_already_is_told_so(client: Client) -> None:
    make_article()
    tag = client.get("/sitemap.xml").headers["ETag"]
    assert client.get("/sitemap.xml", headers={"if-none-match": tag}).status_code == 304
