"""Readers report a comment, and the desk shows how the weeks go."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import unescape
from itertools import count

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from backsite.lib.mail.models import Message
from comments.figures import between, in_hours, lately
from comments.models import (
    Comment,
    DeletedComment,
    Report,
    WeeklyLetter,
    WeeklyRound,
)
from tests.comments.alerting import aged
from tests.comments.log import date_back
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment() -> Comment:
    return make_comment(make_article(), name="Hanna", text="Just stop your medicine.")


def report(client: Client, comment: Comment, address: str = "192.0.2.1", **sent: str) -> str:
    answer = client.post(
        f"/comments/{comment.pk}/report/",
        {"reason": "harm", "words": "", **sent},
        REMOTE_ADDR=address,
        HTTP_USER_AGENT="a browser",
        follow=True,
    )
    comment.refresh_from_db()
    return unescape(answer.content.decode())


def test_a_report_puts_the_comment_on_the_desk_and_hides_nothing(
    client: Client, comment: Comment
) -> None:
    comment.close(by=None)
    assert comment not in Comment.objects.on_the_desk()
    assert "Thank you" in report(client, comment, words="My mother did this")
    assert comment in Comment.objects.on_the_desk()
    assert comment.is_public
    assert Report.objects.get().words == "My mother did this"


def test_opening_the_page_reports_nothing_and_sets_no_cookie(
    client: Client, comment: Comment
) -> None:
    answer = client.get(f"/comments/{comment.pk}/report/")
    assert "Just stop your medicine." in answer.content.decode()
    assert not answer.cookies
    assert not Report.objects.exists()


def test_one_person_is_one_report_and_many_do_not_hide_it(client: Client, comment: Comment) -> None:
    for _ in range(5):
        report(client, comment)
    assert comment.open_reports == 1
    for number in range(2, 12):
        report(client, comment, address=f"192.0.2.{number}")
    assert comment.open_reports == 11
    assert comment.is_public


def test_the_address_of_the_sender_is_not_kept(client: Client, comment: Comment) -> None:
    report(client, comment, address="198.51.100.77")
    assert "198.51.100.77" not in str(Report.objects.values())


def test_a_bots_report_is_thanked_and_bothers_nobody(client: Client, comment: Comment) -> None:
    comment.close(by=None)
    assert "Thank you" in report(client, comment, homepage_title="x")
    assert comment.open_reports == 0
    assert Report.objects.count() == 1


@pytest.mark.parametrize("sent", [{"reason": ""}, {"reason": "nonsense"}])
def test_without_a_reason_it_asks_and_keeps_the_words(
    client: Client, comment: Comment, sent: dict[str, str]
) -> None:
    page = report(client, comment, words="It is dangerous", **sent)
    assert "Choose what is wrong with it." in page
    assert "It is dangerous" in page
    assert not Report.objects.exists()


def test_another_site_s_page_reports_nothing(client: Client, comment: Comment) -> None:
    client.post(
        f"/comments/{comment.pk}/report/",
        {"reason": "harm"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert not Report.objects.exists()


def test_what_readers_do_not_see_cannot_be_reported(client: Client, comment: Comment) -> None:
    thanks = f"/comments/{comment.pk}/reported/"
    assert comment.article.get_absolute_url() in client.get(thanks).content.decode()
    comment.hold(by=None)
    assert client.get(f"/comments/{comment.pk}/report/").status_code == 404
    # Nor does the page that thanks say where it was written.
    assert comment.article.get_absolute_url() not in client.get(thanks).content.decode()


def test_staff_settle_all_reports_at_once_and_the_log_knows(
    client: Client, comment: Comment
) -> None:
    ada = make_staff("ada")
    report(client, comment)
    report(client, comment, address="192.0.2.9")
    assert Report.settle(comment, by=ada) == 2
    assert Report.settle(comment, by=ada) == 0
    comment.refresh_from_db()
    assert comment.open_reports == 0
    assert [(event.verb, event.actor) for event in comment.events.filter(actor="ada")] == [
        ("settle", "ada")
    ]
    report(client, comment)  # somebody says it again afterwards
    assert comment.open_reports == 1


# Numbers.


def on(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_current_timezone())


MONDAY = date(2026, 3, 2)


_numbers = count(1)


def write(article: Article, at: datetime, *, approved: bool = True) -> Comment:
    comment = make_comment(article, approved=approved)
    Comment.objects.filter(pk=comment.pk).update(created_at=at)
    return comment


def answer(comment: Comment, at: datetime) -> None:
    made = comment.answer("Yes.", by=make_staff(f"staff{next(_numbers)}"))
    Comment.objects.filter(pk=made.pk).update(created_at=at)


def test_weeks_count_what_was_written_answered_and_put_right() -> None:
    article = make_article()
    for hours in (1, 2, 9):
        answer(write(article, on(MONDAY)), on(MONDAY) + timedelta(hours=hours))
    earlier = write(article, on(MONDAY - timedelta(days=9)))
    answer(earlier, on(MONDAY - timedelta(days=8)))
    answer(earlier, on(MONDAY))  # once more: it was answered in the week before
    spam = write(article, on(MONDAY), approved=False)
    spam.spam(by=None)
    rescued = write(article, on(MONDAY), approved=False)
    rescued.spam(by=None)
    rescued.approve(by=make_staff("ada"))
    date_back(rescued, on(MONDAY))
    DeletedComment.objects.create(number=99, state="spam", written_at=on(MONDAY), events=[])
    write(article, on(MONDAY + timedelta(days=7)))
    first, second = between(MONDAY, MONDAY + timedelta(days=14), "week")
    assert (first.received, first.spam, first.mistakes, first.answered) == (4, 2, 1, 3)
    assert first.median == pytest.approx(2)
    assert first.ninth == pytest.approx(7.6)
    assert (second.received, second.answered, second.median) == (1, 0, None)


def test_months_begin_on_their_first_day() -> None:
    article = make_article()
    write(article, on(date(2026, 2, 28), 23))
    write(article, on(date(2026, 3, 1), 0))
    found = between(date(2026, 2, 1), date(2026, 4, 1), "month")
    assert [period.received for period in found] == [1, 1]


@pytest.mark.parametrize(
    ("hours", "words"),
    [(None, "–"), (0.5, "30 minutes"), (1, "1 hour"), (47, "47 hours"), (72, "3 days")],
)
def test_times_are_said_in_one_unit(hours: float | None, words: str) -> None:
    assert in_hours(hours) == words


def test_the_page_shows_charts_and_a_table_and_costs_the_same_queries(client: Client) -> None:
    client.force_login(make_staff("ada"))
    address = "/admin/comments/weeklyletter/"
    with CaptureQueriesContext(connection) as empty:
        page = client.get(address).content.decode()
    assert page.count("<svg") >= 4
    assert page.count('<th scope="row">') == 26
    article = make_article()
    for _ in range(5):
        answer(make_comment(article), timezone.now())
    with CaptureQueriesContext(connection) as full:
        client.get(f"{address}?by=month")
    assert len(full) == len(empty)
    assert len(lately("month")) == 24


# The weekly letter.


def letters() -> list[Message]:
    WeeklyRound.begin()
    WeeklyRound.objects.update(due_at=timezone.now(), began_at=timezone.now() - timedelta(days=30))
    before = set(Message.objects.values_list("pk", flat=True))
    work.perform_due(WeeklyRound)
    return list(Message.objects.exclude(pk__in=before))


def test_once_a_week_staff_hear_that_nobody_was_missed() -> None:
    make_staff("ada")
    [letter] = letters()
    assert letter.subject == "Nobody was missed this week"
    assert letters() == []
    assert WeeklyLetter.objects.count() == 1


def test_or_who_was_with_a_link() -> None:
    make_staff("ada")
    missed = aged(make_comment(make_article("Walking"), name="Hanna"), days=3)
    [letter] = letters()
    assert letter.subject == "1 reader still waits for an answer"
    assert 'Hanna on "Walking"' in letter.text
    assert missed.get_admin_url() in letter.text


def test_a_site_of_today_gets_no_letter_about_last_week() -> None:
    make_staff("ada")
    WeeklyRound.begin()
    work.perform_due(WeeklyRound)
    assert not Message.objects.exists()


def test_the_page_of_a_report_shows_no_address_that_the_thread_hides(client: Client) -> None:
    comment = make_comment(make_article(), text="Write to anna@example.org, it helps.")
    page = client.get(f"/comments/{comment.pk}/report/").content.decode()
    assert "it helps" in page
    assert "anna@example.org" not in page


def test_a_report_that_cannot_be_kept_comes_back_with_its_words(
    client: Client, comment: Comment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **fields: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(Comment.objects, "approved", away)
    page = report(client, comment, words="My mother <did> this")
    assert "Your report is not saved yet" in page
    assert "My mother <did> this</textarea>" in page
    assert 'name="reason" value="harm"' in page
