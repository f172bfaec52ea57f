"""The desk speaks like the site: lists are called what they are, and dates are ours."""

from __future__ import annotations

import warnings
from html import unescape

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from backsite import menu
from tests.factories import make_article, make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db

LISTS = [f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in site._registry]


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada", first_name="Ada")
    client.force_login(user)
    return user


@pytest.mark.parametrize("name", LISTS)
def test_no_list_asks_to_select_something(client: Client, staff: User, name: str) -> None:
    page = unescape(client.get(reverse(name), follow=True).content.decode())
    assert "to change</h1>" not in page
    assert "to view</h1>" not in page
    assert "Select " not in page.partition("<title>")[2].partition("</title>")[0]


def test_the_menu_says_what_its_pages_are(client: Client, staff: User) -> None:
    page = client.get("/admin/").content.decode()
    for name, label in [
        ("Moderation log", "comments_settingchange"),
        ("Numbers and weekly letters", "comments_weeklyletter"),
        ("What you are told", "comments_alertchoice"),
    ]:
        assert f'href="{reverse(f"admin:{label}_changelist")}">{name}</a>' in page
    assert "Setting changes" not in page
    assert page.index(">Comments</a>") < page.index(">Moderation log<") < page.index(">Checks<")


def test_the_menu_names_only_pages_that_there_are() -> None:
    there = {model._meta.label for model in site._registry}
    assert {*menu.FIRST, *menu.NAMES, *menu.ELSEWHERE} <= there
    assert set(menu.APP_NAMES) <= {model._meta.app_label for model in site._registry}


def test_a_list_without_a_title_of_its_own_is_called_by_its_rows(
    client: Client, staff: User
) -> None:
    page = client.get("/admin/articles/topic/").content.decode()
    assert "<h1>Topics</h1>" in page
    assert "<title>Topics · Backsite desk</title>" in page


def test_dates_in_lists_are_written_as_in_our_sentences(client: Client, staff: User) -> None:
    article = make_article()
    when = f"{article.published_at:%-d %B %Y, %H:%M}"
    for address in ("/admin/articles/article/", f"/admin/articles/article/{article.pk}/change/"):
        page = client.get(address).content.decode()
        assert when in page
        assert " p.m." not in page
        assert " a.m." not in page


def test_an_address_typed_without_its_scheme_is_https(client: Client, staff: User) -> None:
    """Django 6 does so by itself; until then it warns wherever nobody said what is meant."""
    rows = [make_article(), make_author(), make_topic()]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The default scheme")
        for row in rows:
            model = row._meta.model_name
            page = client.get(f"/admin/articles/{model}/{row.pk}/change/").content.decode()
            assert 'type="url"' in page or model == "topic"
