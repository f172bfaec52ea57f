"""What came back by mail is read: whom it could not reach, and whether for good."""

from __future__ import annotations

import json
import random
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from newsletter.bounces import Report, read
from newsletter.bounces.answers import compare

COLLECTION = Path(__file__).parents[3] / "shared" / "data" / "bounces"


def mail(body: str, *, subject: str = "Undelivered Mail", sender: str = "MAILER-DAEMON@mx.test",
         more: str = "") -> bytes:  # fmt: skip
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: letter@site.test\nSubject: {subject}\n{more}\n{body}"
    ).encode()


def delivery_status(
    diagnostic: str, *, status: str = "5.0.0", action: str = "failed", said: str = "It failed."
) -> bytes:
    return mail(
        f"--b\nContent-Type: text/plain\n\n{said}\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        f"Final-Recipient: rfc822; ann@reader.test\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: letter@site.test\nTo: ann@reader.test\n\nHi\n"
        "--b--\n",
        more='MIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n',
    )


@pytest.mark.parametrize(
    ("diagnostic", "status", "kind", "reason"),
    [
        ("550 5.1.1 <ann@reader.test>... User unknown", "5.1.1", "hard", "userunknown"),
        ("550 5.1.6 Mailbox has moved", "5.1.6", "hard", "hasmoved"),
        ("Host or domain name not found", "5.4.4", "hard", "hostunknown"),
        ("556 5.1.10 Domain does not accept mail (null MX)", "5.0.0", "hard", "notaccept"),
        ("552 5.2.2 Mailbox full", "5.2.2", "soft", "mailboxfull"),
        ("550 user is over quota", "5.0.0", "soft", "mailboxfull"),
        ("550 5.7.1 Your IP is blocked using a blocklist", "5.7.1", "soft", "blocked"),
        ("554 5.7.1 Message rejected as spam", "5.7.1", "soft", "spamdetected"),
        ("550 5.7.26 This mail does not pass DMARC", "5.7.26", "soft", "authfailure"),
        ("550 This account has been disabled", "5.0.0", "soft", "suspend"),
        ("450 4.2.1 Greylisted, try again later", "4.2.1", "soft", "onhold"),
        ("552 5.3.4 Message size exceeds fixed limit", "5.3.4", "soft", "mesgtoobig"),
        ("553 5.1.8 Domain of sender address does not exist", "5.1.8", "soft", "rejected"),
        ("451 4.1.1 User unknown in a table that is being rebuilt", "4.1.1", "soft", "userunknown"),
    ],
)  # fmt: skip
def test_it_tells_what_is_final_from_what_may_pass(
    diagnostic: str, status: str, kind: str, reason: str
) -> None:
    (report,) = read(delivery_status(diagnostic, status=status))
    assert (report.recipient, report.kind, report.reason) == ("ann@reader.test", kind, reason)


def test_it_prefers_the_servers_own_code_to_a_vague_one_of_the_report() -> None:
    (report,) = read(delivery_status("552 5.2.2 No more room", status="5.0.0"))
    assert (report.status, report.reason) == ("5.2.2", "mailboxfull")


def test_no_such_user_said_after_the_whole_message_is_the_word_of_a_filter() -> None:
    (at_once,) = read(
        delivery_status("550 User unknown", said="said: 550 (in reply to RCPT\n TO command)")
    )
    (afterwards,) = read(
        delivery_status("550 User unknown", said="said: 550 (in reply to end of DATA command)")
    )
    assert (at_once.kind, afterwards.kind, afterwards.reason) == ("hard", "soft", "filtered")


def test_a_warning_of_delay_is_soft_and_a_delivery_is_a_delivery() -> None:
    (delayed,) = read(delivery_status("", action="delayed", status="4.4.1"))
    (delivered,) = read(delivery_status("250 Ok", action="delivered", status="2.0.0"))
    assert (delayed.kind, delayed.reason) == ("soft", "expired")
    assert delivered.kind == "delivered"


def test_it_reads_what_servers_write_for_people() -> None:
    raw = mail(
        "Hi. I was not able to deliver your message to the following addresses.\n\n"
        "<ann@reader.test>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 No such user\n\n"
        "<bob@reader.test>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 552 5.2.2 Mailbox full\n\n"
        "--- Below this line is a copy of the message.\n\n"
        "From: letter@site.test\nTo: carl@reader.test\n\nHello\n"
    )
    assert {(one.recipient, one.kind) for one in read(raw)} == {
        ("ann@reader.test", "hard"),
        ("bob@reader.test", "soft"),
    }


