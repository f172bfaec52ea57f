"""The sign-up box, wherever it stands."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from articles.models import Site
from newsletter.wording import BUTTON, PROMISE
from tests.factories import make_article

from .readers import parsed

pytestmark = pytest.mark.django_db

TWO = Template('{% load newsletter_tags %}{% newsletter_box "middle" %}{% newsletter_box "foot" %}')


def test_it_says_what_the_letter_is_and_what_it_promises(client: Client) -> None:
    Site.objects.create(newsletter_title="The back letter", newsletter_pitch="Mondays, one page.")
    page = client.get("/newsletter/").content.decode()
    for words in (
        "The back letter",
        "Mondays, one page.",
        str(PROMISE),
        str(BUTTON),
        'href="/privacy/"',
    ):
        assert words in page


def test_it_stands_under_every_article_and_sends_the_articles_page_along(client: Client) -> None:
    article = make_article()
    page = parsed(client.get(article.get_absolute_url()).content)
    (box,) = page.xpath("//section[@class='signup']//form")
    assert box.get("action") == "/newsletter/"
    assert box.fields["page"] == article.get_absolute_url()


def test_two_boxes_on_a_page_share_no_id() -> None:
    page = TWO.render(Context({"request": RequestFactory().get("/articles/walking/")}))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for label in re.findall(r'<label for="([^"]+)"', page):
        assert label in ids


def test_it_is_the_same_for_everyone(client: Client) -> None:
    first, second = client.get("/newsletter/"), Client().get("/newsletter/")
    assert first.content == second.content
    assert not first.cookies
    assert b"csrfmiddlewaretoken" not in first.content


def test_its_trap_is_out_of_reach_of_people_and_their_browsers(client: Client) -> None:
    page = parsed(client.get("/newsletter/").content)
    (trap,) = page.xpath("//input[@name='homepage_title']")
    assert trap.get("tabindex") == "-1"
    assert trap.get("autocomplete") == "off"
    assert trap.xpath("ancestor::div[@class='trap' and @aria-hidden='true']")


def test_every_field_has_a_label_and_knows_what_browsers_may_fill_in(client: Client) -> None:
    page = parsed(client.get("/newsletter/").content)
    for name, fill in (("email", "email"), ("first_name", "given-name")):
        (field,) = page.xpath(f"//main//input[@name='{name}']")
        assert field.get("autocomplete") == fill
        assert page.xpath(f"//label[@for='{field.get('id')}']")


def test_it_asks_the_database_nothing_that_its_page_has_read_already(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    context = Context({"request": RequestFactory().get("/"), "site": Site(name="Backs")})
    with django_assert_num_queries(0):
        TWO.render(context)
