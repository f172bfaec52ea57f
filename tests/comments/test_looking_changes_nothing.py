"""Every page of the desk about comments: looking changes nothing, and who may not, cannot."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from backsite.lib.bots import Submission, Vote
from backsite.lib.services.models import Service
from comments.models import (
    AkismetCheck,
    AlertChoice,
    Batch,
    BlockRule,
    Comment,
    DangerWord,
    Reader,
    SavedReply,
    Watch,
)
from comments.models.batch import Standing
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

OURS: Final = apps.get_app_config("comments")
# Not of comments, and changed by their pages all the same.
NO: Final = (302, 403, 404, 405)
WRITING: Final = ("INSERT", "UPDATE", "DELETE")
WRITES: Final = re.compile(r"\b(?:INSERT INTO|DELETE FROM|UPDATE \S+ SET)\b")
FILLED: Final = {
    "do": "block",
    "text": "No.",
    "how": "none",
    "digest_hour": "3",
    "title": "Mine",
    "words": "mine",
    "_save": "1",
}
OTHERS: Final = ("services.Service", "services.Outage", "articles.Article", "mail.Message")


@pytest.fixture
def something_of_everything() -> None:
    ada, article = make_staff("ada"), make_article()
    sent = Submission(form="comment", address="203.0.113.9", user_agent="Firefox")
    words = {"name": "Anna", "email": "anna@example.org", "website": "", "text": "Does it help?"}
    held = Comment.submit(sent, article=article, parent=None, **words)
    AkismetCheck.objects.create(comment=held, sent={})
    make_comment(article).answer("It does.", by=ada)
    spam = make_comment(article)
    before = Standing.of(spam)
    spam.spam(by=ada)
    Batch.record([(spam, before)], by=ada, done="marked as spam")
    BlockRule(kind="words", value="casino").keep(by=ada)
    Reader.of("anna@example.org").note("A patient reader.", by=ada)
    SavedReply.objects.create(title="Heat", text="Heat helps.")
    DangerWord(words="numb").keep(by=ada)
    AlertChoice.choose(ada, how="each", digest_hour=8)
    Service.named("Akismet").failed("It is away.")
    Watch.begin()


def addresses() -> list[str]:
    """Of each page, one for each kind of number it may be asked with."""
    found = []
    for model, pages in admin.site._registry.items():
        if model._meta.app_label != "comments":
            continue
        keys = [*model._default_manager.values_list("pk", flat=True)[:1], 1, 10**30]
        for pattern in pages.get_urls():
            if pattern.name is None:
                continue
            found += _reversed(f"admin:{pattern.name}", keys)
    return sorted(set(found))


def _reversed(name: str, keys: list[Any]) -> list[str]:
    made = []
    for args in ([], *([key] for key in keys)):
        try:
            made.append(reverse(name, args=args))
        except NoReverseMatch:
            continue
    return made


def everything() -> dict[str, list[dict[str, Any]]]:
    models = [*OURS.get_models(), *map(apps.get_model, OTHERS)]
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models
    }


def changes_in(queries: CaptureQueriesContext) -> list[str]:
    """What was written, but for the messages that wait for the next page."""
    asked = [query["sql"] for query in queries.captured_queries]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements")
        known = {name: bool(WRITES.search(statement)) for name, statement in cursor.fetchall()}
    return [
        sql
        for sql in asked
        if (sql.split(" ", 1)[0] in WRITING and "django_session" not in sql)
        or (sql.startswith("EXECUTE ") and known[sql.split()[1]])
    ]


def test_what_a_connection_knows_by_heart_is_seen_to_write() -> None:
    comment = make_comment(make_article())
    with CaptureQueriesContext(connection) as queries:
        comment.hear([Vote("links", 2.0, "3 links")])
    assert len(changes_in(queries)) == 1


def test_looking_at_any_page_changes_nothing(client: Client, something_of_everything: None) -> None:
    client.force_login(User.objects.get(username="ada"))
    pages = addresses()
    assert len(pages) > 60
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(page)
        assert answer.status_code < 500, page
        assert changes_in(queries) == [], page


@pytest.mark.parametrize("may_look", [False, True])
def test_who_may_not_decide_changes_nothing(
    client: Client, something_of_everything: None, may_look: bool
) -> None:
    somebody = User.objects.create_user("writer", is_staff=True)
    if may_look:
        looking = Permission.objects.filter(codename__startswith="view_")
        somebody.user_permissions.set(looking.filter(content_type__app_label="comments"))
    client.force_login(somebody)
    before = everything()
    for page in addresses():
        answer = client.post(page, FILLED)
        assert answer.status_code in ((200, 302, 403, 404, 405) if may_look else NO), page
        if not may_look:
            assert client.get(page).status_code in NO, page
    assert everything() == before
