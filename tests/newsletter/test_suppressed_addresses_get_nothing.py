"""What an address gets that is suppressed: what its owner has asked for just now, and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time
from pytest_django import DjangoAssertNumQueries

from backsite import held_mail
from backsite.lib import work
from backsite.lib.mail.models import Message
from newsletter.models import (
    Book,
    Enrolment,
    LiftedRound,
    Signup,
    Subscriber,
    Suppression,
)
from tests.factories import make_article, make_comment, make_staff
from tests.lib.waiting import PATIENCE

from .issues import make_readers
from .readers import (
    ANN,
    BROWSER,
    asked,
    do_what_is_due,
    link,
    mails,
    make_book,
    sign_up,
    subscribed,
    templates,
)
from .test_courses import make_course

pytestmark = pytest.mark.django_db


def test_each_mail_has_its_rule() -> None:
    """Whoever adds a mail decides whether a suppressed address gets it."""
    folder = Path(settings.BASE_DIR) / "templates"
    found = {
        str(path.relative_to(folder)).removesuffix("-subject.txt")
        for path in folder.rglob("*-subject.txt")
    }
    rules = [held_mail.ASKED_FOR, held_mail.BY_RIGHT, held_mail.TO_STAFF, held_mail.BY_ITSELF]
    assert sorted(found) == sorted(name for rule in rules for name in rule)


@pytest.mark.parametrize("reason", ["complaint", "hard", "soft", "import"])
def test_staffs_answer_to_a_comment_is_held_and_says_why(reason: str, admin_client: Client) -> None:
    comment = make_comment(make_article("Walking"), email=ANN, text="Does it help?")
    Suppression.suppress(ANN, reason)
    comment.answer(by=make_staff(), text="It does.")
    do_what_is_due()
    (answer,) = [mail for mail in mails() if mail.template == "comments/mail/answered"]
    assert answer.state == Message.State.HELD
    assert "Suppressed addresses" in answer.held_for
    assert "gets no mail since" in admin_client.get("/admin/mail/message/").content.decode()
    assert not Message.objects.stuck().exists()  # nothing for anybody to do


def test_a_letter_of_a_course_that_was_held_comes_once_the_address_works(client: Client) -> None:
    make_course("A", "B", "C")
    subscribed(client)
    with freeze_time(timezone.now() + timedelta(days=2)):
        work.perform_due(Enrolment)  # B is written,
        Suppression.suppress(ANN, "hard")  # and its address is gone before it leaves
        do_what_is_due()
        assert Message.objects.get(subject="B").state == Message.State.HELD
    with freeze_time(timezone.now() + timedelta(days=4)):
        Suppression.objects.get().lift(by=User.objects.create_user("editor"), why="It is back.")
        do_what_is_due()
        do_what_is_due()
        assert Message.objects.get(subject="B").kept_at is not None
        assert not Message.objects.filter(subject="C").exists()
    with freeze_time(timezone.now() + timedelta(days=6)):
        do_what_is_due()
    assert Message.objects.get(subject="C").kept_at is not None


def in_own_connection(step: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        step()
        connection.close()

    return run


def lift() -> None:
    Suppression.objects.get().lift(by=User.objects.create_user("editor"), why="It is back.")


def after_the_round() -> list[tuple[str, str]]:
    """Which mails the address has, and what became of each, when the worker has gone round."""
    LiftedRound.begin()
    LiftedRound.objects.update(due_at=timezone.now())
    do_what_is_due()
    return [(mail.template.rpartition("/")[2], mail.state.value) for mail in mails()]


def test_a_welcome_that_was_held_comes_by_itself_once_the_address_works(client: Client) -> None:
    client.post(asked(client))
    Suppression.suppress(ANN, "hard")  # before the welcome leaves
    assert after_the_round() == [("confirm", "kept"), ("welcome", "held")]
    assert after_the_round() == [("confirm", "kept"), ("welcome", "held")]
    lift()
    assert after_the_round() == [("confirm", "kept"), ("welcome", "kept")]
    first = mails()[-1].kept_at
    assert after_the_round() == [("confirm", "kept"), ("welcome", "kept")]
    assert mails()[-1].kept_at == first  # once


def test_the_round_asks_as_little_however_many_suppressions_were_lifted(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.post(asked(client))
    Suppression.suppress(ANN, "hard")
    assert after_the_round()[1] == ("welcome", "held")
    now = timezone.now()
    Suppression.objects.bulk_create(
        Suppression(email=f"reader{number}@example.org", reason="hard", lifted_at=now)
        for number in range(50)
    )
    make_readers(50)
    round_ = LiftedRound.begin()
    with django_assert_num_queries(1):
        round_.perform()


def test_one_mail_that_cannot_be_sent_again_holds_up_no_other(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    others = ["ada@example.org", "zoe@example.org"]
    for address in (ANN, *others):
        Subscriber.objects.create(email=address).confirm()
        Suppression.suppress(address, "hard")
    after_the_round()
    assert Message.objects.held().count() == 3
    with connection.cursor() as cursor:  # one row that the database refuses to change
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        never = f"CHECK (\"to\" <> '{ANN}' OR held_for <> '') NOT VALID"
        cursor.execute(f"ALTER TABLE mail_message ADD CONSTRAINT never {never}")
    for row in Suppression.objects.all():
        row.lift(why="It is back.")
    after_the_round()
    found = {mail.to: mail.state.value for mail in Message.objects.all()}
    assert found == {ANN: "held", **dict.fromkeys(others, "kept")}
    assert "What was held for one address cannot be sent" in caplog.text
    assert ANN not in caplog.text
    assert LiftedRound.objects.get().attempts == 0


@pytest.mark.django_db(transaction=True)
def test_the_round_waits_for_nobody_who_has_the_mail_in_hand(client: Client) -> None:
    client.post(asked(client))
    Suppression.suppress(ANN, "hard")
    assert after_the_round()[1] == ("welcome", "held")
    lift()
    LiftedRound.objects.update(due_at=timezone.now())
    with transaction.atomic():
        Message.objects.held().select_for_update().get()
        round_ = threading.Thread(target=in_own_connection(lambda: work.perform_due(LiftedRound)))
        round_.start()
        round_.join(PATIENCE)
        assert not round_.is_alive()
        assert LiftedRound.objects.get().due_at > timezone.now()  # type: ignore[operator]
    assert after_the_round()[1] == ("welcome", "kept")


def told_of_two_editions_while_suppressed(client: Client) -> Book:
    """Both mails were written before the address failed, and met that on their way."""
    book = make_book()
    person = subscribed(client)
    person.handovers.update(wants_news=True)
    for name in ("Second", "Third"):
        book.bring_out(name=name, news="", by=None).perform()
    Suppression.suppress(ANN, "hard")
    assert [state for _, state in after_the_round()[2:]] == ["held", "held"]
    return book


def test_of_the_editions_that_were_held_the_newest_comes(client: Client) -> None:
    told_of_two_editions_while_suppressed(client)
    lift()
    assert [state for _, state in after_the_round()[2:]] == ["held", "kept"]
    assert "Third" in mails()[-1].text


@pytest.mark.parametrize("since", ["left", "no longer wants it", "withdrawn"])
def test_what_nobody_wants_any_more_stays_held(client: Client, since: str) -> None:
    book = told_of_two_editions_while_suppressed(client)
    person = Subscriber.objects.get()
    if since == "left":
        person.leave()
    elif since == "no longer wants it":
        person.handovers.update(wants_news=False)
    else:
        Book.objects.filter(pk=book.pk).update(offered=False)
    lift()
    assert [state for _, state in after_the_round()[2:]] == ["held", "held"]


def test_in_a_pause_it_waits_for_the_end(client: Client) -> None:
    told_of_two_editions_while_suppressed(client)
    Subscriber.objects.get().pause()
    lift()
    assert [state for _, state in after_the_round()[2:]] == ["held", "held"]
    with freeze_time(timezone.now() + timedelta(days=31)):
        assert [state for _, state in after_the_round()[2:]] == ["held", "kept"]


def test_the_way_back_is_the_button_that_they_asked_for(client: Client) -> None:
    subscribed(client)
    Suppression.suppress(ANN, "complaint")
    Subscriber.objects.get().leave()
    sign_up(client)
    do_what_is_due()
    asked = mails()[-1]
    assert (asked.template, asked.state) == ("newsletter/mail/confirm", Message.State.KEPT)
    client.post(link(asked, "confirm"))
    do_what_is_due()
    assert not Suppression.objects.holds(ANN)
    welcome = mails()[-1]
    assert (welcome.template, welcome.state) == ("newsletter/mail/welcome", Message.State.KEPT)


def test_who_complained_is_asked_once_a_month_whoever_types_their_address(client: Client) -> None:
    subscribed(client)
    Suppression.suppress(ANN, "complaint")
    Subscriber.objects.get().leave()
    now = timezone.now()
    for day in (1, 2, 20, 29, 40):
        with freeze_time(now + timedelta(days=day)):
            assert sign_up(client).status_code == 302  # the same answer as ever
            do_what_is_due()
    assert templates().count("confirm") == 1 + 2
    reminders = [mail.state for mail in mails() if mail.template.endswith("/remind")]
    assert set(reminders) <= {Message.State.HELD}


def test_staffs_word_stands_above_a_strangers_but_not_above_the_law(client: Client) -> None:
    subscribed(client)
    Suppression.suppress(ANN, "staff", by=make_staff())
    Signup.objects.update(answered_at=timezone.now() - timedelta(days=2))
    Subscriber.objects.get().leave()
    sign_up(client)
    do_what_is_due()
    assert mails()[-1].state == Message.State.HELD
    Signup.objects.update(answered_at=timezone.now() - timedelta(days=2))
    client.post("/your-data/", {"email": ANN}, headers=BROWSER)
    do_what_is_due()
    own = mails()[-1]
    assert (own.template, own.state) == ("newsletter/mail/data", Message.State.KEPT)


def test_what_goes_to_those_who_run_the_site_is_never_held() -> None:
    Suppression.suppress("boss@example.org", "hard")
    for template in held_mail.TO_STAFF:
        assert held_mail.why_held(Message(template=template, to="boss@example.org")) == ""
