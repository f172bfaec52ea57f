"""A site without settings for it tells no other machine that something is new: robots ask for
the sitemap and the feeds, which say so."""

from __future__ import annotations

import socket
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models import Article, Author
from tests.articles.form import opened, send
from tests.factories import make_author, make_staff, make_topic

pytestmark = pytest.mark.django_db(transaction=True)

WAYS_OUT = ("connect", "connect_ex", "sendto", "sendmsg")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever this process wants from the network: written down, and refused. (PostgreSQL is
    reached by a library in C, which asks nobody.)"""
    asked: list[str] = []

    def refuse(way: str) -> Any:
        def refused(*words: Any, **more: Any) -> Any:
            asked.append(f"{way} {words}")
            raise OSError("There is no network in this test.")

        return refused

    for way in WAYS_OUT:
        monkeypatch.setattr(socket.socket, way, refuse(way))
    monkeypatch.setattr(socket, "getaddrinfo", refuse("getaddrinfo"))
    monkeypatch.setattr(subprocess.Popen, "__init__", refuse("program"))
    return asked


def told(page: Client) -> tuple[bool, str]:
    """(whether sitemap and feed name the article, the last change that the index names)."""
    index = page.get("/sitemap.xml").content.decode()
    assert page.get("/robots.txt").content.decode().count("/sitemap.xml\n") == 1
    part = index.partition("/sitemap-articles-")[2]
    number = part.partition(".xml")[0]
    entries = page.get(f"/sitemap-articles-{number}.xml").content.decode() if number else ""
    named = "/articles/walking/" in entries
    assert ("/articles/walking/" in page.get("/feed/").content.decode()) is named
    return named, part.partition("<lastmod>")[2].partition("</lastmod>")[0]


def work() -> None:
    call_command("worker", once=True)


@pytest.fixture
def author() -> Author:
    return make_author("Dr Eva Reader")


def test_publishing_correcting_and_withdrawing_ask_nothing_of_the_network(
    client: Client, author: Author, tried: list[str]
) -> None:
    make_topic("Moving")
    client.force_login(make_staff("ada"))
    basics = {"title": "Walking", "slug": "walking", "kind": "article"}
    send(client, {**opened(client), **basics, "body": "<p>See /about/.</p>"}, "_publish")
    work()
    article = Article.objects.get()
    assert article.is_public
    assert told(Client())[0]

    later = timezone.now() - timedelta(days=1)
    Article.objects.update(published_at=later)
    article.refresh_from_db()
    _, at_first = told(Client())  # yesterday
    line = {"change_notes-TOTAL_FORMS": "1", "change_notes-0-text": "We say how long."}
    line["change_notes-0-date"] = f"{timezone.localdate():%Y-%m-%d}"
    send(client, {**opened(client, article), **line, "standfirst": "Short."}, "_save", article)
    work()
    assert article.change_notes.count() == 1
    listed, then = told(Client())
    assert listed
    assert then != at_first

    send(client, opened(client, article), "_withdraw", article)
    work()
    assert told(Client()) == (False, "")
    assert tried == []


def test_an_article_that_the_worker_publishes_asks_nothing_of_the_network(
    author: Author, tried: list[str]
) -> None:
    article = Article(title="Walking", slug="walking", body="<p>Words.</p>")
    article.render()
    article.save()
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    work()
    assert told(Client())[0]
    assert tried == []
