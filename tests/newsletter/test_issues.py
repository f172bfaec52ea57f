"""What can be done with an issue, who gets it, and what the ledger holds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.models import (
    Choice,
    Delivery,
    Issue,
    NotNow,
    Segment,
    Subscriber,
    Suppression,
    ledger,
)

from .issues import begun, make_issue, make_letter, make_readers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    settings.MAIL_LEAVES = True


def addresses(issue: Issue) -> set[str]:
    return {person.email for person in issue.audience()}


def test_it_goes_to_those_who_chose_its_letter_and_may_be_mailed() -> None:
    kept, left, paused, suppressed = make_readers(4)
    make_readers(1, letter=make_letter("other", name="Another"))
    left.leave()
    Subscriber.objects.filter(pk=paused.pk).update(paused_until=timezone.now() + timedelta(days=3))
    Suppression.suppress(suppressed.email, "hard")

    assert addresses(make_issue()) == {kept.email}


def test_who_wants_one_letter_a_week_gets_no_second_one_in_it() -> None:
    weekly = make_readers(1, frequency="weekly")[0]
    always = make_readers(1)[0]
    first = begun()
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 OK") for row in first.deliveries.all()])

    assert addresses(make_issue()) == {always.email}
    Delivery.objects.update(settled_at=timezone.now() - timedelta(days=7))
    assert addresses(make_issue()) == {always.email, weekly.email}


def test_a_segment_narrows_it() -> None:
    old = make_readers(1, confirmed_at=timezone.now() - timedelta(days=90))[0]
    new = make_readers(1)[0]
    old.record("ask", evidence={"source_page": "/articles/sleep/"})
    since = timezone.localdate() - timedelta(days=30)

    late = Segment.objects.create(name="New", joined_since=since)
    early = Segment.objects.create(name="Old", joined_before=since)
    sleep = Segment.objects.create(name="Sleep", came_from="/articles/sleep")
    assert addresses(make_issue(segment=late)) == {new.email}
    assert addresses(make_issue(segment=early)) == {old.email}
    assert addresses(make_issue(segment=sleep)) == {old.email}


def test_beginning_writes_one_row_for_each_reader_with_an_address_of_its_own(
    settings: Settings,
) -> None:
    settings.RETURN_ADDRESS = "@back.example.org"
    make_readers(3)
    issue = begun()

    rows = list(issue.deliveries.all())
    assert issue.is_sending
    assert [row.domain for row in rows] == ["example.org"] * 3
    assert all(row.is_waiting for row in rows)
    assert len({row.message_id for row in rows}) == 3
    assert len({row.return_path for row in rows}) == 3
    assert Delivery.objects.of_message_id(rows[1].message_id) == rows[1]
    assert Delivery.objects.of_message_id(f"<i{rows[1].pk}.{'0' * 16}@example.org>") is None


def test_beginning_twice_writes_no_second_row() -> None:
    make_readers(2)
    issue = begun()
    issue.perform()
    assert issue.deliveries.count() == 2


def test_nobody_in_the_audience_is_told_to_staff_and_begins_nothing() -> None:
    issue = make_issue()
    issue.send_now(by=None)
    work.sweep()
    issue.refresh_from_db()
    assert "Nobody would get it" in issue.last_error
    assert issue.gave_up_at
    assert not issue.is_sending


def test_where_no_mail_leaves_it_says_so_and_begins_nothing(settings: Settings) -> None:
    settings.MAIL_LEAVES = False
    make_readers(1)
    issue = make_issue()
    issue.send_now(by=None)
    work.sweep()
    issue.refresh_from_db()
    assert issue.last_error == "No mail leaves this site: EMAIL_URL is not set."
    assert not issue.deliveries.exists()


def test_a_time_that_passed_while_the_site_was_down_asks_first() -> None:
    User.objects.create_superuser("ann", "ann@example.org", "pw")
    make_readers(1)
    issue = make_issue()
    issue.schedule(at=timezone.now() - timedelta(hours=2), by=None)
    work.sweep()
    issue.refresh_from_db()

    assert list(Issue.objects.late()) == [issue]
    assert not issue.deliveries.exists()
    mail = Message.objects.get(to="ann@example.org")
    assert "passed while the site was down" in mail.text

    issue.send_now(by=None)
    work.sweep()
    issue.refresh_from_db()
    assert issue.is_sending
    assert not Issue.objects.late().exists()


def test_one_that_is_due_now_begins_by_itself() -> None:
    make_readers(1)
    issue = make_issue()
    issue.schedule(at=timezone.now() + timedelta(hours=1), by=None)
    work.sweep()
    assert not issue.deliveries.exists()
    Issue.objects.update(due_at=timezone.now(), scheduled_for=timezone.now() - timedelta(minutes=5))
    work.sweep()
    assert issue.deliveries.count() == 1


def test_each_verb_writes_down_who_did_it() -> None:
    ann = User.objects.create_user("ann")
    make_readers(1)
    issue = begun()
    issue.pause(by=ann, why="A wrong date.")
    issue.pause(by=ann)
    issue.resume(by=ann)
    issue.cancel(by=ann, why="Too late.")

    told = [(event.verb, event.actor, event.why) for event in issue.events.all()]
    assert told[2:] == [
        ("pause", "ann", "A wrong date."),
        ("resume", "ann", ""),
        ("cancel", "ann", "Too late."),
    ]


def test_what_is_on_its_way_is_not_scheduled_again() -> None:
    make_readers(1)
    issue = begun()
    with pytest.raises(NotNow):
        issue.schedule(at=timezone.now(), by=None)
    issue.cancel(by=None)
    with pytest.raises(NotNow):
        issue.resume(by=None)


def test_it_ends_when_nobody_is_left_and_not_before() -> None:
    make_readers(2)
    issue = begun()
    first, second = issue.deliveries.all()
    ledger.settle([ledger.Settled(first.pk, "sent", 1, "250 OK")])
    assert issue.finish() is False
    ledger.settle([ledger.Settled(second.pk, "refused", 1, "550 no")])
    assert issue.finish() is True
    assert issue.finish() is False
    assert issue.finished_at


def test_two_subjects_go_to_a_part_and_the_better_to_the_rest() -> None:
    make_readers(200)
    issue = begun(subject_b="Walk!", trial_percent=20)
    by_variant = dict(Counter(issue.deliveries.values_list("variant", "state")))

    held = by_variant["", "held"]
    assert by_variant["a", "waiting"] > 5
    assert by_variant["b", "waiting"] > 5
    assert held > 120
    assert ledger.choose(issue.pk, "b") == held
    assert issue.deliveries.filter(variant="b").count() == held + by_variant["b", "waiting"]


def test_a_row_is_claimed_by_one_sender_alone() -> None:
    make_readers(5)
    issue = begun()
    mine = ledger.claim(issue.pk, 1, 3)
    others = ledger.claim(issue.pk, 2, 5)
    assert len(mine) == 3
    assert len(others) == 2
    assert not {row.pk for row in mine} & {row.pk for row in others}
    assert ledger.release(1) == 3
    assert len(ledger.claim(issue.pk, 2, 5)) == 3


def test_what_was_handed_over_is_never_taken_back() -> None:
    make_readers(1)
    issue = begun()
    row = issue.deliveries.get()
    ledger.settle([ledger.Settled(row.pk, "sent", 1, "250 OK")])
    ledger.settle([ledger.Settled(row.pk, "waiting", 1, "451 later", timezone.now())])
    row.refresh_from_db()
    assert row.state == Delivery.State.SENT


def test_the_numbers_stay_true_when_somebody_is_erased() -> None:
    one, _ = make_readers(2)
    issue = begun()
    Choice.objects.filter(subscriber=one).delete()
    one.delete()
    assert issue.deliveries.by_state()["waiting"] == 2


def test_a_process_that_still_runs_the_code_of_before_can_write_issues() -> None:
    """It does not know the columns that have come since."""
    new = ("id", "edited_at", "filled", "measured")
    make_issue()
    every = [str(field.column) for field in Issue._meta.concrete_fields]
    columns = ", ".join(name for name in every if name not in (*new, "key"))
    with connection.cursor() as cursor:
        into = f"INSERT INTO newsletter_issue (key, {columns})"
        cursor.execute(f"{into} SELECT 'old', {columns} FROM newsletter_issue")  # noqa: S608
    written = Issue.objects.get(key="old")
    assert (written.filled, written.measured) == ("", "off")
    assert written.edited_at <= timezone.now()
