"""Amazon tells what came back, by SNS: only what Amazon signed, for who knows the secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from newsletter import amazon
from newsletter.models import BounceEvent, ReturnedMail, Suppression

pytestmark = pytest.mark.django_db
SECRET = "provider:s3cret"
ANN = "ann@example.org"
HOST = "https://sns.eu-central-1.amazonaws.com"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def certificate(days: int = 30) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = timezone.now()
    built = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=KEY.public_key(),
        serial_number=1,
        not_valid_before=now - timedelta(days=400),
        not_valid_after=now + timedelta(days=days),
    )
    return built.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(autouse=True)
def fetched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Amazon, whose certificates cannot be had here: which addresses were asked for."""
    settings.WEBHOOK_SECRET = SECRET
    asked: list[str] = []
    stands = certificate()

    def fetch(address: str) -> bytes:
        asked.append(address)
        return stands

    monkeypatch.setattr(amazon, "fetch", fetch)
    amazon._certificate.cache_clear()
    yield asked
    amazon._certificate.cache_clear()


def signed(version: str = "1", **fields: str) -> dict[str, str]:
    """As Amazon's guide tells to sign: these names in this order, each and its value on lines of
    their own."""
    notice = {
        "Type": "Notification",
        "MessageId": "m1",
        "TopicArn": "arn:aws:sns:eu:1:bounces",
        "Timestamp": "2026-11-01T10:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": f"{HOST}/SimpleNotificationService-1.pem",
        **fields,
    }
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn"]
    text = "".join(f"{name}\n{notice[name]}\n" for name in [*names, "Type"] if name in notice)
    kind = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  # Amazon's own
    signature = KEY.sign(text.encode(), padding.PKCS1v15(), kind)
    return {**notice, "Signature": base64.b64encode(signature).decode()}


def report(kind: str = "Permanent", said: str = "smtp; 550 5.1.1 user unknown") -> str:
    return json.dumps({
        "notificationType": "Bounce", "mail": {"messageId": "0102", "destination": [ANN]},
        "bounce": {"bounceType": kind, "bounceSubType": "General", "feedbackId": "f1",
                   "bouncedRecipients": [{"emailAddress": ANN, "action": "failed",
                                          "status": "5.1.1", "diagnosticCode": said}]},
    })  # fmt: skip


COMPLAINT = json.dumps({
    "notificationType": "Complaint", "mail": {"messageId": "0102", "destination": [ANN]},
    "complaint": {"complainedRecipients": [{"emailAddress": ANN}], "feedbackId": "f2",
                  "complaintFeedbackType": "abuse"},
})  # fmt: skip


def post(notice: dict[str, str], login: str = SECRET) -> Any:
    headers = {"x-amz-sns-message-type": notice["Type"], "x-amz-sns-message-id": "m1"}
    if login:
        headers["authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    return Client(enforce_csrf_checks=True).post(
        "/newsletter/webhooks/amazon-ses/",
        json.dumps(notice),
        content_type="text/plain; charset=UTF-8",  # as Amazon names it
        headers=headers,
    )


def question(address: str = f"{HOST}/?Action=ConfirmSubscription") -> dict[str, str]:
    return signed(
        Type="SubscriptionConfirmation", Message="You have chosen", Token="t", SubscribeURL=address
    )


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (report(), "hard"),
        (report("Transient", "smtp; 552 5.2.2 mailbox full"), "soft"),
        (COMPLAINT, "complaint"),
    ],
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_understood(message: str, kind: str, version: str) -> None:
    notice = signed(version, Message=message, Subject="Amazon SES")
    assert post(notice, login="").status_code == 401  # Amazon then shows the secret
    assert not BounceEvent.objects.exists()
    assert post(notice).status_code == 200
    assert [event.kind for event in BounceEvent.objects.all()] == [kind]


