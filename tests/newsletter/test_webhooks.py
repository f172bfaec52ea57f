"""Providers that send for us tell what came back, by POSTs that they sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backsite.lib import env
from newsletter import results
from newsletter.models import BounceEvent, ReturnedMail, Subscriber, Suppression
from tests.conftest import Site

from .issues import begun, make_readers
from .readers import subscribed

SECRET = "provider:s3cret"
KEY = "signing-key"
LOGIN = "Basic " + base64.b64encode(SECRET.encode()).decode()
ANN = "ann@example.org"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.WEBHOOK_SECRET = SECRET
    settings.WEBHOOK_KEYS = {"mailgun": KEY, "mailersend": KEY, "mandrill": KEY}


def post(provider: str, report: Any, *, login: str = LOGIN, **headers: str) -> Any:
    more = {"authorization": login} if login else {}
    return Client(enforce_csrf_checks=True).post(
        f"/newsletter/webhooks/{provider}/",
        report if isinstance(report, str) else json.dumps(report),
        content_type="application/json",
        headers={**more, "user-agent": "Provider", "sec-fetch-site": "cross-site", **headers},
    )


def postmark(kind: str = "HardBounce", number: int = 1, email: str = ANN) -> dict[str, Any]:
    return {
        "RecordType": "Bounce", "ID": number, "Type": kind, "TypeCode": 1, "Email": email,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "From": "letters@site.test",
        "Description": "The server was unable to deliver your message",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "BouncedAt": "2026-11-01T16:33:54.9070259Z", "Inactive": True, "CanActivate": True,
        "Subject": "A letter", "MessageStream": "broadcast",
    }  # fmt: skip


@pytest.mark.django_db
def test_a_report_settles_the_very_letter_that_it_is_about() -> None:
    make_readers(1)
    begun(subject="Before")
    issue = begun()
    row = issue.deliveries.get()
    report = postmark(email="sent-on@elsewhere.test")
    post("postmark", {**report, "Metadata": {"letter": row.message_id}})
    event = BounceEvent.objects.get()
    assert (event.about_kind, event.about_pk) == ("i", row.pk)
    assert event.recipient == "reader1@example.org"
    assert results.of(issue).bounced == 1


@pytest.mark.django_db
def test_a_report_with_a_letter_that_is_not_ours_is_heard_without_it() -> None:
    post("postmark", {**postmark(), "Metadata": {"letter": "<i1.0000000000000000@x>"}})
    event = BounceEvent.objects.get()
    assert (event.about_pk, event.recipient) == (None, ANN)


def postmark_complaint(email: str = ANN) -> dict[str, Any]:
    return {
        "RecordType": "SpamComplaint", "ID": 42, "Type": "SpamComplaint", "TypeCode": 512,
        "MessageID": "00000000-0000-0000-0000-000000000000", "Email": email,
        "From": "letters@site.test", "BouncedAt": "2026-11-01T21:41:19Z", "Subject": "A letter",
    }  # fmt: skip


def mailgun(severity: str = "permanent", *, code: int = 550, message: str = "5.1.1 No such user",
            attempt: str = "1", key: str = KEY) -> dict[str, Any]:  # fmt: skip
    stamp = "1529006854"
    signature = hmac.new(key.encode(), f"{stamp}{attempt}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": attempt, "signature": signature},
        "event-data": {
            "id": "G9Bn5sl1TC6nu79C8C0bwg", "timestamp": 1793548800.1, "event": "failed",
            "severity": severity, "reason": "bounce", "recipient": ANN, "log-level": "error",
            "delivery-status": {"code": code, "message": message, "description": "",
                                "attempt-no": 1, "session-seconds": 0.4},
            "message": {"headers": {"to": ANN, "message-id": "x@site.test"}},
        },
    }  # fmt: skip


def brevo(event: str = "hard_bounce", reason: str = "550 5.1.1 user unknown") -> dict[str, Any]:
    return {"event": event, "email": ANN, "id": 26224, "date": "2026-11-01 10:00:00",
            "ts": 1, "message-id": "<x@site.test>", "ts_event": 1, "subject": "A letter",
            "sending_ip": "192.0.2.1", "ts_epoch": 1793527200000, "reason": reason}  # fmt: skip


def reported() -> tuple[str, str]:
    """(kind, reason) of the only report."""
    event = BounceEvent.objects.get()
    assert event.recipient == ANN
    return event.kind, event.reason


# --- What each says ---------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_report_arrives_over_http(live_server: Site) -> None:
    """With nothing but the secret: no cookie, no token, no login."""
    Subscriber.objects.create(email=ANN).confirm()
    address = live_server.url.replace("http://", f"http://{SECRET}@")
    answer = requests.post(
        f"{address}/newsletter/webhooks/postmark/", json=postmark_complaint(), timeout=30
    )
    assert answer.status_code == 200
    assert not answer.cookies
    assert Subscriber.objects.get().has_left
    assert Suppression.objects.get().reason == "complaint"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "report", "kind", "reason"),
    [
        ("postmark", postmark(), "hard", "userunknown"),
        ("brevo", brevo(), "hard", "userunknown"),
        ("brevo", brevo("soft_bounce", "452 4.2.2 Mailbox full"), "soft", "mailboxfull"),
        ("brevo", brevo("spam", ""), "complaint", "feedback"),
        ("brevo", brevo("unsubscribe", ""), "unsubscribe", ""),
        # Permanent for this mail; it speaks of us, or of a day, and not of the address.
        ("brevo", brevo("hard_bounce", "550 5.7.1 IP on a blocklist"), "soft", "blocked"),
        ("mailjet", [{"event": "bounce", "time": 1793527200, "email": ANN, "hard_bounce": True,
                      "blocked": False, "error_related_to": "recipient", "error": "user unknown",
                      "MessageID": 1, "comment": ""}], "hard", "userunknown"),
        ("sparkpost", [{"msys": {"message_event": {
            "type": "bounce", "bounce_class": "10", "event_id": "92", "raw_rcpt_to": ANN,
            "raw_reason": "550 5.1.1 User unknown", "reason": "550 5.1.1 User unknown",
            "timestamp": "1793527200"}}}], "hard", "userunknown"),
        ("resend", {"type": "email.bounced", "created_at": "2026-11-01T10:00:00.000Z",
                    "data": {"email_id": "56", "to": [ANN], "from": "a@site.test",
                             "bounce": {"type": "Permanent", "subType": "General",
                                        "message": "550 5.1.1 user unknown"}}},
         "hard", "userunknown"),
    ],
)  # fmt: skip
def test_every_providers_words_are_understood(
    provider: str, report: Any, kind: str, reason: str
) -> None:
    assert post(provider, report).status_code == 200
    assert reported() == (kind, reason)
    assert Suppression.objects.holds(ANN) == (kind in ("hard", "complaint"))


@pytest.mark.django_db
def test_a_signed_report_needs_no_secret_and_a_temporary_failure_no_conclusion() -> None:
    assert post("mailgun", mailgun("temporary", code=452), login="").status_code == 200
    assert not BounceEvent.objects.exists()  # Mailgun itself tries again
    assert post("mailgun", mailgun(), login="").status_code == 200
    assert reported() == ("hard", "userunknown")


@pytest.mark.django_db
@pytest.mark.parametrize("key", [KEY, "another"])
def test_mailersend_signs_the_whole_report(key: str) -> None:
    report = json.dumps({"type": "activity.hard_bounced", "data": {
        "id": "1", "created_at": "2026-11-01T10:00:00Z", "type": "hard_bounced",
        "email": {"message": {"id": "5"}, "recipient": {"email": ANN}},
        "morph": {"reason": "550 5.1.1 user unknown"}}})  # fmt: skip
    signature = hmac.new(key.encode(), report.encode(), hashlib.sha256).hexdigest()
    answer = post("mailersend", report, login="", Signature=signature)
    assert answer.status_code == (200 if key == KEY else 400), answer.content
    assert BounceEvent.objects.exists() == (key == KEY)


@pytest.mark.django_db
@pytest.mark.parametrize("key", [KEY, "another"])
def test_mandrill_signs_the_address_and_the_reports(key: str) -> None:
    where = "/newsletter/webhooks/mandrill/"
    events = json.dumps([{"event": "hard_bounce", "ts": 1793527200, "_id": "7", "msg": {
        "email": ANN, "_id": "7", "diag": "smtp;550 5.1.1 user unknown"}}])  # fmt: skip
    signed = f"http://testserver{where}mandrill_events{events}"
    mark = base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest())
    answer = Client(enforce_csrf_checks=True).post(
        where, {"mandrill_events": events}, headers={"x-mandrill-signature": mark.decode()}
    )
    assert answer.status_code == (200 if key == KEY else 400), answer.content
    assert BounceEvent.objects.exists() == (key == KEY)


@pytest.mark.django_db
def test_a_full_mailbox_is_not_gone_though_the_provider_calls_it_permanent() -> None:
    post("mailgun", mailgun(code=552, message="5.2.2 Mailbox full"), login="")
    assert reported() == ("soft", "mailboxfull")


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["delivered", "opened", "click", "request", "deferred", "what?"])
def test_what_needs_no_conclusion_is_answered_and_not_kept(event: str) -> None:
    assert post("brevo", brevo(event)).status_code == 200
    assert not BounceEvent.objects.exists()


# --- Twice, late, wrong -----------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_report_again_changes_nothing() -> None:
    for _ in range(3):
        assert post("postmark", postmark("SoftBounce")).status_code == 200
    for attempt in "abc":  # Mailgun signs each attempt anew
        post("mailgun", mailgun(attempt=attempt), login="")
    assert BounceEvent.objects.count() == 2
    for number in (2, 3):
        post("postmark", postmark("SoftBounce", number))
    assert BounceEvent.objects.count() == 4


@pytest.mark.django_db
def test_a_report_from_before_a_persons_decision_changes_nothing(client: Client) -> None:
    subscribed(client).leave()
    person = subscribed(client)  # came back today; the report is of the first of November
    Subscriber.objects.update(confirmed_at=timezone.now())
    late = postmark_complaint() | {"BouncedAt": "2020-01-01T00:00:00Z"}
    assert post("postmark", late).status_code == 200
    person.refresh_from_db()
    assert person.is_confirmed
    assert not Suppression.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "report", "login"),
    [
        ("postmark", postmark(), ""),
        ("postmark", postmark(), "Basic " + base64.b64encode(b"provider:guess").decode()),
        ("mailgun", mailgun(key="another"), ""),
        ("mailgun", {"event-data": {}}, ""),
        ("mailersend", {"type": "activity.hard_bounced"}, ""),
    ],
)
def test_a_report_that_nobody_vouches_for_is_refused_and_not_kept(
    provider: str, report: Any, login: str
) -> None:
    answer = post(provider, report, login=login)
    assert answer.status_code == 400
    assert "not posted by" in answer.content.decode()
    assert not BounceEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "report"),
    [("postmark", "{"), ("postmark", "[]"), ("postmark", '"x"'), ("brevo", "null"),
      ("sparkpost", '[{"msys": 1}]'), ("sparkpost", "7"), ("sparkpost", "[{}, 7]"),
      ("sparkpost", '[{"msys": {"relay_message": {}}}]'), ("brevo", '{"items": []}'),
     ("mailjet", "\x00"), ("resend", "{}"), ("amazon-ses", "[]")],
)  # fmt: skip
def test_what_cannot_be_read_is_a_clear_no_and_never_an_error_of_ours(
    provider: str, report: str
) -> None:
    answer = post(provider, report)
    assert answer.status_code in (200, 400)
    assert not BounceEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["a\x00nn@example.org", "ann@example.org\x00", "a\nnn@b.test"])
def test_a_recipient_that_is_no_address_is_refused_and_nothing_of_it_kept(email: str) -> None:
    answer = post("postmark", postmark(email=email))
    assert answer.status_code == 400
    assert "no report that can be read" in answer.content.decode()
    assert not BounceEvent.objects.exists()


def mailjet(event: str, email: Any, **more: Any) -> dict[str, Any]:
    return {"event": event, "time": 1793527200, "email": email, "MessageID": 1, "source": "JMRPP",
            **more}  # fmt: skip


def sparkpost(kind: str, email: Any) -> dict[str, Any]:
    return {"msys": {"message_event": {"type": kind, "event_id": str(email), "raw_rcpt_to": email,
                                       "fbtype": "abuse", "timestamp": "1793527200"}}}  # fmt: skip


BAD = "b\x00b@example.org"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("provider", "reports"),
    [
        ("mailjet", [mailjet("spam", ANN), mailjet("spam", BAD)]),
        ("mailjet", [mailjet("spam", ANN), mailjet("spam", "bob@example.org", time="soon")]),
        ("mailjet", [mailjet("spam", "\ud800@example.org"), 7, mailjet("spam", ANN)]),
        ("sparkpost", [sparkpost("spam_complaint", BAD), sparkpost("spam_complaint", ANN)]),
        *(
            ("sparkpost", [none, sparkpost("spam_complaint", ANN)])
            for none in (
                {}, 7, None, {"msys": 1}, {"msys": {"message_event": 7}},
                {"msys": {**sparkpost("click", "bob@example.org")["msys"], "gen_event": {}}},
                {"msys": {"relay_message": {"type": "spam_complaint"}}},
            )
        ),
        ("sparkpost", [{"msys": {}}, sparkpost("spam_complaint", ANN), {}]),
    ],
)  # fmt: skip
def test_one_report_that_cannot_be_read_takes_none_beside_it_along(
    provider: str, reports: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(provider, reports).status_code == 200
    assert reported() == ("complaint", "feedback")
    assert Suppression.objects.holds(ANN)
    assert f"reports of {provider} were not understood" in caplog.text
    assert "example.org" not in caplog.text


@pytest.mark.django_db
def test_a_report_that_is_left_out_is_kept_for_staff(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    bad = {"msys": {**sparkpost("spam_complaint", "bob@example.org")["msys"], "other": {}}}
    for _ in range(2):  # posted again, it is there once
        post("sparkpost", [bad, sparkpost("spam_complaint", ANN), 7])
    assert "2 of 3 reports of sparkpost were not understood" in caplog.text
    assert "spam_complaint (TypeError)" in caplog.text
    assert "example.org" not in caplog.text
    kept = ReturnedMail.objects.not_understood().order_by("pk")
    assert [mail.subject.partition(": ")[2] for mail in kept] == [
        "spam_complaint (TypeError)", "no kind (TypeError)"]  # fmt: skip
    page = admin_client.get(f"/admin/newsletter/returnedmail/{kept[0].pk}/change/")
    assert "bob@example.org" in page.content.decode()


@pytest.mark.django_db
def test_a_ping_beside_a_report_is_no_report_and_no_problem(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert post("sparkpost", [{"msys": {}}]).status_code == 200
    assert not caplog.text
    assert not ReturnedMail.objects.exists()


@pytest.mark.django_db
def test_where_none_of_many_can_be_read_the_answer_is_no() -> None:
    answer = post("mailjet", [mailjet("spam", BAD), mailjet("bounce", BAD)])
    assert answer.status_code == 400
    assert not BounceEvent.objects.exists()


@pytest.mark.django_db
def test_what_a_server_said_in_broken_characters_is_kept_as_far_as_it_can_be() -> None:
    assert post("brevo", brevo(reason="550 5.1.1 user unknown \ud800\x00!")).status_code == 200
    assert reported() == ("hard", "userunknown")
    assert BounceEvent.objects.get().words == "550 5.1.1 user unknown ?!"


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["nobody", "postmark", "mailgun", "mandrill"])
def test_without_a_secret_there_is_no_such_page(settings: Settings, provider: str) -> None:
    settings.WEBHOOK_SECRET, settings.WEBHOOK_KEYS = "", {}
    assert post(provider, postmark()).status_code == 404


@pytest.mark.django_db
def test_a_page_is_not_what_a_browser_finds_there(client: Client) -> None:
    assert client.get("/newsletter/webhooks/postmark/").status_code == 405


def test_a_secret_without_a_name_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "only-a-password")
    with pytest.raises(ImproperlyConfigured, match="WEBHOOK_SECRET") as refused:
        env.pair("WEBHOOK_SECRET")
    assert "only-a-password" not in str(refused.value)
