"""Due work: claimed once, tried again later and later, given up where staff see it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def due_article() -> Article:
    article = make_article(published=False)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    return article


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def perform(self: Article) -> None:
        self.title = "half done"
        self.save(update_fields=["title"])
        raise error

    monkeypatch.setattr(Article, "perform", perform)


def test_what_is_due_is_done_by_the_sweep() -> None:
    article = due_article()
    work.sweep()
    article.refresh_from_db()
    assert article.is_public
    assert article.due_at is None


def test_what_is_not_due_yet_waits() -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() + timedelta(hours=1), by=None)
    assert work.sweep() == 0


def test_a_claimed_row_is_nobody_elses() -> None:
    due_article()
    assert work.claim(Article) is not None
    assert work.claim(Article) is None


def test_a_row_whose_worker_died_is_found_again_when_its_lease_has_run_out() -> None:
    article = due_article()
    assert work.claim(Article) == article
    Article.objects.update(leased_until=timezone.now())
    assert work.claim(Article) == article


def test_failing_work_leaves_nothing_half_done_and_waits_longer_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    article = due_article()
    failing(monkeypatch, OSError("the disk is full"))
    waits = []
    for _ in range(3):
        Article.objects.update(due_at=timezone.now())
        work.perform_due(Article)
        article.refresh_from_db()
        assert article.due_at is not None
        waits.append((article.due_at - timezone.now()).total_seconds())
    assert article.title == "Walking"
    assert "the disk is full" in article.last_error
    assert waits == pytest.approx([10, 30, 90], abs=2)


def test_work_that_says_when_to_go_on_is_done_again_then_with_fresh_attempts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    article, later = due_article(), timezone.now() + timedelta(hours=1)
    Article.objects.update(attempts=7)
    monkeypatch.setattr(Article, "perform", lambda self: later)
    assert (work.sweep(), work.sweep()) == (1, 0)
    article.refresh_from_db()
    assert (article.due_at, article.attempts, article.leased_until) == (later, 0, None)


def test_work_that_fails_too_often_stops_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    article = due_article()
    failing(monkeypatch, OSError("the disk is full"))
    for _ in range(Article.MOST_ATTEMPTS):
        Article.objects.update(due_at=timezone.now())
        work.perform_due(Article)
    article.refresh_from_db()
    assert article.gave_up_at is not None
    assert article.due_at is None
    assert "the disk is full" in article.last_error


def test_work_that_cannot_succeed_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    article = due_article()
    failing(monkeypatch, work.NeverAgain("no such mailbox"))
    work.perform_due(Article)
    article.refresh_from_db()
    assert article.gave_up_at is not None
    assert article.last_error == "no such mailbox"


def test_a_row_that_kills_its_workers_stops_at_the_limit() -> None:
    poison, healthy = due_article(), due_article()
    Article.objects.filter(pk=poison.pk).update(attempts=Article.MOST_ATTEMPTS)
    assert work.claim(Article) == healthy
    poison.refresh_from_db()
    assert poison.gave_up_at is not None
    assert "killed" in poison.last_error


def test_staff_can_have_it_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    article = due_article()
    with monkeypatch.context() as patched:
        failing(patched, work.NeverAgain("wrong key"))
        work.perform_due(Article)
    article.refresh_from_db()
    article.try_again()
    work.sweep()
    article.refresh_from_db()
    assert article.is_public


def test_the_hint_does_the_row_it_names_and_no_other() -> None:
    first, second = due_article(), due_article()
    work.start_work.call("articles.Article", str(second.pk))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_public, second.is_public) == (False, True)


def test_a_hint_that_comes_twice_does_nothing_the_second_time() -> None:
    article = due_article()
    work.start_work.call("articles.Article", str(article.pk))
    work.start_work.call("articles.Article", str(article.pk))
    assert article.events.filter(verb="publish").count() == 1


def test_the_pause_grows_and_has_a_limit() -> None:
    pauses = [work.pause_after(attempts) for attempts in range(1, 13)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == work.LONGEST_PAUSE


def test_what_a_person_decided_since_the_claim_stands() -> None:
    due_article()
    row = work.claim(Article)
    assert row is not None
    Article.objects.get().withdraw(by=None)
    row.attempt()
    article = Article.objects.get()
    assert article.state == Article.State.WITHDRAWN
    assert not article.events.filter(verb="publish").exists()


def test_a_failure_that_comes_late_does_not_undo_what_was_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due_article()
    row = work.claim(Article)
    assert row is not None

    def perform(self: Article) -> None:
        raise OSError("too late")

    monkeypatch.setattr(Article, "perform", perform)
    Article.objects.get().withdraw(by=None)
    row.attempt()
    article = Article.objects.get()
    assert (article.due_at, article.last_error) == (None, "")


def test_publishing_by_hand_settles_what_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    due_article()
    with monkeypatch.context() as patched:
        failing(patched, work.NeverAgain("no"))
        work.perform_due(Article)
    Article.objects.get().publish(by=None)
    assert Article.objects.get().gave_up_at is None


@pytest.mark.django_db(transaction=True)
def test_nobody_else_gets_a_row_that_is_being_performed_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due_article()
    under_way, seen = threading.Event(), threading.Event()

    def perform(self: Article) -> None:
        under_way.set()
        assert seen.wait(20)

    monkeypatch.setattr(Article, "perform", perform)

    def first_worker() -> None:
        row = work.claim(Article)
        assert row is not None
        # As if the time had passed: the lease is over while the work goes on.
        row.leased_until = timezone.now() - timedelta(seconds=1)
        Article.objects.update(leased_until=row.leased_until)
        row.attempt()
        connections.close_all()

    thread = threading.Thread(target=first_worker)
    thread.start()
    assert under_way.wait(20)
    assert work.claim(Article) is None
    seen.set()
    thread.join()
