"""What came back is acted on: gone for good, full for now, called spam, asked to leave."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backsite.lib.mail.models import Message
from newsletter import kept
from newsletter.mailbox.arrivals import take
from newsletter.models import BounceEvent, Heard, ReturnedMail, Signup, Subscriber, Suppression
from newsletter.returns import LEAVING, MAIL, return_path

from .readers import asked, mails, subscribed, templates
from .returned import bounce, complaint, full_mailbox, letter

pytestmark = pytest.mark.django_db
ANN = "ann@example.org"


@pytest.fixture(autouse=True)
def returns(settings: Settings) -> None:
    settings.RETURN_ADDRESS = "bounces@site.test"
    settings.SOFT_BOUNCES, settings.SOFT_BOUNCE_DAYS = 3, 30


def held() -> bool:
    return Suppression.objects.holds(ANN)


def heard(kind: str, number: int = 1, **more: object) -> BounceEvent | None:
    return BounceEvent.hear(
        Heard(**{"key": f"test:{number}", "recipient": ANN, "kind": kind, "source": "test", **more})  # type: ignore[arg-type]  # as the tests give them
    )


def test_an_address_that_is_gone_gets_no_more_mail_and_stays_a_subscriber(client: Client) -> None:
    person = subscribed(client)
    taken = take(bounce())
    assert held()
    person.refresh_from_db()
    assert person.is_confirmed  # it did not leave: it can come back when the mailbox does
    (event,) = taken.events
    assert (event.kind, event.status, event.reason, event.effect) == (
        "hard", "5.1.1", "userunknown", "suppressed",
    )  # fmt: skip
    assert "5.1.1 userunknown" in Suppression.objects.get().evidence


def test_the_same_mail_twice_is_one_report() -> None:
    raw = full_mailbox()
    assert not take(raw).known
    assert take(raw).known
    assert BounceEvent.objects.count() == ReturnedMail.objects.count() == 1


def test_a_full_mailbox_counts_and_at_the_limit_there_is_no_more_mail() -> None:
    effects = [take(full_mailbox()).events[0].effect for _ in range(3)]
    assert effects == ["counted: 1 of 3 within 30 days", "counted: 2 of 3 within 30 days",
                       "suppressed"]  # fmt: skip
    assert Suppression.objects.get().reason == "soft"


def test_many_reports_on_one_mail_are_one_failure() -> None:
    to = return_path(MAIL, 815)
    for _ in range(5):
        take(full_mailbox(to=to))
    assert not held()


def test_old_failures_are_forgotten() -> None:
    for number, days in enumerate((90, 60, 0)):
        heard("soft", number, reason="mailboxfull",
              happened_at=timezone.now() - timedelta(days=days))  # fmt: skip
    assert not held()


def test_a_refusal_that_speaks_of_us_is_not_counted_against_the_reader() -> None:
    for _ in range(5):
        taken = take(bounce(diagnostic="550 5.7.1 Your IP is on a blocklist", status="5.7.1"))
    assert not held()
    assert taken.events[0].effect == "nothing: it speaks of us, not of the address"


def test_whoever_complains_leaves_at_once_and_is_never_mailed_again(client: Client) -> None:
    person = subscribed(client)
    take(complaint())
    person.refresh_from_db()
    assert person.has_left
    assert Suppression.objects.get().reason == "complaint"
    assert person.events.get(verb="leave").why == "complained"


def test_neither_a_list_nor_a_stranger_brings_back_who_complained(
    client: Client, tmp_path: Path
) -> None:
    subscribed(client)
    take(complaint())
    file = tmp_path / "list.csv"
    file.write_text(
        "Email Address,First Name,CONFIRM_TIME\nAnn@example.org,Ann,2019-03-01 12:00:00\n"
    )
    out = StringIO()
    call_command("import_subscribers", str(file), stdout=out)
    assert "line 2: Ann@example.org" in out.getvalue()
    Signup.objects.all().delete()  # long ago: nothing stands in the way of the mail
    asked(client)  # somebody types the address, and nobody presses the button
    assert templates()[-1] == "confirm"
    assert held()
    assert not Subscriber.objects.mailable().exists()
    assert Subscriber.objects.get().has_left


def test_a_complaint_holds_until_the_person_confirms_anew(client: Client) -> None:
    subscribed(client)
    take(complaint())
    Message.objects.all().delete()
    again = subscribed(client)  # asks, gets the one mail that asks back, and presses
    assert again.is_confirmed
    assert not held()


def test_a_subscriber_who_was_not_reached_signs_up_again_and_is_asked_again(
    client: Client,
) -> None:
    subscribed(client)
    take(bounce())
    Message.objects.all().delete()
    Signup.objects.all().delete()
    client.post(asked(client))
    assert not held()
    assert Subscriber.objects.mailable().get().email == ANN


def test_confirming_does_not_undo_what_staff_decided(client: Client) -> None:
    Suppression.suppress(ANN, Suppression.Reason.STAFF, evidence="asked by telephone")
    subscribed(client)
    assert held()


@pytest.mark.parametrize("kind", ["hard", "complaint", "unsubscribe"])
def test_what_is_older_than_a_persons_decision_changes_nothing(client: Client, kind: str) -> None:
    person = subscribed(client)
    Suppression.suppress(ANN, Suppression.Reason.HARD)
    yesterday = timezone.now() - timedelta(days=1)
    Suppression.objects.get().lift(by=User.objects.create_user("editor"), why="It works again.")
    event = heard(kind, happened_at=yesterday)
    assert event
    assert event.effect == "nothing: a person has decided otherwise since"
    assert not held()
    person.refresh_from_db()
    assert person.is_confirmed


def test_an_old_complaint_that_arrives_late_does_not_undo_a_new_confirmation(
    client: Client,
) -> None:
    subscribed(client).leave()
    back = subscribed(client)
    heard("complaint", happened_at=timezone.now() - timedelta(days=3))
    back.refresh_from_db()
    assert back.is_confirmed


def test_reports_in_any_order_end_the_same_way(client: Client) -> None:
    subscribed(client)
    for number, kind in enumerate(["complaint", "hard", "unsubscribe", "soft", "complaint"]):
        heard(kind, number, reason="mailboxfull")
    assert Suppression.objects.get().reason == "complaint"
    assert Subscriber.objects.get().events.filter(verb="leave").count() == 1


def test_automatic_replies_change_nothing_and_their_words_are_not_kept(client: Client) -> None:
    person = subscribed(client)
    taken = take(letter("Out of office: back in May", more="Auto-Submitted: auto-replied\n"))
    person.refresh_from_db()
    assert person.is_confirmed
    assert not Suppression.objects.exists()
    assert taken.mail.raw is None


def test_a_signed_return_address_says_whom_the_mail_was_sent_to(client: Client) -> None:
    """Ann's mail is sent on to a mailbox that we have never heard of, and which is gone."""
    subscribed(client)
    to = return_path(MAIL, mails(ANN)[-1].pk)
    (event,) = take(bounce("other@elsewhere.test", to=to)).events
    assert event.recipient == ANN
    assert "other@elsewhere.test" in event.words
    assert held()