def test_it_reads_exims_list_in_the_header_when_the_text_names_nobody() -> None:
    raw = mail(
        "The following address(es) failed:\n\n  (generated from a list)\n    Unrouteable address\n",
        more="X-Failed-Recipients: ann@reader.test\n",
    )
    assert [one.recipient for one in read(raw)] == ["ann@reader.test"]


def test_a_report_that_somebody_forwarded_is_read_too() -> None:
    raw = mail(
        "Look at this:\n\n> Final-Recipient: rfc822; ann@reader.test\n> Action: failed\n"
        "> Status: 5.1.1\n> Diagnostic-Code: smtp; 550 User unknown\n",
        sender="Bob <bob@site.test>",
        subject="Fwd: Returned mail",
    )
    assert [(one.recipient, one.kind) for one in read(raw)] == [("ann@reader.test", "hard")]


def test_a_complaint_names_each_recipient() -> None:
    raw = mail(
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        "Original-Rcpt-To: <ann@reader.test>\nOriginal-Rcpt-To: <bob@reader.test>\n\n--b--\n",
        sender="feedback@provider.test",
        more='MIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n',
    )
    assert [(one.recipient, one.kind) for one in read(raw)] == [
        ("ann@reader.test", "complaint"),
        ("bob@reader.test", "complaint"),
    ]


def test_amazons_notices_are_read() -> None:
    notice = {
        "notificationType": "Bounce",
        "bounce": {
            "bouncedRecipients": [
                {"emailAddress": "ann@reader.test", "status": "5.1.1", "action": "failed",
                 "diagnosticCode": "smtp; 550 5.1.1 user unknown"},
            ]
        },
    }  # fmt: skip
    raw = mail(json.dumps(notice), sender="no-reply@sns.test", subject="AWS Notification")
    assert [(one.recipient, one.kind) for one in read(raw)] == [("ann@reader.test", "hard")]


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("Out of office: back in May", ""),
        ("Re: your letter", "Auto-Submitted: auto-replied\n"),
        ("Automatische Antwort: Ihr Brief", ""),
    ],
)
def test_an_automatic_reply_is_told_from_a_bounce(subject: str, more: str) -> None:
    (report,) = read(
        mail("I am away until May.", subject=subject, more=more, sender="ann@reader.test")
    )
    assert report.kind == "auto-reply"


def test_what_a_person_wrote_is_no_report() -> None:
    raw = (
        b"From: Ann <ann@reader.test>\nTo: letter@site.test\nSubject: A question\n\n"
        b"My mail to bob@reader.test could not be delivered, what may it be?\n"
    )
    assert read(raw) == [Report("ann@reader.test", "none")]


def test_an_mbox_holds_several_mails() -> None:
    one = delivery_status("550 User unknown", status="5.1.1")
    one = b"From MAILER-DAEMON Thu Apr 29 23:34:45 2021\n" + one
    assert len(read(one + b"\n\n" + one)) == 2


def test_whatever_the_bytes_are_it_answers_and_soon() -> None:
    chance = random.Random(20)  # the same ones each time
    whole = delivery_status("550 5.1.1 User unknown", said="<ann@reader.test>: said 550")
    texts = [
        b"(reason: " * 20_000,
        b"a@b.test " * 30_000,
        b"> " * 50_000,
        b"550-5.1.1 x\n" * 20_000,
    ]
    broken = [whole.replace(b"It failed.", text) for text in texts]
    broken += [mail(text.decode(), subject="failure") for text in texts]
    for _ in range(200):
        bent = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        broken.append(bytes(bent))
    begun = time.process_time()
    for raw in [b"", b"\x00", b"\xff" * 1000, *broken]:
        assert read(raw)
    assert time.process_time() - begun < 20


@pytest.mark.skipif(not COLLECTION.exists(), reason="No real bounces at ../shared/data/bounces.")
def test_it_reads_the_collection_of_real_bounces() -> None:
    score = compare(COLLECTION / "answers.json")
    assert score.right / score.total > 0.975


