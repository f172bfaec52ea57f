"""A series of letters: begins at the button, waits, branches, and never overtakes itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import Settings

from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.models import Course, Enrolment, Handover, Lesson, SentLesson, Subscriber

from .readers import ANN, do_what_is_due, mails, make_book, subscribed

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 8, tzinfo=timezone.get_default_timezone())


def make_course(*subjects: str, wait: int = 1, **fields: object) -> Course:
    """Letters A, B, C …; the first at once, each other `wait` days after the one before."""
    course = Course.objects.create(**{"name": "Seven days", "active": True, **fields})
    for position, subject in enumerate(subjects, start=1):
        lesson = Lesson(course=course, position=position, subject=subject)
        lesson.body = f"<p>Words of {subject}.</p>"
        lesson.wait_days = wait if position > 1 else 0
        lesson.render()
        lesson.save()
    return course


def had(address: str = ANN) -> list[str]:
    """The letters of the course that went out, in the order of their leaving."""
    rows = Message.objects.filter(to=address, template__endswith="/lesson")
    done = [row for row in rows if row.sent_at or row.kept_at]
    return [row.subject for row in sorted(done, key=lambda row: str(row.sent_at or row.kept_at))]


def at(**since: float) -> str:
    """What is due that long after the start is done; the last letter that went out."""
    with freeze_time(START + timedelta(**since)):
        do_what_is_due()
    return (had() or [""])[-1]


@pytest.fixture
def begun(client: Client) -> Subscriber:
    """Confirmed at the start, in a course of A, B, C and D, one a day."""
    make_course("A", "B", "C", "D")
    with freeze_time(START):
        return subscribed(client)


def test_the_first_comes_with_the_confirmation_and_the_others_wait_their_time(
    begun: Subscriber,
) -> None:
    assert had() == ["A"]
    assert at(hours=23) == "A"
    assert at(hours=25) == "B"
    assert at(hours=48) == "B"
    assert at(hours=50) == "C"
    at(days=4)
    assert at(days=9) == "D"
    assert had() == ["A", "B", "C", "D"]
    assert Enrolment.objects.get().finished_at is not None


def test_each_letter_has_its_words_and_every_way_to_leave(begun: Subscriber) -> None:
    letter = mails()[-1]
    assert letter.subject == "A"
    assert "Words of A." in letter.text
    assert "<p" in letter.html
    assert "/newsletter/leave/" in letter.text
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_night_off_or_a_week_does_not_bring_two_at_once(begun: Subscriber) -> None:
    assert at(days=8) == "B"
    assert at(days=8, hours=23) == "B"
    assert at(days=9, hours=1) == "C"


def test_the_next_waits_until_the_one_before_has_really_left(
    begun: Subscriber, settings: Settings
) -> None:
    with freeze_time(START + timedelta(days=2)):
        work.perform_due(Enrolment)  # B is written, and the mail server is away
    assert Message.objects.filter(subject="B").get().state == Message.State.WAITING
    with freeze_time(START + timedelta(days=5)):
        work.perform_due(Enrolment)
        assert SentLesson.objects.count() == 2
        work.perform_due(Message)
        work.perform_due(Enrolment)
    assert had() == ["A", "B"]
    assert at(days=5, hours=23) == "B"  # counted from when B left
    assert at(days=6, hours=1) == "C"


def test_one_that_was_given_up_holds_up_the_rest(begun: Subscriber) -> None:
    with freeze_time(START + timedelta(days=2)):
        work.perform_due(Enrolment)
        Message.objects.filter(subject="B").update(due_at=None, gave_up_at=timezone.now())
    assert at(days=20) == "A"
    with freeze_time(START + timedelta(days=21)):
        Message.objects.get(subject="B").send_again()
    assert at(days=21, minutes=5) == "B"
    assert at(days=23) == "C"


def test_a_worker_that_dies_after_writing_writes_no_letter_twice(
    begun: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the letter and the end of its transaction: all of it happens again, or
    none of it did."""

    class Killed(BaseException):
        pass

    def die(row: Enrolment, again: datetime) -> None:
        raise Killed

    for _ in range(2):
        with freeze_time(START + timedelta(days=2)), monkeypatch.context() as patched:
            patched.setattr(Enrolment, "_go_on", die)
            Enrolment.objects.update(leased_until=None)
            with pytest.raises(Killed):
                work.perform_due(Enrolment)
    assert not Message.objects.filter(subject="B").exists()
    assert at(days=2, hours=1) == "B"
    assert at(days=4) == "C"
    assert had() == ["A", "B", "C"]


def test_in_a_pause_nothing_comes_and_after_it_the_course_goes_on(begun: Subscriber) -> None:
    with freeze_time(START + timedelta(hours=12)):
        begun.pause()
    assert at(days=20) == "A"
    assert at(days=30, hours=13) == "B"


