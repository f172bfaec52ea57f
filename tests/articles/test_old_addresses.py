"""Whatever address something once had: one 301, to where it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from articles.models import Article, OldAddress, Tag
from articles.models.address import moved, normal
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db


def arrives(client: Client, address: str) -> str:
    """Where one hop leads, which must be a page."""
    answer = client.get(address)
    assert answer.status_code == 301, address
    target = str(answer["Location"])
    assert client.get(target).status_code == 200
    return target


def test_an_article_is_found_under_every_slug_that_it_had(client: Client) -> None:
    article = make_article(slug="first")
    for slug in ("second", "third"):
        article.revise(by=None, slug=slug)
    assert arrives(client, "/articles/first/") == "/articles/third/"
    assert arrives(client, "/articles/second/") == "/articles/third/"


def test_a_slug_that_comes_back_makes_no_loop(client: Client) -> None:
    article = make_article(slug="first")
    article.revise(by=None, slug="second")
    article.revise(by=None, slug="first")
    assert client.get("/articles/first/").status_code == 200
    assert arrives(client, "/articles/second/") == "/articles/first/"


def test_a_later_article_with_the_old_slug_wins(client: Client) -> None:
    old = make_article("Old", slug="walking")
    old.revise(by=None, slug="walking-then")
    new = make_article("New", slug="walking")
    assert b"New" in client.get("/articles/walking/").content
    assert not OldAddress.objects.filter(path="/articles/walking/").exists()
    new.revise(by=None, slug="walking-now")
    assert arrives(client, "/articles/walking/") == "/articles/walking-now/"


def test_however_often_two_change_places_one_hop_leads_to_a_page(client: Client) -> None:
    one, other = make_article("One", slug="a"), make_article("Other", slug="b")
    pages, articles = {"kind": Article.Kind.PAGE}, {"kind": Article.Kind.ARTICLE}
    had = {one.get_absolute_url(), other.get_absolute_url()}
    for article, change in (
        (one, {"slug": "c"}),
        (other, {"slug": "a"}),
        (one, {"slug": "b"}),
        (one, pages),
        (other, {"slug": "c"}),
        (one, {"slug": "a"}),
        (other, pages),
        (other, {"slug": "b"}),
        (one, {"slug": "c"} | articles),
        (other, {"slug": "a"} | articles),
        (one, {"slug": "b"}),
    ):
        article.revise(by=None, **change)
        had.add(article.get_absolute_url())
        here = {one.get_absolute_url(), other.get_absolute_url()}
        for address in had:
            if address in here:
                assert client.get(address).status_code == 200
            else:
                assert arrives(client, address) in here


def test_an_article_that_becomes_a_page_and_back_is_found_under_both_addresses(
    client: Client,
) -> None:
    article = make_article("About us", slug="about-us")
    article.revise(by=None, kind=Article.Kind.PAGE)
    assert arrives(client, "/articles/about-us/") == "/about-us/"
    article.revise(by=None, slug="about")
    assert arrives(client, "/articles/about-us/") == arrives(client, "/about-us/") == "/about/"
    article.revise(by=None, kind=Article.Kind.ARTICLE)
    for former in ("/about/", "/about-us/", "/articles/about-us/"):
        assert arrives(client, former) == "/articles/about/"


def test_what_was_never_shown_leaves_no_old_address() -> None:
    article = make_article(slug="draft", published=False)
    article.revise(by=None, slug="better")
    assert not OldAddress.objects.exists()


def test_an_old_address_of_what_is_withdrawn_is_not_found(client: Client) -> None:
    article = make_article(slug="first")
    article.revise(by=None, slug="second")
    article.withdraw(by=None)
    assert client.get("/articles/first/").status_code == 404


@pytest.mark.parametrize("kind", ["topic", "author", "tag"])
def test_a_topic_author_or_tag_renamed_by_staff_is_found_under_its_old_address(
    client: Client, kind: str
) -> None:
    makers: dict[str, Callable[[], Any]] = {
        "topic": lambda: make_topic("Moving", slug="old"),
        "author": lambda: make_author("Ada", slug="old"),
        "tag": lambda: Tag.objects.create(name="Sleep", slug="old"),
    }
    row = makers[kind]()
    before = row.get_absolute_url()
    client.force_login(make_staff())
    form = reverse(f"admin:articles_{kind}_change", args=[row.pk])
    values = {
        name: value
        for name, value in client.get(form).context["adminform"].form.initial.items()
        if value not in (None, "")
    }
    sets: dict[str, str] = {}
    for inline in client.get(form).context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        sets |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    answer = client.post(form, {**values, **sets, "slug": "new"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert arrives(Client(), before) == row.get_absolute_url()


def test_the_addresses_of_wordpress_lead_to_what_they_named(client: Client) -> None:
    article = make_article(slug="walking-helps", topic=make_topic(slug="moving"))
    make_author(slug="ada")
    Tag.objects.create(name="Sleep", slug="sleep")
    OldAddress.objects.keep("https://old.example/?p=12", article)
    here = article.get_absolute_url()
    for address, target in (
        ("/?p=12", here),
        ("/index.php?p=12", here),
        ("/?page_id=12&preview=false", here),
        ("/2014/05/walking-helps/", here),
        ("/2014/05/17/walking-helps/", here),
        ("/2014/05/walking-helps", here),
        ("/index.php/2014/05/walking-helps/", here),
        ("/2014/05/walking-helps/amp/", here),
        ("/2014/05/walking-helps/feed/", here),
        ("/2014/05/walking-helps/comment-page-2/", here),
        ("/walking-helps/", here),
        ("/walking-helps", here),
        ("/articles/walking-helps/amp/", here),
        ("/Articles/Walking-Helps/", here),
        ("/category/moving/", "/topics/moving/"),
        ("/category/body/moving/", "/topics/moving/"),
        ("/category/moving/page/2/", "/topics/moving/"),
        ("/category/moving/feed/", "/topics/moving/feed/"),
        ("/tag/sleep/", "/tags/sleep/"),
        ("/author/ada/", "/authors/ada/"),
        ("/author/ada/feed/rss2/", "/authors/ada/feed/"),
        ("/2014/05/", "/articles/"),
        ("/page/3/", "/"),
        ("/feed/rss2/", "/feed/"),
        ("/feed/atom/", "/feed/"),
        ("/wp-sitemap.xml", "/sitemap.xml"),
    ):
        assert arrives(client, address) == target


def test_an_old_category_follows_its_topic_to_a_new_slug(client: Client) -> None:
    topic = make_topic(slug="moving")
    OldAddress.objects.keep("/category/body/moving/", topic)
    topic.slug = "movement"
    topic.save()
    moved(topic, from_="/topics/moving/")
    assert arrives(client, "/category/body/moving/") == "/topics/movement/"
    assert arrives(client, "/category/moving/") == "/topics/movement/"


def test_the_rest_of_a_query_goes_along(client: Client) -> None:
    topic = make_topic(slug="new")
    OldAddress.objects.keep("/topics/old/", topic)
    assert client.get("/topics/old/?page=1")["Location"] == "/topics/new/?page=1"


@pytest.mark.parametrize(
    "address",
    [
        "/nothing/",
        "/2014/05/nothing/",
        "/category/nothing/",
        "/?p=99",
        "/articles/nothing/amp/",
        "/%00/",
        "/category/%27%22%3Cscript%3E/",
        "/" + "x" * 3000 + "/",
        "/topics/old/../../?p=",
        "/2014/05/" + "%F0%9F%98%80" + "/",
        "/articles/?page=99",
    ],
)
def test_what_nothing_ever_had_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_redirect_never_leaves_the_site(client: Client) -> None:
    make_article(slug="evil")
    for address in ("//evil.example/evil/", "/\\evil.example/", "/2014/05/evil/?next=//x.example"):
        location = client.get(address).headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith("//")


def test_only_reading_is_redirected(client: Client) -> None:
    OldAddress.objects.keep("/2014/05/old/", make_article())
    assert client.post("/2014/05/old/").status_code == 404


def test_an_old_address_has_one_target() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OldAddress.objects.create(path="/x/")
    with pytest.raises(IntegrityError), transaction.atomic():
        OldAddress.objects.create(path="/x/", article=make_article(), topic=make_topic())


def test_addresses_are_compared_in_one_form() -> None:
    for written in (
        "/A/B",
        "a/b/",
        "https://x.example/a//b/?u=1",
        "/index.php/a/b",
        "/%61/b",
    ):
        assert normal(written) == "/a/b/"
    assert normal("https://x.example/?p=007") == "/?p=7"
    assert normal("http://[") == normal("") == normal("/") == ""


class TestInTheAdmin:
    @pytest.fixture
    def staff(self, client: Client) -> Client:
        client.force_login(make_staff())
        return client

    def add(self, staff: Client, **values: str) -> Any:
        return staff.post(reverse("admin:articles_oldaddress_add"), values)

    def test_staff_add_one_by_its_addresses(self, staff: Client) -> None:
        make_article(slug="walking")
        self.add(staff, path="https://old.example/Walk.html", now_at="http://x/articles/walking/")
        row = OldAddress.objects.get()
        assert (row.path, row.by_hand) == ("/walk.html/", True)
        assert arrives(Client(), "/walk.html") == "/articles/walking/"

    def test_they_may_lead_it_elsewhere(self, staff: Client) -> None:
        OldAddress.objects.keep("/old/", make_article())
        topic = make_topic(slug="moving")
        change = reverse("admin:articles_oldaddress_change", args=[OldAddress.objects.get().pk])
        there_now = OldAddress.objects.get().target.get_absolute_url()
        assert there_now in staff.get(change).content.decode()
        staff.post(change, {"path": "/old/", "now_at": "/topics/moving/"})
        assert OldAddress.objects.get().target == topic

    @pytest.mark.parametrize(
        ("path", "now_at", "told"),
        [
            ("/articles/walking/", "/articles/walking/", "is there now"),
            ("/old/", "/articles/nothing/", "Nothing that readers can reach"),
            ("/old/", "https://elsewhere.example/", "Nothing that readers can reach"),
            ("/admin/x/", "/articles/walking/", "cannot be an old address"),
            ("/newsletter/", "/articles/walking/", "The site itself answers"),
            ("\x00", "/articles/walking/", "Null characters"),
        ],
    )
    def test_they_are_told_what_cannot_be(
        self, staff: Client, path: str, now_at: str, told: str
    ) -> None:
        make_article("Walking", slug="walking")
        assert told in self.add(staff, path=path, now_at=now_at).content.decode()
        assert not OldAddress.objects.exists()

    def test_the_list_says_where_each_leads_and_what_leads_nowhere(
        self, staff: Client, django_assert_max_num_queries: Any
    ) -> None:
        gone = make_article("Gone away")
        OldAddress.objects.keep("/gone/", gone)
        for number in range(20):
            OldAddress.objects.keep(f"/old-{number}/", make_topic(f"Topic {number}"))
        gone.withdraw(by=None)
        with django_assert_max_num_queries(9):
            page = staff.get(reverse("admin:articles_oldaddress_changelist")).content.decode()
        assert "Gone away (readers cannot reach it now)" in page
        assert "Topic 19" in page
        assert 'href="/old-3/">Try it' in page
