"""Calls to action: written once, placed by staff, counted without knowing anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from articles.models import Article, Call
from tests.factories import make_article, make_staff, make_topic
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db

MARKED = '<p>Before.</p><aside data-cta="{}"></aside><p>After.</p>'


def make_call(key: str = "guide", **fields: Any) -> Call:
    given = {"title": f"The {key}", "button": "Look at it", "address": "/about/"}
    return Call.objects.create(key=key, **{**given, **fields})


def shown(client: Client, article: Article) -> str:
    return client.get(article.get_absolute_url()).content.decode()


def counted(call: Call) -> tuple[int, int]:
    sums = call.counts.aggregate(shown=Sum("shown"), followed=Sum("followed"))
    return sums["shown"] or 0, sums["followed"] or 0


def test_a_text_shows_the_call_that_it_names_in_its_place(client: Client) -> None:
    make_call(text="What <b>helps</b>.", address="https://example.org/guide?a=1&b=2")
    page = shown(client, make_article(body=MARKED.format("guide")))
    text = page.partition('<div class="prose">')[2]
    assert text.index("Before.") < text.index("The guide") < text.index("After.")
    assert "What &lt;b&gt;helps&lt;/b&gt;." in page
    assert 'href="https://example.org/guide?a=1&amp;b=2"' in page


@pytest.mark.parametrize("target", [Call.Target.BOOK, Call.Target.NEWSLETTER])
def test_the_book_and_the_newsletter_lead_to_the_box_that_delivers_them(
    client: Client, target: str
) -> None:
    make_call(target=target, address="")
    article = make_article(body=MARKED.format("guide"))
    page = shown(client, article)
    block = page.partition('<aside class="call-to-action"')[2].partition("</aside>")[0]
    assert 'action="/newsletter/"' in block
    assert 'name="campaign" value="guide"' in block  # by which block somebody came
    assert f'name="page" value="{article.get_absolute_url()}"' in block


def test_a_call_shows_its_picture(client: Client) -> None:
    make_call(picture=make_picture(alt="A book"))
    page = shown(client, make_article(body=MARKED.format("guide")))
    block = page.partition('<aside class="call-to-action"')[2].partition("</aside>")[0]
    assert "<picture>" in block


@pytest.mark.parametrize("key", ["gone", "unused"])
def test_a_call_that_is_not_in_use_leaves_nothing_behind(client: Client, key: str) -> None:
    make_call("unused", active=False)
    page = shown(client, make_article(body=MARKED.format(key)))
    assert "call-to-action" not in page
    assert "data-cta" not in page


def test_the_free_book_is_there_before_staff_write_it_anew(client: Client) -> None:
    article = make_article(body=MARKED.format("book"))
    assert "Get the free book" in shown(client, article)
    call = Call.book()
    call.button = "Send me the book"
    call.save()
    assert "Send me the book" in shown(client, article)
    Call.objects.update(active=False)
    assert "call-to-action" not in shown(client, article)


def test_one_stands_at_the_end_that_of_the_topic_before_that_of_all(client: Client) -> None:
    topic = make_topic("Sleep")
    make_call("everywhere", place=Call.Place.END)
    make_call("second", place=Call.Place.TOPICS, position=2).topics.add(topic)
    make_call("first", place=Call.Place.TOPICS, position=1).topics.add(topic)
    make_call("inside")
    page = shown(client, make_article(topic=topic))
    assert "The first" in page
    assert "The second" not in page
    assert "The everywhere" not in page
    other = shown(client, make_article(topic=make_topic("Work")))
    assert "The everywhere" in other
    assert "The inside" not in other
    about = make_article("About", kind=Article.Kind.PAGE)
    assert "The everywhere" not in shown(client, about)


def test_what_the_text_has_does_not_stand_at_its_end_again(client: Client) -> None:
    make_call("everywhere", place=Call.Place.END)
    page = shown(client, make_article(body=MARKED.format("everywhere")))
    assert page.count("The everywhere</p>") == 1


def test_pages_count_what_is_shown_and_followed(client: Client) -> None:
    call = make_call()
    for word, times in (("shown", 3), ("followed", 2)):
        for _ in range(times):
            answer = client.post(f"/calls/{call.pk}/{word}/")
            assert answer.status_code == 204
            assert not answer.cookies
    assert counted(call) == (3, 2)
    assert call.counts.count() == 1


def test_looking_changes_nothing_and_another_site_cannot_count(client: Client) -> None:
    call = make_call()
    address = f"/calls/{call.pk}/shown/"
    assert client.get(address).status_code == 405
    assert client.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/calls/999999/shown/").status_code == 404
    assert client.post(f"/calls/{9**30}/shown/").status_code == 404
    shown(client, make_article(body=MARKED.format("guide")))
    assert counted(call) == (0, 0)


def test_days_long_past_are_no_longer_in_the_numbers() -> None:
    call = make_call()
    today = timezone.localdate()
    call.counts.create(day=today - timedelta(days=30), shown=100, followed=10)
    call.counts.create(day=today - timedelta(days=29), shown=4, followed=1)
    call.count(shown=2)
    row = Call.objects.with_numbers().get()
    assert (getattr(row, "shown"), getattr(row, "followed")) == (6, 1)  # noqa: B009  # annotated
    days = call.days()
    assert len(days) == 30
    assert (days[0][1:], days[-1][1:]) == ((4, 1), (2, 0))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "about", "data:text/html,x", "/\\evil"]
)
def test_an_address_that_is_none_is_refused_with_words(address: str) -> None:
    call = Call(key="x", title="X", button="Go", address=address)
    with pytest.raises(ValidationError) as refused:
        call.full_clean()
    assert "Write a page of this site as" in str(refused.value)


def test_staff_make_one_and_see_its_numbers(client: Client) -> None:
    client.force_login(make_staff())
    words = {"key": "guide", "title": "A guide", "button": "Read", "target": "address"}
    rest = {"address": "", "text": "", "place": "text", "position": "0", "active": "on"}
    refused = client.post("/admin/articles/call/add/", {**words, **rest}).content.decode()
    assert "Say which page it leads to." in refused
    assert 'value="A guide"' in refused
    client.post("/admin/articles/call/add/", {**words, **rest, "address": "/about/"})
    call = Call.objects.get()
    call.count(shown=200, followed=5)
    listed = client.get("/admin/articles/call/").content.decode()
    assert "2.5 %" in listed
    page = client.get(f"/admin/articles/call/{call.pk}/change/").content.decode()
    assert "Shown 200 times, followed 5 times." in page
    assert "Only browsers with JavaScript are counted" in page
    assert "style=" not in page.partition('<svg viewBox="0 0 360')[2].partition("</svg>")[0]


@pytest.mark.parametrize("number", [1, 6])
def test_calls_cost_one_query_however_many_a_text_has(
    client: Client, django_assert_num_queries: Any, number: int
) -> None:
    from articles.calls import show_calls

    topic = make_topic()
    body = "".join(MARKED.format(f"call-{place}") for place in range(number))
    for place in range(number):
        make_call(f"call-{place}")
    made = make_article(body=body, topic=topic)
    article = Article.objects.complete().get(pk=made.pk)
    with django_assert_num_queries(1):
        html = show_calls(article.html, article)
    assert html.count('class="call-to-action"') == number
