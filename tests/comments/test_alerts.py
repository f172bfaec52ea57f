"""Staff are told of what readers ask: each once, in few letters, and never nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core import checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from backsite.lib import work
from backsite.lib.mail.models import Message
from comments.models import Alert, AlertChoice, AlertRound, Comment, Discussion
from tests.comments.alerting import aged, go_round, let_pass
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    return make_article("Walking")


def moderator(name: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_comment"))
    return user


def fresh(article: Article, **fields: object) -> Comment:
    """Written a minute ago and held: the checks have had their time."""
    return aged(make_comment(article, approved=False, **fields), minutes=1)


def minutes_ago(number: int) -> datetime:
    return timezone.now() - timedelta(minutes=number)


def test_each_who_may_moderate_is_told_of_a_new_comment_once(article: Article) -> None:
    moderator("ada"), moderator("ben")
    fresh(article, name="Hanna", text="My back hurts at night.")
    letters = go_round()
    assert {letter.to for letter in letters} == {"ada@example.org", "ben@example.org"}
    assert letters[0].subject == "Hanna on “Walking”"
    assert "My back hurts at night." in letters[0].text
    let_pass(minutes=20)
    assert go_round() == []
    assert Alert.objects.count() == 2


def test_nobody_else_is_told(article: Article) -> None:
    make_staff("owner")
    User.objects.create_user("writer", "writer@example.org", is_staff=True)
    gone = moderator("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    no_address = moderator("mute")
    User.objects.filter(pk=no_address.pk).update(email="")
    fresh(article)
    assert [letter.to for letter in go_round()] == ["owner@example.org"]


def test_a_comment_in_its_first_seconds_is_left_to_the_checks(article: Article) -> None:
    moderator("ada")
    spam = make_comment(article, approved=False)
    assert go_round() == []
    spam.spam(by=None)
    let_pass(minutes=5)
    assert go_round() == []


def test_what_was_dealt_with_before_the_letter_needs_none(article: Article) -> None:
    ada = moderator("ada")
    fresh(article)
    go_round()
    second = fresh(article)
    assert go_round() == []  # the last letter is younger than ten minutes
    second.trash(by=ada)
    let_pass(minutes=11)
    assert go_round() == []
    assert Alert.objects.get(comment=second).outcome == "dealt with before the letter was due"


def test_two_hundred_comments_in_an_hour_are_seven_letters_at_most(article: Article) -> None:
    moderator("ada")
    letters: list[Message] = []
    for _ in range(20):
        Comment.objects.bulk_create(
            Comment(article=article, name="Ida", text="?", created_at=minutes_ago(1))
            for _ in range(10)
        )
        letters += go_round()
        let_pass(minutes=3)
    let_pass(minutes=11)
    letters += go_round()
    assert len(letters) <= 7
    assert Alert.objects.waiting().count() == 0
    assert Alert.objects.count() == 200


def test_a_letter_about_many_says_how_many_more_there_are(article: Article) -> None:
    moderator("ada")
    for number in range(33):
        fresh(article, text=f"Question {number}")
    [letter] = go_round()
    assert letter.subject == "33 comments wait for you"
    assert letter.text.count("Read and answer it:") == 30
    assert "3 more wait on the desk" in letter.text


def test_a_digest_comes_once_a_day_at_its_hour(article: Article) -> None:
    ada = moderator("ada")
    hour = (timezone.localtime() + timedelta(hours=2)).hour
    AlertChoice.choose(ada, how="digest", digest_hour=hour)
    fresh(article, name="Hanna")
    fresh(article, name="Ida", text="Another question")
    assert go_round() == []
    # A day later its hour has come.
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=1))
    Alert.objects.update(created_at=timezone.now() - timedelta(hours=23))
    AlertChoice.objects.update(due_at=timezone.now())
    [letter] = go_round()
    assert "Hanna" in letter.text
    assert "Ida" in letter.text


def test_when_all_want_nothing_the_owner_is_told_all_the_same(article: Article) -> None:
    ada, owner = moderator("ada"), moderator("owner")
    Discussion(owner=owner).save()
    for user in (ada, owner):
        AlertChoice.choose(user, how="none", digest_hour=8)
    fresh(article)
    assert [letter.to for letter in go_round()] == ["owner@example.org"]


def test_what_passes_the_promised_time_is_told_again_and_then_to_the_owner(
    article: Article,
) -> None:
    owner = moderator("owner")
    Discussion(owner=owner, answer_hours=10).save()
    ada = moderator("ada")
    AlertChoice.choose(ada, how="digest", digest_hour=8)
    comment = aged(make_comment(article), hours=11)
    first = go_round()
    assert {letter.to for letter in first} == {"ada@example.org", "owner@example.org"}
    assert all(letter.subject.startswith("Late: ") for letter in first)
    let_pass(minutes=30)
    assert go_round() == []
    let_pass(hours=10)
    [last] = go_round()
    assert last.to == "owner@example.org"
    assert "past twice the promised answer time" in last.text
    let_pass(hours=100)
    assert go_round() == []
    assert comment.alerts.filter(kind="overdue").count() == 1


def test_after_a_night_with_the_machine_off_each_step_is_told_once_in_one_letter(
    article: Article,
) -> None:
    owner = moderator("owner")
    Discussion(owner=owner).save()
    comment = aged(make_comment(article), hours=60)
    [letter] = go_round()
    assert letter.subject.startswith("Late: ")
    assert set(comment.alerts.values_list("kind", flat=True)) == {"new", "late", "overdue"}
    assert letter.text.count("Read and answer it:") == 1


def test_an_answered_question_is_never_late(article: Article) -> None:
    ada = moderator("ada")
    comment = aged(make_comment(article), hours=60)
    comment.answer("Yes.", by=ada)
    assert go_round() == []


def test_imported_and_earlier_comments_make_no_letters(article: Article) -> None:
    moderator("ada")
    imported = fresh(article)
    Comment.objects.filter(pk=imported.pk).update(import_key="old.example:1")
    earlier = aged(make_comment(article), days=700)
    assert go_round() == []
    assert not earlier.alerts.exists()


def test_as_soon_as_somebody_can_be_told_everything_is(article: Article) -> None:
    fresh(article)
    assert go_round() == []
    moderator("ada")
    assert len(go_round()) == 1


def test_what_waited_for_somebody_who_left_is_told_to_the_others(article: Article) -> None:
    ada = moderator("ada")
    fresh(article)
    go_round()
    second = fresh(article)
    go_round()  # waits for ada's ten minutes
    User.objects.filter(pk=ada.pk).update(is_active=False)
    moderator("ben")
    let_pass(minutes=11)
    letters = go_round() + go_round()
    assert "ben@example.org" in {letter.to for letter in letters}
    assert second.alerts.filter(user__username="ben").exists()


def test_a_dead_worker_between_alert_and_letter_loses_nothing(article: Article) -> None:
    moderator("ada")
    fresh(article)
    AlertRound.begin()
    AlertRound.objects.update(began_at=timezone.now() - timedelta(days=1))
    work.perform_due(AlertRound)
    claimed = work.claim(AlertChoice)  # and here its worker is killed
    assert claimed is not None
    assert not Message.objects.exists()
    AlertChoice.objects.update(leased_until=timezone.now())
    assert len(go_round()) == 1


def test_the_link_opens_the_page_with_the_buttons_and_decides_nothing(
    article: Article, client: Client
) -> None:
    ada = moderator("ada")
    comment = fresh(article)
    [letter] = go_round()
    link = next(word for word in letter.text.split() if f"/comment/{comment.pk}/" in word)
    client.force_login(ada)
    parts = urlsplit(link)
    page = client.get(f"{parts.path}?{parts.query}").content.decode()
    assert 'name="do" value="answer"' in page
    comment.refresh_from_db()
    assert comment.is_held
    assert not comment.events.exists()


def test_a_round_costs_the_same_however_much_waits(article: Article) -> None:
    moderator("ada")
    for number in range(3):
        fresh(article, text=str(number))
    go_round()
    with CaptureQueriesContext(connection) as few:
        go_round()
    for number in range(60):
        fresh(article, text=f"more {number}")
    go_round()
    with CaptureQueriesContext(connection) as many:
        go_round()
    assert len(many) <= len(few) + 2


# What staff see of it.


@pytest.fixture
def ada(client: Client) -> User:
    user = moderator("ada")
    client.force_login(user)
    return user


def test_the_page_of_choices_keeps_a_choice_and_changes_nothing_by_being_opened(
    client: Client, ada: User
) -> None:
    address = "/admin/comments/alertchoice/mine/"
    assert "ada@example.org" in client.get(address).content.decode()
    assert not AlertChoice.objects.exists()
    client.post(address, {"how": "digest", "digest_hour": "7"})
    kept = AlertChoice.objects.get(user=ada)
    assert (kept.how, kept.digest_hour) == ("digest", 7)
    page = client.post(address, {"how": "digest", "digest_hour": "25"}).content.decode()
    assert "less than or equal to 23" in page
    kept.refresh_from_db()
    assert kept.digest_hour == 7


def test_an_alert_that_failed_stands_on_the_front_page_and_in_the_list(
    client: Client, ada: User, article: Article
) -> None:
    comment = fresh(article)
    [letter] = go_round()
    assert "did not arrive" not in unescape(client.get("/admin/").content.decode())
    Message.objects.filter(pk=letter.pk).update(
        due_at=None, gave_up_at=timezone.now(), last_error="no such mailbox"
    )
    assert "<strong>1</strong> alert that reached nobody" in client.get("/admin/").content.decode()
    listed = client.get("/admin/comments/alert/?outcome=failed").content.decode()
    assert "failed: no such mailbox" in unescape(listed)
    comment.trash(by=ada)  # nobody need hear of it any more
    assert "reached nobody" not in client.get("/admin/").content.decode()


def test_a_site_that_can_tell_nobody_says_so(client: Client, ada: User) -> None:
    User.objects.update(email="")
    assert "nobody gets alerts about comments" in client.get("/admin/").content.decode()
    said = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    assert [message.id for message in said] == ["comments.W001"]


def test_no_alert_can_be_changed_by_hand(client: Client, article: Article) -> None:
    client.force_login(make_staff("root"))
    fresh(article)
    go_round()
    alert = Alert.objects.get()
    assert (
        client.post(f"/admin/comments/alert/{alert.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    assert client.get("/admin/comments/alert/add/").status_code == 403
    assert Alert.objects.filter(pk=alert.pk).exists()


def test_a_question_that_is_opened_again_is_told_again(article: Article) -> None:
    ada = moderator("ada")
    question = fresh(article)
    go_round()
    question.answer("Yes.", by=ada)
    let_pass(days=3)
    assert go_round() == []
    question.reopen(by=None, why="its writer changed it")
    let_pass(minutes=11)
    Comment.objects.update(reopened_at=timezone.now() - timedelta(minutes=1))
    Alert.objects.update(created_at=timezone.now() - timedelta(minutes=12))
    letters = go_round()
    assert [letter.to for letter in letters] == ["ada@example.org"]
    let_pass(minutes=11)
    assert go_round() == [], "and once"