def test_a_return_address_is_found_in_the_returned_message_too(client: Client) -> None:
    subscribed(client)
    back = f"Return-Path: <{return_path(MAIL, mails(ANN)[-1].pk).upper()}>\n"
    (event,) = take(bounce("other@elsewhere.test", returned=back)).events
    assert event.recipient == ANN


# --- Leaving by mail --------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["unsubscribe", "", "Whatever my mail program writes"])
def test_writing_to_the_address_in_the_letters_header_is_leaving(
    client: Client, subject: str
) -> None:
    person = subscribed(client)
    take(letter(subject, sender="her-other@address.test", to=return_path(LEAVING, person.pk)))
    person.refresh_from_db()
    assert person.has_left


@pytest.mark.parametrize("subject", ["unsubscribe", "Re: Unsubscribe!", "Please remove me",
                                     "Abmelden", "STOP"])  # fmt: skip
def test_writing_so_from_the_subscribed_address_is_leaving(client: Client, subject: str) -> None:
    person = subscribed(client)
    take(letter(subject))
    person.refresh_from_db()
    assert person.has_left


def test_whoever_left_by_an_unsigned_mail_is_told_once_how_to_come_back(client: Client) -> None:
    """Anybody could have written it in their name."""
    person = subscribed(client)
    take(letter("unsubscribe"))
    take(letter("unsubscribe"))
    assert templates().count("left_by_mail") == 1
    assert "/newsletter/" in mails()[-1].text
    back = subscribed(client)
    take(letter("", sender="x@y.test", to=return_path(LEAVING, person.pk)))
    back.refresh_from_db()
    assert back.has_left
    assert templates().count("left_by_mail") == 1  # a signed wish is nobody else's


