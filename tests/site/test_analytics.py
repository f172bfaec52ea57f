"""Counting visits: nothing by default, and then one host of the operator's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from backsite.lib import analytics
from tests.factories import make_article
from tests.newsletter.readers import asked, subscribed

NAME = "ANALYTICS"
HOST = "https://stats.example.org"


def read(monkeypatch: pytest.MonkeyPatch, value: str) -> analytics.Analytics | None:
    monkeypatch.setenv(NAME, value)
    return analytics.read(NAME)


@pytest.mark.django_db
def test_nothing_is_counted_by_default(client: Client) -> None:
    answer = client.get(make_article().get_absolute_url())
    assert "https://" not in answer.headers["Content-Security-Policy"]
    assert answer.content.decode().count("<script src=") == 2  # both ours


@pytest.mark.parametrize(
    ("value", "script", "attribute", "said"),
    [
        (f"plausible+{HOST}/www.example.org", "/js/script.js", "data-domain", "www.example.org"),
        (f"umami+{HOST}/4c1f-aa", "/script.js", "data-website-id", "4c1f-aa"),
        (f"goatcounter+{HOST}", "/count.js", "data-goatcounter", f"{HOST}/count"),
    ],
)
def test_each_program_is_told_the_site_as_it_wants(
    monkeypatch: pytest.MonkeyPatch, value: str, script: str, attribute: str, said: str
) -> None:
    assert read(monkeypatch, value) == (HOST, HOST + script, attribute, said)


@pytest.mark.parametrize(
    "value",
    [
        "google+https://www.example.org/UA-1",
        "plausible+http://stats.example.org/www.example.org",
        "plausible+https://stats.example.org",
        "plausible+https://a b/www.example.org",
        "plausible+https://stats.example.org;script-src/x",
        "plausible+https://me:word@stats.example.org/x",
        "umami+https://stats.example.org/x?y",
        "umami+https://[/x",
        "plausible+https://ståts.example.org/x",  # a header is ASCII: write xn--…
        "https://stats.example.org/script.js",
    ],
)
def test_a_mistake_stops_the_start_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=NAME):
        read(monkeypatch, value)


@pytest.mark.django_db
def test_public_pages_have_its_script_and_their_policy_its_host_only(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYTICS = read(monkeypatch, f"umami+{HOST}/4c1f-aa")
    for path in ("/", "/articles/", make_article().get_absolute_url(), "/newsletter/"):
        answer = client.get(path)
        tag = f'<script src="{HOST}/script.js" data-website-id="4c1f-aa" defer></script>'
        assert tag in answer.content.decode(), path
        policy = answer.headers["Content-Security-Policy"]
        assert f"script-src 'self' {HOST};" in policy
        assert f"connect-src 'self' {HOST};" in policy
        assert policy.count("https://") == 3
        assert not answer.cookies


@pytest.mark.django_db
def test_an_address_that_opens_something_of_one_person_is_told_to_nobody(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYTICS = read(monkeypatch, f"umami+{HOST}/4c1f-aa")
    person = subscribed(client)
    for path in (
        asked(client, "ben@example.org"),
        person.preferences_path,
        person.leave_path,
        "/newsletter/check-your-inbox/",
    ):
        assert HOST not in client.get(path).content.decode(), path
