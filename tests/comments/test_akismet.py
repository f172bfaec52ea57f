"""Akismet's word on comments: asked by the worker, waited for, corrected by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import work
from backsite.lib.mail.models import Message
from backsite.lib.services.models import Outage, Service
from comments.filter import akismet as client_of
from comments.models import (
    AkismetCheck,
    AkismetCorrection,
    Comment,
    CommentEvent,
    DangerWord,
    Discussion,
    Moderation,
)
from tests.factories import make_article, make_staff
from tests.lib.https_server import Reply

from .fake_akismet import Akismet

pytestmark = pytest.mark.django_db
WORDS = {"text": "Does heat help?", "name": "Anna", "email": "anna@example.org"}


@pytest.fixture(autouse=True)
def published_when_it_passes() -> None:
    """So that a comment which is held is held for want of Akismet's word."""
    Discussion(moderation=Moderation.PUBLISH).save()


@pytest.fixture
def staff() -> User:
    return make_staff()


def post(client: Client, **other: str) -> Comment:
    sent = {**WORDS, "elapsed": "60000", **other}
    client.post(
        f"/comments/on/{make_article().pk}/",
        sent,
        headers={"user-agent": "a browser", "cookie": "theirs=secret"},
    )
    return Comment.objects.latest("pk")


def sweep() -> None:
    """What is due now; twice, because one kind of work asks for another."""
    work.sweep()
    work.sweep()


def pass_time(hours: float) -> None:
    """Everything that waits has waited that long."""
    shift = timedelta(hours=hours)
    for model in (AkismetCheck, AkismetCorrection):
        model.objects.update(due_at=F("due_at") - shift)
    Outage.objects.update(next_try_at=F("next_try_at") - shift)


def state_of(comment: Comment) -> str:
    return Comment.objects.get(pk=comment.pk).state


def word_on(comment: Comment) -> str:
    return comment.votes.get(check_name="Akismet").reason


def told(akismet: Akismet) -> list[str]:
    return [kind for kind, _ in akismet.told]


def test_a_comment_waits_for_akismets_word_and_is_then_published(
    client: Client, akismet: Akismet
) -> None:
    comment = post(client)
    assert akismet.server.asked == []
    assert comment.votes.get(check_name="Akismet").unknown
    sweep()
    assert (state_of(comment), len(akismet.checks)) == ("approved", 1)
    assert word_on(comment) == "Akismet sees no spam in it"


def test_what_akismet_calls_spam_is_spam(client: Client, akismet: Akismet) -> None:
    akismet.says = "true"
    comment = post(client)
    sweep()
    assert state_of(comment) == "spam"
    assert comment.votes.get(check_name="Akismet").evidence == {"answer": "true", "discard": False}


def test_without_a_key_nobody_is_asked(
    client: Client, akismet: Akismet, settings: Settings
) -> None:
    settings.AKISMET_KEY = ""
    comment = post(client)
    sweep()
    assert (state_of(comment), akismet.server.asked) == ("approved", [])
    assert not AkismetCheck.objects.exists()


def test_a_key_taken_away_lets_nothing_wait(
    client: Client, akismet: Akismet, settings: Settings
) -> None:
    comment = post(client)
    settings.AKISMET_KEY = ""
    sweep()
    assert (state_of(comment), akismet.server.asked) == ("approved", [])


@pytest.mark.parametrize("honoured", [False, True])
def test_blatant_spam_is_thrown_away_only_where_the_site_says_so(
    client: Client, akismet: Akismet, settings: Settings, honoured: bool
) -> None:
    settings.AKISMET_DISCARD = honoured
    akismet.says, akismet.headers = "true", {"X-akismet-pro-tip": "discard"}
    comment = post(client)
    sweep()
    assert state_of(comment) == ("trash" if honoured else "spam")


def test_blatant_spam_with_words_of_danger_is_seen_by_a_person(
    client: Client, akismet: Akismet, settings: Settings
) -> None:
    settings.AKISMET_DISCARD = True
    akismet.says, akismet.headers = "true", {"X-akismet-pro-tip": "discard"}
    DangerWord.objects.create(words="suicid*")
    comment = post(client, text="I am suicidal since the pain came back.")
    sweep()
    assert state_of(comment) == "spam"
    assert comment in Comment.objects.in_danger()


def test_a_provisional_word_publishes_nothing_and_is_asked_for_again(
    client: Client, akismet: Akismet
) -> None:
    akismet.headers = {"X-akismet-recheck-after": "120"}
    comment = post(client)
    sweep()
    assert (state_of(comment), len(akismet.checks)) == ("held", 1)
    due_at = AkismetCheck.objects.get().due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(seconds=110)
    akismet.headers, akismet.says = {}, "true"
    pass_time(0.1)
    sweep()
    assert (state_of(comment), len(akismet.checks)) == ("spam", 2)
    assert akismet.checks[1]["recheck_reason"] == "recheck_queue"