def test_the_command_prints_right_and_wrong_beside_known_answers(tmp_path: Path) -> None:
    (tmp_path / "gone.eml").write_bytes(delivery_status("550 5.1.1 User unknown", status="5.1.1"))
    known = {"recipient": "ann@reader.test", "kind": "hard", "status": "5.1.1", "reason": "moved"}
    other = {**known, "recipient": "bob@reader.test", "kind": "soft"}
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"gone.eml": [known, other]}))
    out = StringIO()
    call_command("read_bounces", answers=str(answers), stdout=out)
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert rows == [
        "hard 1 read as hard 1".split(),
        "soft 1 read as hard 1".split(),
        "right recipient 1 of 2 50.0%".split(),
        "right reason too 0 of 2 0.0%".split(),
        "right recipient and kind 1 of 2 50.0%".split(),
    ]


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"gone.eml": "hard"}'])
def test_answers_of_another_form_are_refused_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "gone.eml").write_bytes(b"")
    (tmp_path / "answers.json").write_text(content)
    with pytest.raises(CommandError, match="Not compared: "):
        call_command("read_bounces", answers=str(tmp_path / "answers.json"))


def test_the_command_prints_a_line_for_each_recipient_and_names_what_it_could_not_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "bounce.eml"
    file.write_bytes(delivery_status("550 5.1.1 User unknown", status="5.1.1"))
    out = StringIO()
    with pytest.raises(CommandError, match=r"missing\.eml: No such file"):
        call_command("read_bounces", json=[str(tmp_path / "missing.eml"), str(file)], stdout=out)
    assert json.loads(out.getvalue()) == {
        "file": str(file),
        "recipient": "ann@reader.test",
        "kind": "hard",
        "status": "5.1.1",
        "reason": "userunknown",
    }


def test_who_speaks_is_not_what_is_said() -> None:
    """ "Remote host said … rejected" is no refused host."""
    raw = mail(
        "Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message to\n"
        "the following addresses. This is a permanent error; I've given up.\n\n"
        "<ann@reader.test>:\n192.0.2.4 does not like recipient.\n"
        "Remote host said: 550 5.1.1 <ann@reader.test>: Recipient address rejected: User unknown\n"
        "Giving up on 192.0.2.4.\n\n--- Below this line is a copy of the message.\n\nFrom: x\n"
    )
    assert [(one.recipient, one.kind) for one in read(raw)] == [("ann@reader.test", "hard")]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("ann@reader.test [User unknown]", "soft"),
        ("<ann@reader.test>: delivery failed: User unknown", "soft"),
        ("Unknown user: ann@reader.test", "hard"),
        ("ann@reader.test is not known at this site", "hard"),
    ],
)
def test_a_reply_passed_on_without_its_code_is_not_what_a_server_says_of_its_own_list(
    said: str, kind: str
) -> None:
    assert [one.kind for one in read(mail(f"These had delivery errors:\n\n{said}\n"))] == [kind]


def test_where_a_list_takes_commands_is_nobodys_address() -> None:
    raw = mail(
        "You are not a member of this mailing list <walkers@list.test>.\nSend mail to\n\n"
        "walkers-ctl@list.test\n\nto become one.\n",
        sender="walkers-admin@list.test",
        subject="You are not a member",
    )
    assert [(one.recipient, one.kind) for one in read(raw)] == [("walkers@list.test", "soft")]


def test_an_address_in_angle_brackets_is_the_one_that_is_meant() -> None:
    raw = mail(
        "These addresses were incorrectly constructed:\n\n"
        "  ann@home.test <ann@reader.test>: malformed address\n",
        subject="Mail failure - malformed recipient address",
    )
    assert [one.recipient for one in read(raw)] == ["ann@reader.test"]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Unzustellbar: Ein Brief", "550 5.1.1 Empfänger unbekannt"),
        ("=?utf-8?b?VW56dXN0ZWxsYmFyOiBFaW4gQnJpZWY=?=", "550 5.1.1 Postfach existiert nicht"),
        ("Non remis : lettre", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
        ("No entregado: carta", "550 El usuario no existe"),
    ],
)
def test_it_reads_servers_that_write_in_other_languages(subject: str, text: str) -> None:
    raw = mail(
        f"(reply to RCPT TO)\n\nann@reader.test\n{text}\n",
        subject=subject,
        sender="postmaster@reader.test",
    )
    assert [(one.recipient, one.kind) for one in read(raw)] == [("ann@reader.test", "hard")]