def test_apples_mail_program_writes_its_wish_into_a_header(client: Client) -> None:
    person = subscribed(client)
    take(letter("Re: A letter", more="X-Apple-Unsubscribe: true\n"))
    person.refresh_from_db()
    assert person.has_left


@pytest.mark.parametrize(
    "raw",
    [
        letter("How do I unsubscribe from pain?"),
        letter("unsubscribe", sender="stranger@example.org"),
        letter("Stop the pain"),
        letter("A question"),
    ],
)
def test_what_is_not_clearly_that_wish_is_kept_for_people_to_read(
    client: Client, raw: bytes
) -> None:
    person = subscribed(client)
    taken = take(raw)
    person.refresh_from_db()
    assert person.is_confirmed
    assert list(ReturnedMail.objects.not_understood()) == [taken.mail]
    assert bytes(taken.mail.raw or b"") == raw


def test_a_machines_answer_to_that_address_is_nobodys_wish(client: Client) -> None:
    person = subscribed(client)
    to = return_path(LEAVING, person.pk)
    take(letter("Out of office", to=to, more="Auto-Submitted: auto-replied\n"))
    take(bounce("someone@example.net", to=to))
    person.refresh_from_db()
    assert person.is_confirmed


def test_a_letter_that_came_back_with_its_headers_is_no_wish_to_leave(client: Client) -> None:
    person = subscribed(client)
    header = f"List-Unsubscribe: <mailto:{return_path(LEAVING, person.pk)}>\n"
    take(full_mailbox(returned=header))
    person.refresh_from_db()
    assert person.is_confirmed


# --- Keeping ----------------------------------------------------------------------------


def test_texts_are_forgotten_when_nobody_needs_them_any_more(settings: Settings) -> None:
    settings.BOUNCE_MAIL_DAYS = 30
    take(bounce())
    take(letter("A question"))
    ReturnedMail.objects.update(came_at=timezone.now() - timedelta(days=31))
    ReturnedMail.objects.forget_old()
    assert [mail.subject for mail in ReturnedMail.objects.exclude(raw=None)] == ["A question"]
    assert ReturnedMail.objects.count() == 2  # the same mail would still be known


def test_what_somebody_wrote_is_theirs_to_see_and_to_have_erased() -> None:
    take(letter("A question", text="My back hurts since May."))
    take(letter("Another", sender="joann@example.org"))
    take(bounce())
    told = kept.kept_of(ANN)
    assert "My back hurts since May." in next(one["text"] for one in told if "text" in one)
    kept.erase(ANN, by=None)
    left = [mail.subject for mail in ReturnedMail.objects.exclude(raw=None)]
    assert left == ["Another"]
    assert not BounceEvent.objects.of(ANN).exists()
    assert Suppression.objects.holds(ANN)  # or the next import would bring it back


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00" * 3000, b"\xff" * 3000, b"To: " + b"a@b.test, " * 50_000,
     b"Subject: =?x?q?=00?=\r\nDate: Mon, 99 Foo 0000 99:99:99 +9999\r\n\r\n"],
)  # fmt: skip
def test_hostile_bytes_are_one_mail_for_staff(raw: bytes) -> None:
    taken = take(raw)
    assert not taken.mail.understood
    assert not BounceEvent.objects.exists()