def test_its_certificate_is_fetched_once(fetched: list[str]) -> None:
    for number in range(3):
        assert post(signed(Message=report(said=f"smtp; 550 5.1.1 {number}"))).status_code == 200
    assert fetched == [f"{HOST}/SimpleNotificationService-1.pem"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Message": COMPLAINT}, "Signature"),
        ({"Timestamp": "2026-11-02T10:00:00.000Z"}, "Signature"),
        ({"Signature": ""}, "Signature"),
        ({"Signature": "%%%"}, "Signature"),
        ({"SignatureVersion": "3"}, "SignatureVersion"),
        ({"SigningCertURL": "https://sns.example.org/a.pem"}, "SigningCertURL"),
        ({"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/a.pem"}, "SigningCertURL"),
        ({"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.test/a.pem"}, "SigningC"),
        ({"SigningCertURL": "https://sns.eu-central-1.amazonaws.com@evil.test/a.pem"}, "SigningC"),
        ({"SigningCertURL": "https://bucket.s3.amazonaws.com/a.pem"}, "SigningCertURL"),
        ({"SigningCertURL": f"{HOST}:8443/a.pem"}, "SigningCertURL"),
        ({"SigningCertURL": f"{HOST}/a.html"}, "SigningCertURL"),
        ({"SigningCertURL": "https://[::1"}, "SigningCertURL"),
    ],
)
def test_what_amazon_did_not_sign_is_refused(
    changed: dict[str, str], why: str, fetched: list[str]
) -> None:
    answer = post({**signed(Message=report()), **changed})
    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert not BounceEvent.objects.exists()
    assert all(address.startswith(f"{HOST}/") for address in fetched)


def test_a_signature_is_no_secret_since_amazon_signs_for_anybodys_account(
    fetched: list[str],
) -> None:
    assert post(signed(Message=report()), login="provider:guess").status_code == 400
    assert not BounceEvent.objects.exists()
    assert not fetched  # strangers do not make us ask anybody


def test_where_one_topic_is_named_no_other_is_heard(settings: Settings) -> None:
    mine = signed(Message=report())["TopicArn"]
    settings.WEBHOOK_KEYS = {"amazon-ses": mine}
    assert post(signed(Message=report())).status_code == 200
    settings.WEBHOOK_KEYS = {"amazon-ses": f"{mine}-of-another"}
    answer = post(signed(Message=report(said="smtp; 550 5.1.1 again")))
    assert answer.status_code == 400
    assert "another topic" in answer.content.decode()
    assert BounceEvent.objects.count() == 1


def test_a_certificate_whose_time_is_over_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon, "fetch", lambda _: certificate(days=-1))
    answer = post(signed(Message=report()))
    assert (answer.status_code, "out of date" in answer.content.decode()) == (400, True)


def test_while_the_certificate_is_away_amazon_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(_: str) -> bytes:
        raise ConnectionError

    with monkeypatch.context() as now:
        now.setattr(amazon, "fetch", away)
        assert post(signed(Message=COMPLAINT)).status_code == 503
    assert not Suppression.objects.exists()
    assert post(signed(Message=COMPLAINT)).status_code == 200
    assert Suppression.objects.holds(ANN)


def test_its_question_whether_it_may_post_is_kept_for_a_person() -> None:
    for _ in range(2):
        assert post(question()).status_code == 200
    kept = ReturnedMail.objects.not_understood().get()
    assert "open its SubscribeURL" in kept.subject
    assert f"{HOST}/?Action=ConfirmSubscription".encode() in bytes(kept.raw or b"")


def test_staff_are_shown_no_link_that_leads_elsewhere() -> None:
    assert post(question("https://evil.test/?Action=ConfirmSubscription")).status_code == 400
    assert post({**question(), "Token": "another"}).status_code == 400
    assert not ReturnedMail.objects.exists()


FETCH = amazon.fetch


class Pem(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved.pem" else 200)
        self.send_header("Location", "/a.pem")
        self.end_headers()
        self.wfile.write(b"the certificate" if self.path == "/a.pem" else b"x" * 100_000)

    def log_message(self, *_: object) -> None: ...


def test_a_certificate_is_fetched_from_nowhere_else_and_never_much_of_it() -> None:
    with HTTPServer(("127.0.0.1", 0), Pem) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}"
        assert FETCH(f"{here}/a.pem") == b"the certificate"
        assert len(FETCH(f"{here}/long.pem")) <= 20_000
        with pytest.raises(ValueError, match="302"):
            FETCH(f"{here}/moved.pem")
        server.shutdown()
