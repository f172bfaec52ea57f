"""Every hour: our own comment through the real form, the keys, and sudden changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings as site_settings
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from articles.models import Article
from backsite.lib import work
from backsite.lib.bots import Vote
from backsite.lib.mail.models import Message
from backsite.lib.services.models import Outage, Service
from backsite.management.commands.worker import Command
from backsite.waiting import what_waits
from comments.filter import alarm, rehearsal
from comments.models import Comment, Discussion, Judgement, Origin, Watch, WatchResult
from comments.models.watching import FORM, LEAP
from tests.factories import make_article, make_comment, make_staff
from tests.lib.https_server import Reply, Server, serving

from .fake_akismet import Akismet

pytestmark = pytest.mark.django_db


def look(what: str) -> WatchResult:
    """One look, now."""
    Watch.begin()
    Watch.objects.exclude(what=what).delete()
    Outage.objects.update(next_try_at=timezone.now())
    Watch.objects.update(due_at=timezone.now(), leased_until=None)
    work.perform_due(Watch, most=1)
    return WatchResult.objects.filter(watch__what=what).latest("pk")


def next_look() -> timedelta:
    due_at = Watch.objects.get().due_at
    assert due_at is not None
    return due_at - timezone.now()


@pytest.mark.django_db(transaction=True)
def test_our_own_comment_goes_through_the_real_form_and_nothing_of_it_stays(
    live_server: LiveServer,
) -> None:
    make_article("Walking")
    seen = look("form")
    assert (seen.fine, "trap caught our own comment" in seen.words) == (True, True)
    assert (Comment.objects.count(), Origin.objects.count()) == (0, 0)
    assert next_look() > timedelta(minutes=55)


def test_comments_that_nobody_judges_are_noticed(settings: Settings) -> None:
    comment = make_comment(make_article(), approved=False)
    replies = [Reply(PAGE.format(trap=HIDDEN)), Reply(CAUGHT)]
    with serving(lambda asked: replies[bool(asked.fields)]) as site:
        settings.SITE_URL = site.url
        assert look("form").fine
        Comment.objects.update(created_at=timezone.now() - timedelta(minutes=11))
        seen = look("form")
        assert (seen.fine, "wait to be judged" in seen.words) == (False, True)
        Judgement.objects.get(comment=comment).perform()
        assert look("form").fine


def test_a_mark_that_we_did_not_sign_makes_an_ordinary_comment() -> None:
    article = make_article()
    for mark in ("form", TimestampSigner(salt="another").sign("form")):
        words = {**rehearsal.WORDS, "text": f"Is this kept? {mark}", "rehearsal": mark}
        Client().post(f"/comments/on/{article.pk}/", words)
    assert Comment.objects.count() == 2


def test_without_an_open_article_there_is_nothing_wrong() -> None:
    make_article(comments_open=False)
    assert look("form").fine


PAGE = """<form id="comment-form" action="/comments/on/1/"><textarea name="text"></textarea>
{trap}</form>"""
HIDDEN = '<div class="trap"><input name="homepage_title"></div>'
CAUGHT = '{"verdict": "spam", "checks": ["trap field"]}'


@pytest.mark.parametrize(
    ("page", "sent", "complaint"),
    [
        (Reply("<p>no form</p>"), Reply(), "no comment form"),
        (Reply(""), Reply(), "empty"),
        (Reply(PAGE.format(trap="")), Reply(), "trap field is missing"),
        (Reply(PAGE.format(trap='<input name="homepage_title">')), Reply(), "not hidden"),
        (Reply("oops", 500), Reply(), "500"),
        (Reply(PAGE.format(trap=HIDDEN)), Reply("oops", 500), "500"),
        (Reply(PAGE.format(trap=HIDDEN)), Reply("<p>thanks</p>"), "none of ours"),
        (Reply(PAGE.format(trap=HIDDEN)), Reply('{"verdict": "hold"}'), "did not notice"),
        (
            Reply(PAGE.format(trap=HIDDEN)),
            Reply(CAUGHT.replace("spam", "publish")),
            "would have been published",
        ),
    ],
)
def test_what_is_wrong_with_the_form_is_said(
    settings: Settings, page: Reply, sent: Reply, complaint: str
) -> None:
    make_article()
    with serving(lambda asked: sent if asked.fields else page) as site:
        settings.SITE_URL = site.url
        seen = look("form")
    assert (seen.fine, complaint in seen.words) == (False, True)


@pytest.fixture
def broken_site(settings: Settings) -> Iterator[Server]:
    make_article()
    with serving(lambda asked: Reply("<p>no form</p>")) as site:
        settings.SITE_URL = site.url
        yield site


def test_a_form_that_stays_broken_is_a_pile_and_one_mail(broken_site: Server) -> None:
    staff = make_staff()
    for _ in range(3):
        look("form")
        Outage.objects.filter(told_at=None).update(due_at=timezone.now())
        work.perform_due(Outage)
    assert Message.objects.filter(to=staff.email, subject=f"{FORM} needs a look").count() == 1
    piles = {pile.name: pile for pile in what_waits(staff)}
    assert "no comment form" in piles["check that needs a look"].hint


def test_the_owner_whom_the_site_names_is_told_and_nobody_else(broken_site: Server) -> None:
    make_staff()
    owner = make_staff("grace")
    discussion = Discussion.current()
    discussion.owner = owner
    discussion.save()
    look("form")
    Outage.objects.update(due_at=timezone.now())
    work.perform_due(Outage)
    assert list(Message.objects.values_list("to", flat=True)) == [owner.email]


def test_a_form_that_is_broken_is_looked_at_sooner(broken_site: Server) -> None:
    look("form")
    assert next_look() < timedelta(minutes=1)


def test_the_pile_is_gone_when_the_form_works_again(broken_site: Server) -> None:
    staff = make_staff()
    look("form")
    Article.objects.update(comments_open=False)
    look("form")
    assert "check that needs a look" not in {pile.name for pile in what_waits(staff)}


def test_it_can_be_switched_off(broken_site: Server, settings: Settings) -> None:
    settings.WATCH_FORM = False
    assert look("form").fine
    assert broken_site.asked == []


class EndsAtItsFirstPause(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_goes_on_working_begins_to_look() -> None:
    worker = Command()
    worker.stopping = EndsAtItsFirstPause()
    worker._loop()
    assert set(Watch.objects.values_list("what", flat=True)) == set(Watch.What.values)


def test_a_worker_that_starts_again_looks_no_oftener() -> None:
    Watch.begin()
    before = list(Watch.objects.values_list("what", "due_at"))
    Watch.begin()
    assert list(Watch.objects.values_list("what", "due_at")) == before
    assert len(before) == 4


def test_what_was_seen_is_forgotten_after_its_time() -> None:
    look("leaps")
    WatchResult.objects.update(at=timezone.now() - timedelta(days=91))
    look("leaps")
    assert WatchResult.objects.count() == 1


# --- Keys ---


def test_a_good_key_and_its_limits_are_known(akismet: Akismet) -> None:
    assert look("akismet").fine
    service = Service.named("Akismet")
    assert service.usage is not None
    assert (service.key_state, service.usage["usage"]) == ("valid", 7463)
    assert {asked.path for asked in akismet.server.asked} == {"/1.1/verify-key", "/1.2/usage-limit"}


def test_a_key_that_went_bad_is_noticed_before_any_comment_needs_it(akismet: Akismet) -> None:
    staff = make_staff()
    akismet.keys = set()
    assert not look("akismet").fine
    work.sweep()
    assert Service.named("Akismet").key_state == "refused"
    assert Message.objects.filter(to=staff.email, template="services/mail/outage").count() == 1


def test_an_akismet_that_is_away_is_noticed(akismet: Akismet) -> None:
    akismet.reply = Reply("oops", 500)
    assert not look("akismet").fine
    assert Service.named("Akismet").outage is not None


def test_without_keys_nobody_is_asked() -> None:
    assert look("akismet").words == "Off: no key is set"


# --- Sudden changes ---


@pytest.mark.parametrize(
    ("count", "of", "usually", "before", "rings"),
    [
        (30, 40, 20, 1000, True),
        (20, 20, 0, 100, True),  # the check is broken and condemns everybody
        (3, 40, 20, 1000, False),
        (9, 20, 0, 1000, False),  # too few to say
        (30, 40, 20, 90, False),  # too little to compare with
        (30, 40, 500, 1000, False),  # often before, too
        (400, 1000, 380, 1000, False),
        (1000, 1000, 1000, 1000, False),
    ],
)
def test_it_rings_for_a_leap_and_not_for_chance(
    count: int, of: int, usually: int, before: int, rings: bool
) -> None:
    assert alarm.is_leap(count, of, usually, before) is rings


def test_a_check_that_suddenly_condemns_everybody_is_told() -> None:
    article, now = make_article(), timezone.now()
    for number in range(125):
        comment = make_comment(article)
        Comment.objects.filter(pk=comment.pk).update(
            created_at=now - (timedelta(days=2) if number < 100 else timedelta(hours=1))
        )
        if number >= 100:
            comment.hear([Vote("fill time", 2.0, "Filled in within 0.1 seconds")])
    seen = look("leaps")
    assert "“fill time” spoke against 25 of the 25 comments of the last day" in seen.words
    assert Service.named(LEAP).outage is not None
    Comment.objects.update(created_at=now - timedelta(days=2))
    assert look("leaps").fine
    assert Service.named(LEAP).outage is None


def test_nothing_rings_on_a_small_site() -> None:
    article = make_article()
    for _ in range(12):
        make_comment(article).hear([Vote("fill time", 2.0, "Filled in within 0.1 seconds")])
    assert look("leaps").fine
    assert site_settings.WATCH_FORM