def test_a_pause_that_is_ended_early_does_not_hold_it_up(begun: Subscriber) -> None:
    with freeze_time(START + timedelta(hours=12)):
        begun.pause()
    assert at(days=3) == "A"
    with freeze_time(START + timedelta(days=4)):
        begun.resume()
    assert at(days=4, minutes=1) == "B"


def test_leaving_ends_it_and_coming_back_goes_on_with_what_was_not_read(
    client: Client, begun: Subscriber
) -> None:
    with freeze_time(START + timedelta(days=2)):
        work.perform_due(Enrolment)  # B is written and waits
        begun.leave()
    assert at(days=10) == "A"
    assert Enrolment.objects.get().ended_why == "left"
    with freeze_time(START + timedelta(days=20)):
        subscribed(client)
    assert had() == ["A", "B"]
    assert at(days=22) == "C"


def test_it_branches_on_whether_the_book_was_opened(client: Client) -> None:
    make_book()
    course = make_course("A", "Have you opened it?", "On chapter two", "D")
    lessons = course.lessons
    lessons.filter(position=2).update(condition=Lesson.Condition.UNOPENED)
    lessons.filter(position=3).update(condition=Lesson.Condition.OPENED)
    with freeze_time(START):
        reader, other = subscribed(client), subscribed(client, "bea@example.org")
    Handover.objects.get(subscriber=reader).count_opening()
    for days in range(2, 12):
        at(days=days)
    assert had() == ["A", "On chapter two", "D"]
    assert had(other.email) == ["A", "Have you opened it?", "D"]


def test_edits_on_the_way_change_what_comes_and_never_what_has_come(begun: Subscriber) -> None:
    course = Course.objects.get()
    b, c = course.lessons.get(subject="B"), course.lessons.get(subject="C")
    Lesson.objects.filter(pk=b.pk).update(position=30)  # B now comes last
    assert at(days=2) == "C"
    Lesson.objects.filter(pk=c.pk).update(position=40)  # what was had moves behind the rest
    extra = Lesson(course=course, position=2, subject="New", body="<p>x</p>", html="<p>x</p>")
    extra.save()
    Lesson.objects.filter(subject="D").update(active=False)
    at(days=10)
    assert had() == ["A", "C"]  # neither again, nor what stands before it
    assert Enrolment.objects.get().finished_at is not None


def test_a_course_that_is_switched_off_waits_where_it_is(begun: Subscriber) -> None:
    Course.objects.update(active=False)
    assert at(days=5) == "A"
    Course.objects.update(active=True)
    assert at(days=7) == "B"


def test_who_wants_one_letter_a_week_gets_one_a_week(begun: Subscriber) -> None:
    begun.set_frequency(Subscriber.Frequency.WEEKLY)
    assert at(days=6) == "A"
    assert at(days=7, hours=1) == "B"


def test_confirming_again_begins_no_second_round(client: Client, begun: Subscriber) -> None:
    for days in range(2, 12):
        at(days=days)
    begun.refresh_from_db()
    begun.leave()
    with freeze_time(START + timedelta(days=20)):
        subscribed(client)
    assert at(days=40) == "D"
    assert had() == ["A", "B", "C", "D"]


def test_one_can_stop_the_series_and_keep_the_letters(client: Client, begun: Subscriber) -> None:
    page = client.get(begun.preferences_path)
    assert "Seven days" in page.content.decode()
    row = Enrolment.objects.get()
    for _ in range(2):
        client.post(begun.preferences_path, {"do": "stop-course", "enrolment": row.pk})
    assert at(days=9) == "A"
    assert Subscriber.objects.get().is_confirmed
    assert begun.events.filter(verb="end course").count() == 1


def test_nobody_stops_the_series_of_somebody_else(client: Client, begun: Subscriber) -> None:
    row = Enrolment.objects.get()
    other = subscribed(client, "bea@example.org")
    client.post(other.preferences_path, {"do": "stop-course", "enrolment": row.pk})
    client.post(other.preferences_path, {"do": "stop-course", "enrolment": "9" * 30})
    row.refresh_from_db()
    assert row.ended_at is None


def test_staff_see_where_people_stand(admin_client: Client, begun: Subscriber) -> None:
    at(days=2)
    page = admin_client.get("/admin/newsletter/enrolment/").content.decode()
    assert "2 sent" in page
    course = Course.objects.get()
    page = admin_client.get(f"/admin/newsletter/course/{course.pk}/change/").content.decode()
    assert "Write another letter" in page
    assert "1" in admin_client.get("/admin/newsletter/course/").content.decode()
    lesson = Lesson.objects.get(subject="A")
    path = f"/admin/newsletter/lesson/{lesson.pk}/"
    assert admin_client.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert "Words of A." in admin_client.get(f"{path}change/").content.decode()
