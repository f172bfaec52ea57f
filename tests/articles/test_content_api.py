"""Others' programs read the published articles, with their evidence, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Author, Credential, Reference, Site, Tag
from articles.views.documents import PAGE_LENGTH
from tests.factories import make_article, make_author, make_topic
from tests.site.watching import front

pytestmark = pytest.mark.django_db

LIST = "/api/v1/articles/"
HOST = "https://steady.example"


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.SITE_URL, settings.SITE_HOST = HOST, "steady.example"


def document(client: Client, address: str) -> dict[str, Any]:
    answer = client.get(address.removeprefix(HOST))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def titles(client: Client, address: str) -> list[str]:
    return [item["title"] for item in document(client, address)["items"]]


def problem(client: Client, address: str) -> tuple[int, str]:
    answer = client.get(address)
    said = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert said["status"] == answer.status_code
    assert said["title"]
    return answer.status_code, said["detail"]


def checked(author: Author) -> Credential:
    day = timezone.localdate() - timedelta(days=9)
    held = Credential.objects.create(
        author=author, what="Physiotherapist", issued_by="HCPC", valid_from=day
    )
    held.check_off(by=None)
    return held


@pytest.fixture
def article() -> Article:
    """With all the evidence that an article can have."""
    above = make_topic("Backs", slug="backs")
    writer = make_author("Dr Ada Example", slug="ada")
    body = '<h2>Why</h2><p>Walking <a href="/about/">helps</a>.<cite data-ref="r1"></cite></p>'
    made = make_article(
        "Walking",
        standfirst="Why a walk helps.",
        key_points="Walk.\nRest.",
        topic=make_topic("Moving", slug="moving", parent=above),
        authors=[writer],
        body=body,
        published_at=datetime(2026, 5, 3, 8, tzinfo=UTC),
    )
    Reference.objects.create(
        article=made, key="r1", title="A trial", authors="Pocovi N", year=2024, doi="10.1/1"
    )
    made.further_topics.add(make_topic("Sleep", slug="sleep"))
    made.tags.add(Tag.objects.create(name="Walks", slug="walks"))
    made.note_change("The new trial is in.", by=None)
    made.render()
    made.save()
    return made


def review(article: Article) -> None:
    doctor = make_author("Dr Bea Reader", slug="bea")
    due = timezone.localdate() + timedelta(days=90)
    article.review(reviewer=doctor, credential=checked(doctor), next_due=due, by=None)


def test_the_list_is_a_json_feed_of_what_readers_can_read(client: Client, article: Article) -> None:
    Site(name="Steady Back", tagline="Calm advice").save()
    make_article("A draft", published=False)
    make_article("Withdrawn").withdraw(by=None)
    make_article("About", kind=Article.Kind.PAGE)
    answer = client.get(LIST)
    assert answer.headers["Content-Type"] == "application/feed+json"
    found = answer.json()
    (item,) = found.pop("items")
    assert found == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Steady Back",
        "description": "Calm advice",
        "home_page_url": f"{HOST}/",
        "feed_url": f"{HOST}{LIST}",
        "language": "en",
    }
    assert item.pop("date_modified") > item["date_published"]
    assert item == {
        "id": f"tag:steady.example,{article.created_at:%Y-%m-%d}:article-{article.pk}",
        "url": f"{HOST}/articles/{article.slug}/",
        "title": "Walking",
        "summary": "Why a walk helps.",
        "content_text": "Why a walk helps.",
        "date_published": "2026-05-03T08:00:00+00:00",
        "authors": [{"name": "Dr Ada Example", "url": f"{HOST}/authors/ada/"}],
        "tags": ["Walks"],
        "language": "en",
        "_backsite": {"document": f"{HOST}{LIST}{article.pk}/"},
    }


def test_an_article_comes_with_its_text_and_its_evidence(client: Client, article: Article) -> None:
    checked(Author.objects.get(slug="ada"))
    review(article)
    found = document(client, f"{LIST}{article.pk}/")
    assert f'<a href="{HOST}/about/">helps</a>' in found["content_html"]
    assert f'href="{HOST}/articles/{article.slug}/#ref-1"' in found["content_html"]
    assert found["key_points"] == ["Walk.", "Rest."]
    assert [author["credentials"] for author in found["authors"]] == ["Physiotherapist, HCPC"]
    assert found["references"] == [
        {
            "number": 1,
            "authors": "Pocovi N",
            "year": 2024,
            "title": "A trial",
            "doi": "10.1/1",
            "url": "https://doi.org/10.1/1",
        }
    ]
    today = timezone.localdate()
    assert found["review"] == {
        "reviewer": {
            "name": "Dr Bea Reader",
            "url": f"{HOST}/authors/bea/",
            "credential": "Physiotherapist, HCPC",
        },
        "date": today.isoformat(),
        "next_due": (today + timedelta(days=90)).isoformat(),
    }
    assert found["changes"] == [{"date": today.isoformat(), "text": "The new trial is in."}]
    assert found["tags"] == ["Walks"]


def test_from_an_article_links_lead_to_the_lists_that_it_stands_in(
    client: Client, article: Article
) -> None:
    found = document(client, f"{LIST}{article.pk}/")
    topics = {topic["name"]: topic["articles"] for topic in found["topics"]}
    assert list(topics) == ["Moving", "Sleep"]
    lists = [*topics.values(), found["authors"][0]["articles"], "/api/v1/tags/walks/"]
    for address in [*lists, "/api/v1/topics/backs/"]:
        assert titles(client, address) == ["Walking"]
        assert document(client, address)["feed_url"] == f"{HOST}{address.removeprefix(HOST)}"
    item = document(client, LIST)["items"][0]
    assert document(client, item["_backsite"]["document"])["id"] == item["id"]


@pytest.mark.parametrize("ended", ["edited", "credential", "due"])
def test_a_review_is_told_only_while_it_is_true(
    client: Client, article: Article, ended: str
) -> None:
    review(article)
    assert document(client, f"{LIST}{article.pk}/")["review"]
    given = article.reviews.get()
    if ended == "edited":
        article.revise(by=None, body="<p>Something else.</p>")
    elif ended == "credential":
        given.credential.doubt(by=None)
    else:
        yesterday = timezone.localdate() - timedelta(days=1)
        article.reviews.update(date=yesterday - timedelta(days=90), next_due=yesterday)
    assert document(client, f"{LIST}{article.pk}/")["review"] is None


def test_pages_follow_each_other_and_give_every_article_once(client: Client) -> None:
    """Also those that were published in the same moment, as imported ones are."""
    moment = timezone.now()
    for number in range(PAGE_LENGTH + 3):
        make_article(f"Article {number}", published_at=moment)
    first = document(client, LIST)
    assert len(first["items"]) == PAGE_LENGTH
    last = document(client, first["next_url"])
    assert "next_url" not in last
    assert last["feed_url"] == first["next_url"]
    told = [item["title"] for page in (first, last) for item in page["items"]]
    assert told == [f"Article {number}" for number in reversed(range(PAGE_LENGTH + 3))]


def test_what_is_published_or_withdrawn_meanwhile_shifts_no_page(
    client: Client, article: Article
) -> None:
    topic, author = article.topic, article.authors.get()
    tag = article.tags.get()
    made = [make_article(f"Article {n}", topic=topic, authors=[author]) for n in range(PAGE_LENGTH)]
    for one in made:
        one.tags.add(tag)
    lists = [LIST, "/api/v1/topics/backs/", "/api/v1/authors/ada/", "/api/v1/tags/walks/"]
    following = [document(client, address)["next_url"] for address in lists]
    made[0].withdraw(by=None)
    make_article("Newest", topic=topic, authors=[author]).tags.add(tag)
    for address in following:
        assert titles(client, address) == ["Walking"]


@pytest.mark.parametrize("given", ["", "0", "-1", "one", "1.5", "٣", "9" * 30, "99999", "\x00"])
def test_a_place_that_is_none_gets_a_400_that_says_what_to_give(
    client: Client, article: Article, given: str
) -> None:
    for address in (LIST, "/api/v1/topics/moving/"):
        answer = client.get(address, {"after": given})
        assert answer.status_code == 400
        assert answer.json()["detail"] == (
            "“after” is the number of an article of this site, as “next_url” gives it. "
            "Leave it out to begin with the newest."
        )


def test_a_drafts_number_is_as_unknown_as_any_other(client: Client) -> None:
    draft, page = make_article(published=False), make_article(kind=Article.Kind.PAGE)
    for number in (draft.pk, page.pk):
        assert problem(client, f"{LIST}?after={number}")[0] == 400
        status, said = problem(client, f"{LIST}{number}/")
        assert (status, said) == (404, "No article is published under this number.")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{LIST}?page=2", "This address knows no parameter “page”. It knows “after”."),
        (f"{LIST}?b=1&a=2", "This address knows no parameter “a”, “b”. It knows “after”."),
        (f"{LIST}1/?full=1", "This address knows no parameter “full”. It knows none."),
        (f"{LIST}?after=1&after=2", "“after” is given more than once."),
    ],
)
def test_a_parameter_that_is_none_gets_a_400_that_names_it(
    client: Client, address: str, said: str
) -> None:
    assert problem(client, address) == (400, said)


@pytest.mark.parametrize("what", ["topics", "tags", "authors", "articles"])
def test_what_is_not_there_is_a_404_in_json(client: Client, what: str) -> None:
    assert problem(client, f"/api/v1/{what}/{'9' * 30}/")[0] == 404


def test_where_a_reader_came_from_is_no_mistake(client: Client, article: Article) -> None:
    assert titles(client, f"{LIST}?utm_source=x") == ["Walking"]


def test_any_sites_script_may_read_it_nobody_is_told_apart_and_nothing_changes(
    client: Client, article: Article
) -> None:
    for address in (LIST, f"{LIST}{article.pk}/"):
        answer = client.get(address, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert client.post(address).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_it_comes_from_the_page_cache_until_what_it_says_has_changed() -> None:
    article = make_article("Before")
    own = f"{LIST}{article.pk}/"
    older = make_article("Older", published_at=timezone.now() - timedelta(days=1))
    addresses = [LIST, f"{LIST}?after={article.pk}", own]
    with front() as site:
        for address in [*addresses, *addresses]:
            assert site.get(address).headers["access-control-allow-origin"] == "*"
        assert len(site.django.asked) == len(addresses)
        Article.objects.filter(pk=older.pk).update(updated_at=datetime(2026, 5, 3, tzinfo=UTC))
        site.until_told()
        assert "2026-05-03" in site.get(LIST).text
        Article.objects.filter(pk=article.pk).update(title="After")
        site.until_told()
        assert "After" in site.get(LIST).text
        assert "After" in site.get(own).text
        assert "2026-05-03" in site.get(f"{LIST}?after={article.pk}").text
        article.withdraw(by=None)
        site.until_told()
        assert site.get(own).status == 404
        assert "After" not in site.get(LIST).text


def test_a_page_asks_few_questions_however_many_articles_it_has(
    client: Client, article: Article
) -> None:
    review(article)
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as of_list:
            client.get(LIST)
        with CaptureQueriesContext(connection) as of_topic:
            client.get(f"/api/v1/topics/moving/?after={article.pk}")
        with CaptureQueriesContext(connection) as of_article:
            client.get(f"{LIST}{article.pk}/")
        counted.append([len(of_list), len(of_topic), len(of_article)])
        for number in range(9):
            make_article(f"More {number}", topic=article.topic, authors=[make_author()])
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 8
