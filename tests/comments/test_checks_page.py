"""The page “Checks”: how each has done, whether it works, and trying again."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from backsite.lib.bots import Vote
from backsite.lib.services.models import Service
from comments.check_records import records
from comments.models import AkismetCheck, Watch
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/comments/watch/"


@pytest.fixture
def staff(client: Client) -> User:
    found = make_staff()
    client.force_login(found)
    return found


def seen(client: Client) -> str:
    return " ".join(unescape(client.get(PAGE).content.decode()).split())


def test_catches_mistakes_and_silence_are_counted(staff: User) -> None:
    article = make_article()
    comments = [make_comment(article, approved=False) for _ in range(5)]
    for comment in comments[:3]:
        comment.hear([Vote("links", 2.0, "3 links; 2 is usual here")])
    comments[0].approve(by=staff)
    comments[1].spam(by=staff)
    comments[3].hear([Vote("links", -1.0, "no links")])
    comments[3].spam(by=staff)
    (record,) = [record for record in records() if record.name == "links"]
    total = record.total
    assert (total.asked, total.caught, total.wrong, total.missed, total.silent) == (5, 3, 1, 1, 1)
    assert record.weeks[-1].caught == 3


def test_a_check_that_could_not_be_asked_has_no_opinion_and_its_outages_are_counted(
    staff: User,
) -> None:
    comment = make_comment(make_article(), approved=False)
    comment.hear([Vote("Akismet", 0.0, "Akismet has not answered yet", unknown=True)])
    service = Service.named("Akismet")
    service.failed("It hangs.")
    service.outages.update(began_at=timezone.now() - timedelta(hours=3))
    (record,) = [record for record in records() if record.name == "Akismet"]
    assert (record.total.asked, record.total.silent, record.outages) == (1, 1, 1)
    assert record.total.away == pytest.approx(timedelta(hours=3), abs=timedelta(minutes=1))


def test_the_page_says_it_in_words(client: Client, staff: User, settings: Settings) -> None:
    settings.AKISMET_KEY = "abcdefgh1234"
    comment = make_comment(make_article(), approved=False)
    comment.hear([Vote("links", 2.0, "3 links; 2 is usual here")])
    comment.approve(by=staff)
    Service.named("Akismet").failed("It asks us to slow down (429).")
    page = seen(client)
    assert "Spoke against <strong>1</strong> of 1 comment; you published <strong>1</strong>" in page
    assert "It asks us to slow down (429)." in page
    assert "set, ends in 1234" in page
    assert "abcdefgh" not in page


def test_what_services_want_to_say_is_shown(client: Client, staff: User) -> None:
    service = Service.named("Akismet")
    service.answered(notice="Over the limit <b>(code 10501)</b>")
    service.told_of_usage({"limit": 10000, "usage": 9999, "percentage": 99.9, "throttled": True})
    page = client.get(PAGE).content.decode()
    assert "Over the limit &lt;b&gt;(code 10501)" in page
    assert "more was asked than your plan allows" in page
    assert "9,999 of 10,000" in page


def test_an_empty_site_has_a_page_too(client: Client, staff: User) -> None:
    assert "No check has had an opinion yet." in seen(client)


def test_the_page_costs_the_same_few_queries_however_much_there_is(
    client: Client, staff: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    article = make_article()
    for number in range(12):
        make_comment(article).hear([Vote(f"check {number}", 1.0, "why")])
    Watch.begin()
    with django_assert_max_num_queries(20):
        client.get(PAGE)


def test_asking_again_is_a_button_that_ends_the_pause(client: Client, staff: User) -> None:
    service = Service.named("Akismet")
    service.failed("It hangs.", pause=timedelta(hours=3))
    client.get(f"{PAGE}services/{service.pk}/now/")
    assert service.closed_until() is not None
    client.post(f"{PAGE}services/{service.pk}/now/")
    assert service.closed_until() is None


def test_what_was_given_up_can_be_tried_again(client: Client, staff: User) -> None:
    comments = [make_comment(make_article(), approved=False) for _ in range(2)]
    gone, waits = (
        AkismetCheck.objects.create(comment=comment, sent={"user_ip": "192.0.2.1"})
        for comment in comments
    )
    AkismetCheck.objects.filter(pk=gone.pk).update(gave_up_at=timezone.now())
    later = timezone.now() + timedelta(hours=5)
    AkismetCheck.objects.filter(pk=waits.pk).update(due_at=later)
    page = client.post(
        "/admin/comments/akismetcheck/",
        {"action": "try_again", "_selected_action": [gone.pk, waits.pk]},
        follow=True,
    )
    gone.refresh_from_db()
    waits.refresh_from_db()
    assert (gone.gave_up_at, gone.due_at is not None, waits.due_at) == (None, True, later)
    assert "1 on the way again." in page.content.decode()


@pytest.mark.parametrize("kind", ["akismetcheck", "akismetcorrection", "captchacheck"])
def test_each_kind_has_its_list(client: Client, staff: User, kind: str) -> None:
    page = client.get(f"/admin/comments/{kind}/?stands=waiting").content.decode()
    assert "where it stands" in page


def test_only_those_who_moderate_see_it(client: Client) -> None:
    stranger = get_user_model().objects.create_user("eve", is_staff=True)
    client.force_login(stranger)
    service = Service.named("Akismet")
    until = service.failed("It hangs.")
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}services/{service.pk}/now/").status_code == 403
    assert service.closed_until() == until
