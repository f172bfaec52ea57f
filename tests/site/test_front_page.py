"""The first page of the desk says what waits, for whom it is to do."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from backsite.lib.mail.models import Message
from backsite.lib.work import due_models
from comments.models import CaptchaCheck, Comment, DangerWord
from comments.models.danger import look_for_danger
from newsletter.models import Subscriber
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db

# Session and account; alarming, held, unanswered and doubted comments, how many and which is
# first; words about articles; reviews; checks in trouble; subscribers, confirmed and not; alerts
# that failed, whether anybody gets any, answers in articles whose discussion is gone; and what
# was given up of each kind of work.
FRONT_PAGE_QUERIES = 19 + len(due_models())


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff("ada")
    client.force_login(user)
    return user


def front_page(client: Client) -> str:
    page = client.get("/admin/")
    assert page.status_code == 200
    return unescape(page.content.decode())


def aged(comment: Comment, **age: int) -> Comment:
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(**age))
    return comment


def test_with_nothing_to_do_it_says_so(client: Client, staff: User) -> None:
    assert "Nothing waits for you." in front_page(client)


def test_it_says_what_waits_how_long_and_leads_there(client: Client, staff: User) -> None:
    article = make_article()
    oldest = aged(make_comment(article, approved=False), days=3)
    make_comment(article, approved=False)
    page = front_page(client)
    assert "<strong>2</strong> comments to decide on" in page
    assert "oldest 3 days ago" in page
    assert 'href="/admin/comments/comment/?pile=held"' in page
    start = f"{oldest.get_admin_url()}?_changelist_filters=pile%3Dheld"
    assert start in page
    assert client.get(start).status_code == 200
    assert "Nothing waits" not in page


def test_one_is_spoken_of_as_one(client: Client, staff: User) -> None:
    make_comment(make_article())
    page = front_page(client)
    assert "<strong>1</strong> reader without an answer" in page
    assert "comments to decide on" not in page


def test_who_has_waited_longest_comes_first(client: Client, staff: User) -> None:
    article = make_article()
    aged(make_comment(article, approved=False), hours=1)
    unanswered = aged(make_comment(article), days=2)
    page = front_page(client)
    assert page.index("reader without an answer") < page.index("comment to decide on")
    aged(unanswered, minutes=5)
    page = front_page(client)
    assert page.index("comment to decide on") < page.index("reader without an answer")


def test_words_of_danger_come_before_who_has_waited_longer(client: Client, staff: User) -> None:
    article = make_article()
    aged(make_comment(article, approved=False), days=9)
    assert "may mean danger" not in front_page(client)
    DangerWord.objects.create(words="numb legs")
    alarming = make_comment(article, text="Numb legs since noon.", approved=False)
    look_for_danger(alarming)
    page = front_page(client)
    assert "<strong>1</strong> comment that may mean danger" in page
    assert page.index("may mean danger") < page.index("comments to decide on")
    assert f"{alarming.get_admin_url()}?_changelist_filters=pile%3Ddanger" in page


def test_mail_that_could_not_be_sent_waits_too(client: Client, staff: User) -> None:
    answer = make_comment(make_article(), email="hanna@example.org").answer("Yes.", by=staff)
    assert answer.is_public
    assert "could not be sent" not in front_page(client)
    Message.objects.update(due_at=None, gave_up_at=timezone.now(), last_error="550 no such user")
    page = front_page(client)
    assert "<strong>1</strong> mail that could not be sent" in page
    assert "?state=failed" in page


def test_subscribers_are_a_figure_and_not_a_duty(client: Client, staff: User) -> None:
    Subscriber.objects.create(email="a@example.org").confirm()
    Subscriber.objects.create(email="b@example.org")
    page = front_page(client)
    assert "Nothing waits for you." in page
    assert "<strong>1</strong> subscriber</a> · 1 more has not confirmed yet." in page


def test_it_costs_the_same_however_much_waits(
    client: Client, staff: User, django_assert_num_queries: Any
) -> None:
    client.get("/admin/")
    with django_assert_num_queries(FRONT_PAGE_QUERIES):
        client.get("/admin/")
    for _ in range(12):
        make_comment(make_article(), approved=False)
    with django_assert_num_queries(FRONT_PAGE_QUERIES):
        client.get("/admin/")


def test_everybody_sees_only_what_they_may_do(client: Client) -> None:
    writer = User.objects.create_user("wim", password="x", is_staff=True)
    writer.user_permissions.add(Permission.objects.get(codename="change_article"))
    client.force_login(writer)
    make_comment(make_article(), approved=False)
    Subscriber.objects.create(email="a@example.org").confirm()
    page = front_page(client)
    assert "to decide on" not in page
    assert "subscriber" not in page


def test_a_person_without_an_account_sees_the_login(client: Client) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/login/?next=/admin/"


def test_no_kind_of_work_fails_for_good_unseen(client: Client, staff: User) -> None:
    check = CaptchaCheck.objects.create(comment=make_comment(make_article()))
    CaptchaCheck.objects.filter(pk=check.pk).update(
        gave_up_at=timezone.now(), last_error="its worker was killed"
    )
    page = front_page(client)
    assert "reCAPTCHA check that failed" in page
    assert "its worker was killed" in page
