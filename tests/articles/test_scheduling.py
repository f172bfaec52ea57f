"""Articles go out on time and once, by the worker; they end on time too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from tests.factories import make_article, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def verbs(article: Article) -> list[str]:
    return list(article.events.values_list("verb", flat=True))


def read(article: Article) -> Article:
    fresh: Article = Article.objects.get(pk=article.pk)
    return fresh


def work() -> None:
    call_command("worker", once=True)


def pass_time(article: Article, **columns: timedelta) -> None:
    """As if the time had come that long ago, while no worker ran."""
    now = timezone.now()
    Article.objects.filter(pk=article.pk).update(**{k: now - ago for k, ago in columns.items()})


def test_the_worker_publishes_what_is_due_once() -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() + timedelta(hours=1), by=None)
    work()
    assert read(article).state == "scheduled"
    pass_time(article, due_at=timedelta(minutes=1))
    work()
    work()
    assert read(article).is_public
    assert verbs(article) == ["schedule", "publish"]


def test_after_a_night_with_the_machine_off_it_has_the_time_it_was_scheduled_for() -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() + timedelta(hours=1), by=None)
    pass_time(article, due_at=timedelta(hours=9))
    due = read(article).due_at
    work()
    assert read(article).published_at == due
    assert read(article).due_at is None


def test_what_was_unscheduled_waits_for_a_person() -> None:
    article, ada = make_article(published=False), make_staff("ada")
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=ada)
    article.unschedule(by=ada)
    article.unschedule(by=ada)
    work()
    assert read(article).state == "draft"
    assert verbs(article) == ["schedule", "unschedule"]


def test_a_decision_after_the_claim_stands_above_the_worker() -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    claimed = read(article)
    article.unschedule(by=None)
    claimed.attempt()
    assert read(article).state == "draft"
    later = timezone.now() + timedelta(days=1)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    claimed = read(article)
    article.schedule(at=later, by=None)
    claimed.attempt()
    assert (read(article).state, read(article).due_at) == ("scheduled", later)


def test_what_shall_end_is_withdrawn_on_time() -> None:
    article = make_article()
    article.expire(at=timezone.now() + timedelta(days=1), by=None)
    work()
    assert read(article).is_public
    pass_time(article, due_at=timedelta(minutes=1))
    work()
    work()
    assert read(article).state == "withdrawn"
    assert verbs(article) == ["publish", "expire", "withdraw"]


def test_begin_and_end_in_one_night_with_the_machine_off() -> None:
    article = make_article(published=False)
    article.expire(at=timezone.now() + timedelta(hours=2), by=None)
    article.schedule(at=timezone.now() + timedelta(hours=1), by=None)
    pass_time(article, due_at=timedelta(hours=8), withdraw_at=timedelta(hours=4))
    work()
    assert read(article).state == "withdrawn"
    assert verbs(article) == ["expire", "schedule", "publish", "withdraw"]


def test_an_end_that_was_taken_back_does_not_come() -> None:
    article = make_article()
    article.expire(at=timezone.now() - timedelta(minutes=1), by=None)
    article.expire(at=None, by=None)
    work()
    assert read(article).is_public


def test_what_is_republished_keeps_its_first_date() -> None:
    article, ada = make_article(), make_staff("ada")
    first = article.published_at
    article.withdraw(by=ada, why="a wrong figure")
    article.republish(by=ada)
    article.republish(by=ada)
    assert read(article).published_at == first
    assert verbs(article) == ["publish", "withdraw", "republish"]
    with pytest.raises(ValueError, match="seen before"):
        make_article(published=False).republish(by=ada)


def test_what_was_withdrawn_can_be_worked_on_and_scheduled_again() -> None:
    article, ada = make_article(), make_staff("ada")
    article.withdraw(by=ada)
    article.draft(by=ada)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=ada)
    assert read(article).was_public
    work()
    assert read(article).is_public
    assert verbs(article) == ["publish", "withdraw", "draft", "schedule", "publish"]


def test_two_people_who_publish_at_once_publish_once() -> None:
    article = make_article(published=False)
    one, other = read(article), read(article)
    one.publish(by=None)
    other.publish(by=None)
    assert verbs(article) == ["publish"]


def test_a_published_article_is_no_draft_by_accident() -> None:
    article = make_article()
    article.draft(by=None)
    assert read(article).is_public
