"""What feed readers get: Atom (RFC 4287) and RSS 2.0, with all that both demand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse

from articles.feeds import FEED_LENGTH
from articles.models import Site, Tag
from tests.factories import make_article, make_author, make_comment, make_topic
from tests.formats import faults

pytestmark = pytest.mark.django_db

HOST = "https://steady.example"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.SITE_URL, settings.SITE_HOST = HOST, "steady.example"


@pytest.fixture
def addresses() -> list[str]:
    """The feeds of a site with something in each; the RSS of a feed stands under it."""
    author, topic = make_author("Ada"), make_topic("Moving")
    tag = Tag.objects.create(name="Sleep", slug="sleep")
    article = make_article("Walking", standfirst="Why.", authors=[author], topic=topic)
    article.tags.add(tag)
    make_comment(article)
    rows = [f"{row.get_absolute_url()}feed/" for row in (author, topic, tag)]
    return ["/feed/", *rows, "/comments/feed/", reverse("comments:article_feed", args=[article.pk])]


def parsed(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer


def text_of(element: Element, name: str) -> str:
    found = element.findtext(name)
    assert found, f"{name} is missing or empty"
    return found


def a_moment(text: str) -> datetime:
    """RFC 3339, with its time zone."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo
    return moment


def test_atom_has_what_rfc_4287_demands(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        answer = client.get(address)
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        feed = parsed(client, address)
        assert feed.tag == f"{ATOM}feed"
        text_of(feed, f"{ATOM}title")
        a_moment(text_of(feed, f"{ATOM}updated"))
        assert text_of(feed, f"{ATOM}id").startswith("tag:steady.example,2020:feed-")
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links["self"] == HOST + address
        assert str(links["alternate"]).startswith(f"{HOST}/")
        text_of(feed, f"{ATOM}author/{ATOM}name")
        (entry,) = feed.findall(f"{ATOM}entry")
        text_of(entry, f"{ATOM}title")
        a_moment(text_of(entry, f"{ATOM}updated"))
        a_moment(text_of(entry, f"{ATOM}published"))
        assert text_of(entry, f"{ATOM}id").startswith("tag:steady.example,")
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert str(link.get("href")).startswith((f"{HOST}/articles/", f"{HOST}/comments/"))


def test_rss_has_what_rss_2_demands(client: Client, addresses: list[str]) -> None:
    for address in [f"{address}rss/" for address in addresses]:
        answer = client.get(address)
        assert answer.headers["Content-Type"].startswith("application/rss+xml")
        root = parsed(client, address)
        assert (root.tag, root.get("version")) == ("rss", "2.0")
        channel = root.find("channel")
        assert channel is not None
        for name in ("title", "link", "description"):
            text_of(channel, name)
        own = channel.find(f"{ATOM}link")
        assert own is not None
        assert (own.get("rel"), own.get("href")) == ("self", HOST + address)
        assert parsedate_to_datetime(text_of(channel, "lastBuildDate")).tzinfo
        (item,) = channel.findall("item")
        text_of(item, "title")
        assert text_of(item, "link").startswith((f"{HOST}/articles/", f"{HOST}/comments/"))
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        assert str(guid.text).startswith("tag:")
        parsedate_to_datetime(text_of(item, "pubDate"))
        text_of(item, CREATOR)


@pytest.mark.parametrize("given", Site.FeedText)
def test_each_is_as_the_grammar_of_its_format_wants_it(
    client: Client, addresses: list[str], given: Site.FeedText
) -> None:
    Site(name="Steady & Back", feed_text=given).save()
    make_article(
        "Walk\x0bing <b> & more", body="<p>Ends ]]> here \x1f</p>", authors=[make_author()]
    )
    for address in addresses:
        assert (address, faults(client.get(address).content)) == (address, [])
        assert (address, faults(client.get(f"{address}rss/").content)) == (address, [])


def test_an_empty_site_has_feeds_that_are_whole(client: Client) -> None:
    for address in ("/feed/", "/feed/rss/", "/comments/feed/", "/comments/feed/rss/"):
        assert faults(client.get(address).content) == []


def test_the_grammars_see_what_is_wrong(client: Client, addresses: list[str]) -> None:
    atom, rss = (client.get(path).content for path in ("/feed/", "/feed/rss/"))
    assert faults(atom.replace(b"<updated>", b"<updated>on "))
    assert faults(re.sub(rb"<entry>.*?<id>.*?</id>", b"<entry>", atom, flags=re.DOTALL))
    assert faults(rss.replace(b"<pubDate>", b"<pubDate>some "))
    assert faults(re.sub(rb"<guid.*?</guid>", b"", rss))


def test_ids_stay_when_slug_and_dates_change(client: Client) -> None:
    article = make_article(slug="first", published_at=datetime(2026, 1, 1, tzinfo=UTC))
    before = text_of(parsed(client, "/feed/"), f"{ATOM}entry/{ATOM}id")
    article.revise(by=None, slug="second")
    article.published_at = datetime(2026, 2, 2, tzinfo=UTC)
    article.save()
    assert text_of(parsed(client, "/feed/"), f"{ATOM}entry/{ATOM}id") == before


def test_each_feed_holds_its_own_articles_newest_first(client: Client) -> None:
    author, topic = make_author("Ada"), make_topic("Moving")
    below = make_topic("Walking", parent=topic)
    make_article("Elsewhere", published_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_article("Mine", authors=[author], published_at=datetime(2026, 1, 2, tzinfo=UTC))
    make_article("Below", topic=below, published_at=datetime(2026, 1, 3, tzinfo=UTC))
    make_article("A secret", published=False, topic=topic, authors=[author])

    def titles(address: str) -> list[str | None]:
        entries = parsed(client, address).findall(f"{ATOM}entry")
        return [entry.findtext(f"{ATOM}title") for entry in entries]

    assert titles("/feed/") == ["Below", "Mine", "Elsewhere"]
    assert titles(f"{author.get_absolute_url()}feed/") == ["Mine"]
    assert titles(f"{topic.get_absolute_url()}feed/") == ["Below"]
    assert client.get("/topics/nothing/feed/").status_code == 404


def test_it_carries_the_standfirst_only_unless_the_site_gives_more(client: Client) -> None:
    make_article("Walking", standfirst="Why a walk helps.", body="<p>The whole text.</p>")
    page = client.get("/feed/").content.decode()
    assert "Why a walk helps." in page
    assert "The whole text." not in page


def test_a_full_feed_carries_the_text_with_full_addresses(client: Client) -> None:
    Site(name="Steady Back", feed_text=Site.FeedText.FULL).save()
    article = make_article(
        "Walking",
        body='<p>See <a href="/about/">us</a> &amp; <a href="#part">below</a>: 1 &lt; 2.</p>'
        '<aside data-cta="book"></aside><h2 id="part">Part</h2>',
    )
    entry = parsed(client, "/feed/").find(f"{ATOM}entry")
    assert entry is not None
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    text = str(content.text)
    assert f'<a href="{HOST}/about/">us</a> &amp;' in text
    assert f'<a href="{HOST}{article.get_absolute_url()}#part">' in text
    assert "1 &lt; 2" in text
    assert "data-cta" not in text
    item = parsed(client, "/feed/rss/").find("channel/item")
    assert item is not None
    assert item.findtext(CONTENT) == text


def test_words_that_xml_cannot_hold_do_not_break_it(client: Client) -> None:
    Site(name="Steady Back", feed_text=Site.FeedText.FULL).save()
    make_article("Walk\x0bing <b> & more", body="<p>Ends ]]> here \x1f</p>")
    entry = parsed(client, "/feed/").find(f"{ATOM}entry")
    assert entry is not None
    assert text_of(entry, f"{ATOM}title") == "Walking <b> & more"


def test_a_reader_who_has_it_already_is_told_so_without_cookies(client: Client) -> None:
    article = make_article("Walking")
    for address in ("/feed/", "/feed/rss/", "/comments/feed/"):
        first = client.get(address)
        tag = first.headers["ETag"]
        assert not first.cookies
        assert "Cookie" not in first.headers.get("Vary", "")
        again = client.get(address, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    tag = client.get("/feed/").headers["ETag"]
    article.title = "Walking more"
    article.save()
    assert client.get("/feed/", headers={"if-none-match": tag}).status_code == 200


def test_the_comments_feed_shows_what_is_published_and_no_address(client: Client) -> None:
    article = make_article("Walking")
    comment = make_comment(article, name="Anna", text="It helped me.")
    make_comment(article, name="Held person", approved=False)
    hidden = make_article("Hidden")
    make_comment(hidden, name="Under a withdrawn one")
    hidden.withdraw(by=None)
    page = client.get("/comments/feed/").content.decode()
    assert "Anna on “Walking”" in page
    assert "It helped me." in page
    assert f"{HOST}{comment.get_absolute_url()}" in page
    for secret in ("Held person", "Under a withdrawn one", comment.email):
        assert secret not in page
    assert client.get(reverse("comments:article_feed", args=[hidden.pk])).status_code == 404
    other = make_article()
    silent = client.get(reverse("comments:article_feed", args=[other.pk])).content.decode()
    assert "Anna" not in silent


@pytest.mark.parametrize("number", [2, FEED_LENGTH])
def test_feeds_do_not_cost_more_queries_with_more_in_them(
    client: Client, django_assert_max_num_queries: Any, number: int
) -> None:
    Site(name="Steady Back", feed_text=Site.FeedText.FULL).save()
    topic, author = make_topic(), make_author()
    for _ in range(number):
        make_comment(make_article(topic=topic, authors=[author]))
    for address, most in (
        ("/feed/", 4),
        (f"{topic.get_absolute_url()}feed/", 6),
        (f"{author.get_absolute_url()}feed/rss/", 5),
        ("/comments/feed/", 2),
    ):
        with django_assert_max_num_queries(most):
            client.get(address)