def test_a_server_that_never_makes_up_its_mind_is_taken_at_its_word(
    client: Client, akismet: Akismet
) -> None:
    akismet.headers = {"X-akismet-recheck-after": "120"}
    comment = post(client)
    for _ in range(6):
        sweep()
        pass_time(1)
    assert (state_of(comment), len(akismet.checks)) == ("approved", 3)


BAD = [
    Reply(""),
    Reply("<html>true</html>"),
    Reply("slow down", 429, {"Retry-After": "30"}),
    Reply("false", 500),
    Reply("true", 302, {"Location": "http://localhost/"}),
]


@pytest.mark.parametrize("reply", BAD)
def test_an_outage_loses_publishes_and_condemns_nothing_and_heals(
    client: Client, akismet: Akismet, reply: Reply
) -> None:
    akismet.reply = reply
    comments = [post(client, text=f"Question {number}") for number in range(3)]
    for _ in range(4):
        sweep()
        pass_time(7)
    assert [state_of(comment) for comment in comments] == ["held"] * 3
    akismet.reply = None
    sweep()
    pass_time(7)
    sweep()
    assert [state_of(comment) for comment in comments] == ["approved"] * 3
    assert Service.named("Akismet").outage is None
    assert CommentEvent.objects.filter(verb="approve").count() == 3  # judged once, not thrice


@pytest.mark.parametrize("mode", ["hang", "reset", "drip"])
def test_a_broken_akismet_costs_one_question_and_not_one_a_comment(
    client: Client, akismet: Akismet, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_of, "PATIENCE_SECONDS", 0.3)
    akismet.server.mode = mode
    comments = [post(client, text=f"Question {number}") for number in range(5)]
    sweep()
    assert len(akismet.checks) == 1
    assert {state_of(comment) for comment in comments} == {"held"}
    assert AkismetCheck.objects.filter(due_at__gt=timezone.now()).count() == 5


def test_nobody_waits_while_it_hangs(client: Client, akismet: Akismet) -> None:
    """The reader's page is answered before anything was asked of anybody."""
    akismet.server.mode = "hang"
    article = make_article()
    answer = client.post(f"/comments/on/{article.pk}/", WORDS)
    assert answer.status_code == 302
    assert akismet.server.asked == []
    assert AkismetCheck.objects.get().due_at is not None


def test_staff_decide_at_once_while_it_hangs(client: Client, akismet: Akismet, staff: User) -> None:
    akismet.server.mode = "hang"
    comment = post(client)
    comment.approve(by=staff)
    assert (state_of(comment), akismet.server.asked) == ("approved", [])


def test_an_outage_is_told_to_administrators_once(
    client: Client, akismet: Akismet, staff: User
) -> None:
    akismet.reply = Reply("oops")
    for number in range(20):
        post(client, text=f"Question {number}")
    for _ in range(5):
        sweep()
        Outage.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        pass_time(7)
    assert Message.objects.filter(to=staff.email, template="services/mail/outage").count() == 1


def test_a_refused_key_is_told_at_once(client: Client, akismet: Akismet, staff: User) -> None:
    akismet.keys = set()
    post(client)
    sweep()
    sweep()
    assert Service.named("Akismet").key_state == "refused"
    assert Message.objects.filter(to=staff.email, template="services/mail/outage").count() == 1


def test_one_comment_that_akismet_does_not_take_is_no_outage(
    client: Client, akismet: Akismet
) -> None:
    odd = post(client, text="odd")
    AkismetCheck.objects.update(sent={"comment_content": "odd"})  # without an address
    other = post(client)
    for _ in range(3):
        sweep()
        pass_time(7)
    assert (state_of(odd), state_of(other)) == ("held", "approved")
    assert Service.named("Akismet").outage is None
    assert "would not look at it" in word_on(odd)
    assert len(akismet.checks) == 2


def test_a_comment_that_breaks_akismet_does_not_keep_others_waiting(
    client: Client, akismet: Akismet
) -> None:
    breaks, others = post(client, text="breaks it"), [post(client), post(client, text="And cold?")]
    akismet.breaks_on = "breaks it"
    for _ in range(3):
        sweep()
        pass_time(7)
    assert [state_of(comment) for comment in [breaks, *others]] == ["held", "approved", "approved"]


def test_what_akismet_says_of_the_account_is_kept_for_staff(
    client: Client, akismet: Akismet
) -> None:
    akismet.headers = {"X-akismet-alert-code": "10501", "X-akismet-alert-msg": "Over the limit"}
    post(client)
    sweep()
    assert Service.named("Akismet").notice == "Over the limit (code 10501)"
    akismet.headers = {}
    post(client, text="Another")
    sweep()
    assert Service.named("Akismet").notice == ""


def test_after_two_weeks_of_silence_people_decide_alone(client: Client, akismet: Akismet) -> None:
    akismet.reply = Reply("oops")
    comment = post(client)
    AkismetCheck.objects.update(waits_since=timezone.now() - timedelta(days=16))
    sweep()
    check = AkismetCheck.objects.get()
    assert (check.gave_up_at is not None, state_of(comment)) == (True, "held")
    akismet.reply = None
    check.try_again()
    sweep()
    assert state_of(comment) == "approved"


