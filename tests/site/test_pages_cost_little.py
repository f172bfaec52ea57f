"""A page made anew asks few questions of the database, whatever stands on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from articles.models import (
    Article,
    Call,
    Credential,
    ReadCount,
    Reference,
    Series,
    SeriesPart,
    Site,
    StartHere,
    Tag,
    Topic,
)
from comments.models import ArticleDiscussion, Comment, Discussion
from tests.factories import make_article, make_author, make_comment, make_staff, make_topic

pytestmark = pytest.mark.django_db

MOST = 8
COMMENTS = 200


def credential_of(author: Any, staff: Any) -> Credential:
    day = timezone.localdate()
    held = Credential.objects.create(
        author=author, what="Physiotherapist", issued_by="HCPC", valid_from=day - timedelta(9)
    )
    held.check_off(by=staff)
    return held


@pytest.fixture
def world() -> dict[str, Any]:
    """An article that has everything an article can have, and company on every list."""
    Site(name="Steady Back", tagline="Calm advice").save()
    Discussion(rules="Be kind.").save()
    staff = make_staff()
    above = make_topic("Backs")
    topic, further = make_topic("Moving", parent=above), make_topic("Sleep")
    writer, reader = make_author("Dr Ada Example", user=staff), make_author("Dr Bea Example")
    credentials = [credential_of(one, staff) for one in (writer, reader)]
    for key, place in (("book", Call.Place.TEXT), ("end", Call.Place.END)):
        Call.objects.create(
            key=key, title=key, button="Read on", target=Call.Target.BOOK, place=place
        )
    text = '<h2>One</h2><p>Walking helps.<cite data-ref="r1"></cite></p>'
    article = make_article(
        "Walking", topic=topic, authors=[writer], body=text + '<aside data-cta="book"></aside>'
    )
    Reference.objects.create(article=article, key="r1", title="T", doi="10.1/1")
    article.further_topics.add(further)
    article.tags.add(Tag.objects.create(name="Walks", slug="walks"))
    article.note_change("Put right.", by=staff)
    article.render()
    article.save()
    article.review(
        reviewer=reader,
        credential=credentials[1],
        next_due=timezone.localdate() + timedelta(90),
        by=staff,
    )
    others = [make_article(f"Walking {n}", topic=topic, authors=[reader]) for n in range(5)]
    series = Series.objects.create(name="Beginning")
    for position, one in enumerate([article, *others[:2]]):
        SeriesPart.objects.create(series=series, article=one, position=position)
    for one in others:
        StartHere.objects.create(topic=topic, article=one)
        ReadCount.objects.create(article=one, day=timezone.localdate(), number=99)
    ArticleDiscussion.objects.create(article=article, moderation="publish")
    make_comment(article).answer("Yes, it does.", by=staff)
    discuss(article)
    return {"article": article, "topic": topic}


def discuss(article: Article) -> None:
    """Half of them begin a thread, half answer one."""
    threads = [Comment(**words(article)) for _ in range(COMMENTS // 2)]
    Comment.objects.bulk_create(threads)
    Comment.objects.bulk_create(Comment(**words(article), parent=one) for one in threads)


def words(article: Article) -> dict[str, Any]:
    said = {"name": "Anna", "text": "x", "html": "<p>Does it help?</p>", "state": "approved"}
    return {"article": article, "approved_at": timezone.now(), **said}


def test_the_pages_that_readers_read_ask_eight_questions_at_most(
    client: Client, world: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    article, topic = world["article"], world["topic"]
    thread = f"{article.get_absolute_url()}comments/newest/"
    shown = {
        "/": "Most read",
        topic.get_absolute_url(): "Start here",
        article.get_absolute_url(): "Medically reviewed by",
        thread: "Does it help?",
    }
    client.get("/")  # the queries of a process are put together once
    for address, seen in shown.items():
        cache.clear()
        with django_assert_max_num_queries(MOST):
            page = client.get(address).content.decode()
        assert seen in page, address


def test_what_was_put_together_once_is_true_each_time(
    client: Client, world: dict[str, Any]
) -> None:
    """Only the questions are kept in a process, never an answer."""
    article = world["article"]
    before = client.get(article.get_absolute_url()).content.decode()
    for part in ("Part 1 of 3", "What changed", "Physiotherapist, HCPC", "Our team", "Read on"):
        assert part in before
    SeriesPart.objects.all().delete()
    Call.objects.update(active=False)
    Credential.objects.update(checked_at=None)
    Topic.objects.filter(pk=world["topic"].pk).update(name="Staying in motion")
    after = client.get(article.get_absolute_url()).content.decode()
    for part in ("Part 1 of 3", "Physiotherapist, HCPC", "Read on"):
        assert part not in after
    assert "Staying in motion" in after
