"""How the list grows and where its readers come from, for staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import DjangoAssertNumQueries

from newsletter import growth
from newsletter.models import Signup, Subscriber

from .issues import make_letter, make_readers
from .readers import text_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/newsletter/subscriber/growth/"


def ago(weeks: int) -> dict[str, Any]:
    return {"confirmed_at": timezone.now() - timedelta(weeks=weeks)}


def test_each_week_says_who_joined_who_left_and_how_many_there_were() -> None:
    make_readers(3, **ago(40))
    make_readers(2, **ago(2))
    gone = make_readers(1, **ago(2))[0]
    gone.leave()
    weeks = growth.weeks(4)
    assert [(week.joined, week.left, week.size) for week in weeks] == [
        (0, 0, 3),
        (3, 0, 6),
        (0, 0, 6),
        (0, 1, 5),
    ]


def test_nobody_counts_who_has_never_confirmed() -> None:
    Subscriber.objects.create(email="pending@example.org")
    assert [week.size for week in growth.weeks(2)] == [0, 0]


def test_each_source_says_who_asked_joined_and_stayed() -> None:
    stays, left = make_readers(2)
    pending = Subscriber.objects.create(email="pending@example.org")
    for person in (stays, stays, left, pending):
        Signup.objects.create(
            email=person.email, subscriber=person, source_page="/articles/sleep/",
            form="article", campaign="spring" if person is stays else "",
        )  # fmt: skip
    left.leave()
    assert growth.sources("source_page") == [("/articles/sleep/", 3, 2, 1)]
    assert growth.sources("form") == [("article", 3, 2, 1)]
    assert growth.sources("campaign") == [("spring", 1, 1, 1)]


def test_the_page_shows_it_in_as_many_questions_however_long_the_list(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_readers(30, **ago(3))
    with django_assert_max_num_queries(12):
        answer = admin_client.get(PAGE)
    assert "30 subscribers now" in text_of(answer)
    assert answer.content.decode().count("<svg") >= 2
    assert (
        PAGE.removeprefix("/admin")
        in admin_client.get("/admin/newsletter/subscriber/").content.decode()
    )


def test_who_may_not_see_subscribers_does_not_see_it(client: Client) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    assert "Where they came from" not in text_of(client.get(PAGE))


def test_who_left_and_came_back_was_there_before_and_away_in_between() -> None:
    now = timezone.now()
    with freeze_time(now - timedelta(weeks=5)):
        person = Subscriber.objects.create(email="anna@example.org")
        person.confirm()
    with freeze_time(now - timedelta(weeks=3)):
        person.leave()
    with freeze_time(now - timedelta(weeks=1)):
        person.confirm()
    found = [(week.joined, week.left, week.size) for week in growth.weeks(7)]
    there, away = 1, 0
    assert found == [
        (0, 0, 0), (1, 0, there), (0, 0, there), (0, 1, away), (0, 0, away), (1, 0, there),
        (0, 0, there),
    ]  # fmt: skip


def test_who_took_the_leaving_back_was_away_and_who_left_again_left_twice() -> None:
    now = timezone.now()
    with freeze_time(now - timedelta(weeks=5)):
        person = Subscriber.objects.create(email="anna@example.org")
        person.confirm()
    with freeze_time(now - timedelta(weeks=4)):
        person.leave()
    with freeze_time(now - timedelta(weeks=2)), transaction.atomic():
        person.come_back(evidence={})
    with freeze_time(now - timedelta(weeks=1)):
        person.leave()
    found = [(week.joined, week.left, week.size) for week in growth.weeks(6)]
    assert found == [(1, 0, 1), (0, 1, 0), (0, 0, 0), (1, 0, 1), (0, 1, 0), (0, 0, 0)]


def lives(*deeds: tuple[int, Callable[[], object]]) -> list[tuple[int, int, int]]:
    """(joined, left, size) of the last six weeks, after deeds of so many weeks ago."""
    now = timezone.now()
    for weeks, deed in deeds:
        with freeze_time(now - timedelta(weeks=weeks)), transaction.atomic():
            deed()
    return [(week.joined, week.left, week.size) for week in growth.weeks(6)]


def anna() -> Subscriber:
    return Subscriber.objects.get(email="anna@example.org")


def bring(tmp_path: Path, text: str) -> Callable[[], object]:
    """Imports a list."""
    file = tmp_path / "list.csv"
    file.write_text(text)
    return lambda: call_command("import_subscribers", str(file), stdout=StringIO())


def test_who_was_imported_left_and_came_back_was_away_in_between(tmp_path: Path) -> None:
    make_letter()
    imported = bring(tmp_path, "email\nanna@example.org\n")
    assert lives(
        (4, imported), (3, lambda: anna().leave()), (1, lambda: anna().confirm())
    ) == [(0, 0, 0), (1, 0, 1), (0, 1, 0), (0, 0, 0), (1, 0, 1), (0, 0, 1)]  # fmt: skip


def test_who_was_imported_unconfirmed_joins_by_the_button(tmp_path: Path) -> None:
    make_letter()
    imported = bring(tmp_path, "email,state\nanna@example.org,pending\n")
    assert lives(
        (5, imported), (4, lambda: anna().leave()), (3, lambda: anna().confirm()),
        (2, lambda: anna().leave()), (1, lambda: anna().confirm()),
    ) == [(0, 0, 0), (0, 0, 0), (1, 0, 1), (0, 1, 0), (1, 0, 1), (0, 0, 1)]  # fmt: skip


def test_who_left_before_they_ever_confirmed_did_not_leave_the_list() -> None:
    Subscriber.objects.create(email="anna@example.org")
    assert lives((3, lambda: anna().leave()), (1, lambda: anna().confirm())) == [
        (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 1), (0, 0, 1),
    ]  # fmt: skip


def test_letters_taken_over_are_a_joining_for_who_was_not_there_yet() -> None:
    old = make_readers(1, confirmed_at=timezone.now() - timedelta(weeks=60))[0]
    Subscriber.objects.create(email="anna@example.org")
    take_over = lambda: anna().take_over(old, evidence={})  # noqa: E731
    assert lives(
        (4, take_over), (3, take_over), (2, lambda: anna().leave()), (1, lambda: anna().confirm())
    ) == [(0, 0, 1), (1, 0, 2), (0, 0, 2), (0, 1, 1), (1, 0, 2), (0, 0, 2)]  # fmt: skip