# --- What people decide ---


def test_missed_spam_is_told_once_with_what_was_first_sent(
    client: Client, akismet: Akismet, staff: User
) -> None:
    comment = post(client)
    sweep()
    comment.spam(by=staff)
    comment.spam(by=staff)
    sweep()
    sweep()
    ((kind, asked),) = akismet.told
    assert kind == "spam"
    assert asked.fields == {**akismet.checks[0].fields, "comment_check_response": ["false"]}
    assert staff.username not in str(asked.fields)
    assert staff.email not in str(asked.fields)


def test_a_decision_taken_back_is_told_as_its_opposite(
    client: Client, akismet: Akismet, staff: User
) -> None:
    comment = post(client)
    sweep()
    comment.spam(by=staff)
    sweep()
    comment.hold(by=staff)
    sweep()
    comment.spam(by=staff)
    sweep()
    comment.approve(by=staff)
    sweep()
    assert told(akismet) == ["spam", "ham", "spam", "ham"]


def test_a_change_of_mind_before_anything_was_told_is_told_to_nobody(
    client: Client, akismet: Akismet, staff: User
) -> None:
    comment = post(client)
    sweep()
    comment.spam(by=staff)
    comment.approve(by=staff)
    sweep()
    assert told(akismet) == []
    assert set(AkismetCorrection.objects.values_list("outcome", flat=True)) == {"later", "agreed"}


def test_a_person_who_agrees_tells_akismet_nothing(
    client: Client, akismet: Akismet, staff: User
) -> None:
    akismet.says = "true"
    comment = post(client)
    sweep()
    comment.spam(by=staff)
    sweep()
    assert told(akismet) == []


def test_a_mistake_of_akismets_is_put_right(client: Client, akismet: Akismet, staff: User) -> None:
    akismet.says = "true"
    comment = post(client)
    sweep()
    comment.approve(by=staff)
    sweep()
    assert (told(akismet), state_of(comment)) == (["ham"], "approved")


def test_the_machines_own_verdicts_are_told_to_nobody(client: Client, akismet: Akismet) -> None:
    akismet.says = "true"
    comment = post(client)
    sweep()
    comment.approve(by=None)
    sweep()
    assert told(akismet) == []


def test_a_decision_before_akismets_word_stands_and_is_told_after_it(
    client: Client, akismet: Akismet, staff: User
) -> None:
    akismet.reply = Reply("oops")
    comment = post(client)
    sweep()
    comment.spam(by=staff)
    sweep()
    assert told(akismet) == []
    akismet.reply = None
    for _ in range(3):
        pass_time(1)
        sweep()
    assert (told(akismet), state_of(comment)) == (["spam"], "spam")


def test_a_correction_outlives_an_outage(client: Client, akismet: Akismet, staff: User) -> None:
    comment = post(client)
    sweep()
    akismet.reply = Reply("oops")
    comment.spam(by=staff)
    for _ in range(3):
        sweep()
        pass_time(1)
    akismet.reply = None
    sweep()
    sweep()
    assert told(akismet) == ["spam"]


def test_a_decision_undone_with_its_transaction_is_told_to_nobody(
    client: Client, akismet: Akismet, staff: User
) -> None:
    comment = post(client)
    sweep()
    with transaction.atomic():
        comment.spam(by=staff)
        transaction.set_rollback(True)
    sweep()
    assert told(akismet) == []


def test_words_that_their_writer_has_changed_teach_akismet_nothing(
    client: Client, akismet: Akismet, staff: User
) -> None:
    comment = post(client)
    sweep()
    comment.rewrite("Buy pills")
    comment.spam(by=staff)
    sweep()
    assert (told(akismet), AkismetCorrection.objects.get().outcome) == ([], "other")


@pytest.mark.parametrize("how", ["refused", "given up"])
def test_what_was_sent_in_vain_is_forgotten_as_well(
    client: Client, akismet: Akismet, settings: Settings, how: str
) -> None:
    post(client, text="odd")
    if how == "refused":
        AkismetCheck.objects.update(sent={"comment_content": "odd"})
    else:
        akismet.reply = Reply("oops")
        AkismetCheck.objects.update(waits_since=timezone.now() - timedelta(days=16))
    sweep()
    check = AkismetCheck.objects.get()
    assert (check.gave_up_at is not None, check.sent is not None) == (True, True)
    pass_time(24 * settings.COMMENT_ORIGIN_DAYS + 1)
    sweep()
    check.refresh_from_db()
    assert (check.sent, check.due_at) == (None, None)
    check.try_again()
    assert check.due_at is None


def test_what_was_sent_is_forgotten_and_then_corrects_nothing(
    client: Client, akismet: Akismet, staff: User, settings: Settings
) -> None:
    comment = post(client)
    sweep()
    pass_time(24 * settings.COMMENT_ORIGIN_DAYS + 1)
    sweep()
    assert AkismetCheck.objects.get().sent is None
    comment.spam(by=staff)
    sweep()
    assert (told(akismet), AkismetCorrection.objects.get().outcome) == ([], "late")
