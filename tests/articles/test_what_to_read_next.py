"""Where an article leads on to: its series, related articles, what others read most."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article, ReadCount, Series, SeriesPart, Tag
from articles.models.reading import most_read
from articles.models.series import place_in_series
from articles.related import related_articles
from articles.views.counting import PACE
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db


def make_series(*articles: Article) -> Series:
    series = Series.objects.create(name="Back pain, step by step")
    for position, article in enumerate(articles, start=1):
        SeriesPart.objects.create(series=series, article=article, position=position)
    return series


def text_at(client: Client, address: str) -> str:
    return client.get(address).content.decode()


class TestSeries:
    def test_an_article_shows_its_place_and_the_parts_beside_it(self, client: Client) -> None:
        first, second, third = (make_article(f"Part {word}") for word in ("one", "two", "three"))
        make_series(first, second, third)
        page = text_at(client, second.get_absolute_url())
        assert "Part 2 of 3: Back pain, step by step" in page
        assert f'<a rel="prev" href="{first.get_absolute_url()}">' in page
        assert f'<a rel="next" href="{third.get_absolute_url()}">' in page
        assert '<strong aria-current="page">Part two</strong>' in page

    def test_readers_are_led_past_what_they_cannot_read(self, client: Client) -> None:
        first, last = make_article("First"), make_article("Last")
        make_series(first, make_article("Secret", published=False), last)
        page = text_at(client, first.get_absolute_url())
        assert "Part 1 of 2" in page
        assert "Secret" not in page
        assert f'<a rel="next" href="{last.get_absolute_url()}">' in page

    def test_a_series_of_one_is_none(self) -> None:
        article = make_article()
        make_series(article, make_article(published=False))
        assert place_in_series(article) is None
        assert place_in_series(make_article()) is None

    def test_an_article_stands_in_one_series(self) -> None:
        article = make_article()
        make_series(article)
        other = Series.objects.create(name="Another")
        with pytest.raises(IntegrityError), transaction.atomic():
            SeriesPart.objects.create(series=other, article=article)

    def test_staff_put_one_together(self, client: Client) -> None:
        client.force_login(make_staff())
        one, two = make_article("One"), make_article("Two")
        answer = client.post(
            reverse("admin:articles_series_add"),
            {
                "name": "Steps",
                "parts-TOTAL_FORMS": "2",
                "parts-INITIAL_FORMS": "0",
                "parts-0-article": one.pk,
                "parts-0-position": "2",
                "parts-1-article": two.pk,
                "parts-1-position": "1",
            },
        )
        assert answer.status_code == 302
        place = place_in_series(one)
        assert place is not None
        assert place.parts == [two, one]
        assert b"Steps" in client.get(reverse("admin:articles_series_changelist")).content


class TestRelated:
    def test_what_shares_topic_tags_and_telling_words_comes_first(self) -> None:
        topic, tag = make_topic("Sleep"), Tag.objects.create(name="Night", slug="night")
        article = make_article("Sleeping with pain", topic=topic, standfirst="Good nights.")
        closest = make_article("Pillows for sleeping", topic=topic)
        tagged = make_article("Evening walks", topic=make_topic("Moving"))
        make_article("Lifting boxes", topic=make_topic("Work"))
        same_topic = make_article("Mattresses", topic=topic)
        for row in (article, closest, tagged):
            row.tags.add(tag)
        assert related_articles(article)[:2] == [closest, tagged]
        assert same_topic in related_articles(article)
        assert len(related_articles(article)) == 3

    def test_a_telling_word_joins_articles_without_any_topic(self) -> None:
        article = make_article("Ibuprofen and your stomach")
        close = make_article("How ibuprofen works: ibuprofen", standfirst="Your stomach and it.")
        make_article("Gardening")
        assert related_articles(article) == [close]

    def test_what_the_texts_say_joins_them_where_titles_and_topics_do_not(self) -> None:
        for number in range(6):
            make_article(f"Gardening {number}", body="<p>Something about flowers and rain.</p>")
        text = "<p>Something about gabapentin, pregabalin and nortriptyline for the nerves.</p>"
        article, close = make_article("First", body=text), make_article("Second", body=text)
        assert related_articles(article) == [close]

    def test_words_that_most_texts_have_join_nothing(self) -> None:
        text = "<p>Something about the back.</p>"
        article = make_article("First", body=text)
        for name in ("Second", "Third"):
            make_article(name, body=text)
        assert related_articles(article) == []

    def test_there_are_at_most_four_and_never_itself_or_a_draft(self, client: Client) -> None:
        topic = make_topic()
        article = make_article("Walking", topic=topic)
        make_article("Draft", topic=topic, published=False)
        make_article("A page", topic=topic, kind=Article.Kind.PAGE)
        for number in range(6):
            make_article(f"Moving {number}", topic=topic)
        found = related_articles(article)
        assert len(found) == 4
        assert {row.title[:6] for row in found} == {"Moving"}
        page = text_at(client, article.get_absolute_url())
        assert "Related articles" in page
        assert f'href="{found[0].get_absolute_url()}"' in page

    def test_an_article_with_nothing_in_common_has_no_such_list(self, client: Client) -> None:
        make_article("Gardening")
        article = make_article("Walking")
        assert "Related articles" not in text_at(client, article.get_absolute_url())

    def test_it_costs_one_query_however_many_there_are(
        self, django_assert_num_queries: Any
    ) -> None:
        topic, tag = make_topic(), Tag.objects.create(name="Night", slug="night")
        for number in range(20):
            make_article(f"Moving {number}", topic=topic).tags.add(tag)
        article = Article.objects.complete().filter(topic=topic)[0]
        with django_assert_num_queries(1):
            related_articles(article)


class TestCounting:
    @pytest.fixture(autouse=True)
    def forgotten(self) -> None:
        """A process keeps the list of the most read for a while."""
        cache.clear()
        PACE.forget()

    def read(self, client: Client, article: Article) -> int:
        headers = {"sec-fetch-site": "same-origin"}
        return client.post(reverse("articles:read", args=[article.pk]), headers=headers).status_code

    def test_reading_is_one_more_on_its_day_and_nothing_else(self, client: Client) -> None:
        article = make_article()
        answers = {self.read(client, article) for _ in range(3)}
        assert answers == {204}
        row = ReadCount.objects.get()
        assert (row.article, row.day, row.number) == (article, timezone.localdate(), 3)
        assert {field.name for field in ReadCount._meta.fields} == {
            "id",
            "article",
            "day",
            "number",
        }

    def test_opening_a_page_counts_nothing(self, client: Client) -> None:
        article = make_article()
        client.get(article.get_absolute_url())
        assert client.get(reverse("articles:read", args=[article.pk])).status_code == 405
        assert not ReadCount.objects.exists()

    def test_a_page_of_another_site_cannot_count(self, client: Client) -> None:
        address = reverse("articles:read", args=[make_article().pk])
        answer = client.post(address, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert not ReadCount.objects.exists()

    def test_what_readers_cannot_read_is_not_counted(self, client: Client) -> None:
        assert self.read(client, make_article(published=False)) == 404
        headers = {"origin": "http://testserver"}
        for number in (999_999, 10**22):
            assert client.post(f"/read/{number}/", headers=headers).status_code == 404

    def test_a_flood_counts_no_more_than_readers_could_be(self, client: Client) -> None:
        flooded, other = make_article(), make_article()
        assert {self.read(client, flooded) for _ in range(50)} == {204}
        assert ReadCount.objects.get().number == 20
        self.read(client, other)
        assert ReadCount.objects.get(article=other).number == 1

    def test_what_names_no_page_that_it_comes_from_is_not_counted(self, client: Client) -> None:
        address = reverse("articles:read", args=[make_article().pk])
        assert client.post(address).status_code == 204
        assert not ReadCount.objects.exists()

    def test_the_most_read_of_thirty_days_lead_once_there_are_enough(self, client: Client) -> None:
        today = timezone.localdate()
        topic = make_topic()
        rows = [make_article(f"Article {number}", topic=topic) for number in range(4)]
        old = make_article("Long ago", topic=topic)
        ReadCount.objects.create(article=old, day=today - timedelta(days=31), number=9_999)
        for number, article in enumerate(rows[:2]):
            ReadCount.objects.create(article=article, day=today, number=10 + number)
        assert most_read() == []
        assert "Most read" not in text_at(client, "/")
        for days in (1, 2):
            day = today - timedelta(days=days)
            ReadCount.objects.create(article=rows[2], day=day, number=9)
        cache.clear()
        assert [article.title for article in most_read()] == ["Article 2", "Article 1", "Article 0"]
        assert "Most read" in text_at(client, "/")
        assert "Most read on this topic" in text_at(client, topic.get_absolute_url())
        rows[2].withdraw(by=None)
        assert [article.title for article in most_read()] == ["Article 1", "Article 0"]

    def test_staff_see_the_numbers(self, client: Client) -> None:
        article = make_article("Walking")
        for _ in range(2):
            self.read(client, article)
        client.force_login(make_staff())
        page = text_at(client, reverse("admin:articles_readcount_changelist"))
        assert "Walking" in page
        assert "<td>2</td>" in page
        assert client.get(reverse("admin:articles_readcount_add")).status_code == 403


@pytest.mark.django_db(transaction=True)
class TestInTheBrowser:
    def test_ten_seconds_before_somebody_are_counted_once(self, page: Page) -> None:
        article = make_article("Walking", authors=[make_author()])
        page.clock.install()
        with page.expect_request_finished(lambda sent: "/read/" in sent.url) as counted:
            page.goto(article.get_absolute_url())
            page.clock.run_for(11_000)
        assert counted.value.method == "POST"
        page.clock.run_for(60_000)
        page.goto("/articles/")
        assert ReadCount.objects.get().number == 1

    def test_who_leaves_at_once_is_not_counted(self, page: Page) -> None:
        article = make_article("Walking")
        page.clock.install()
        page.goto(article.get_absolute_url())
        page.clock.run_for(5_000)
        page.goto("/articles/")
        assert not ReadCount.objects.exists()

    def test_the_boxes_lead_on_without_javascript(self, page_without_js: Page) -> None:
        topic = make_topic("Moving")
        first, second = (make_article(f"Walking {word}", topic=topic) for word in ("one", "two"))
        make_series(first, second)
        page_without_js.goto(first.get_absolute_url())
        page_without_js.get_by_role("link", name="Next Walking two").click()
        expect(page_without_js.get_by_role("heading", level=1)).to_have_text("Walking two")
        box = page_without_js.get_by_role("complementary", name="Related articles")
        box.get_by_role("link", name="Walking one").click()
        expect(page_without_js.get_by_role("heading", level=1)).to_have_text("Walking one")
