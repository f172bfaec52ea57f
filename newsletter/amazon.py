"""Whether a notice comes from Amazon SNS: by its signature (AWS, “Verifying the signatures of
Amazon SNS messages”).

A good signature says that Amazon posted it, not for whose account: anybody can have Amazon post
to us. So the secret in the address is asked for too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from contextlib import closing
from functools import lru_cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import transaction
from django.utils import timezone

from .models.bounce import ReturnedMail

# In the order in which Amazon signs them; a notice without a subject has no such line.
_OF_NOTICE: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_OF_QUESTION: Final = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
_HOST: Final = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?")
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "1": hashes.SHA1(),  # noqa: S303  # Amazon's own, and still what it begins with
    "2": hashes.SHA256(),
}
# Amazon gives an answer fifteen seconds.
_TIMEOUT_SECONDS: Final = 5
_LONGEST_CERTIFICATE: Final = 20_000
_KNOWN_CERTIFICATES: Final = 16


class Notices(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # anymail's is untyped
    """Without Amazon's own library, which anymail loads to say yes by itself when Amazon asks
    whether it may post here."""

    def __init__(self, **options: Any) -> None:
        self.auto_confirm_enabled = False
        AnymailBaseWebhookView.__init__(self, **options)

    def auto_confirm_sns_subscription(self, sns_message: dict[str, Any]) -> None:
        """A person does: see `keep_question`."""


class NotSignedError(Exception):
    """Whoever posted this is not Amazon; the words say why."""


class CertificateAwayError(Exception):
    """Amazon's certificate cannot be had at the moment, so nothing can be said."""


def check(notice: dict[str, Any], *, topic: str = "") -> None:
    """Raises NotSignedError, or CertificateAwayError where Amazon should post it again later.
    `topic`: the only one that is heard; empty for any."""
    if topic and notice.get("TopicArn") != topic:
        raise NotSignedError("it is of another topic")
    is_notice = notice.get("Type") == "Notification"
    if not is_notice and not is_of_amazon(str(notice.get("SubscribeURL", ""))):
        raise NotSignedError("its SubscribeURL does not lead to Amazon")
    algorithm = _HASHES.get(str(notice.get("SignatureVersion", "")))
    if algorithm is None:
        raise NotSignedError("its SignatureVersion is neither 1 nor 2")
    address = str(notice.get("SigningCertURL", ""))
    if not (is_of_amazon(address) and urlsplit(address).path.endswith(".pem")):
        raise NotSignedError("its SigningCertURL does not lead to Amazon")
    names = [
        name for name in (_OF_NOTICE if is_notice else _OF_QUESTION) if notice.get(name) is not None
    ]
    signed = "".join(f"{name}\n{notice[name]}\n" for name in names)
    try:
        signature = base64.b64decode(str(notice.get("Signature", "")), validate=True)
        key_of(address).verify(signature, signed.encode(), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        raise NotSignedError("its Signature is not Amazon's") from None


def is_of_amazon(address: str) -> bool:
    """Whether an address leads to SNS of Amazon itself, and over https."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        return False


@lru_cache(maxsize=_KNOWN_CERTIFICATES)
def _certificate(address: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(fetch(address))
    except (OSError, HTTPException, ValueError) as error:
        raise CertificateAwayError(f"{type(error).__name__} at {address}") from error


def key_of(address: str) -> rsa.RSAPublicKey:
    """Of the certificate at an address that `is_of_amazon`; each is fetched once a process."""
    found = _certificate(address)
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotSignedError("its certificate is of another kind")
    if not found.not_valid_before_utc <= timezone.now() <= found.not_valid_after_utc:
        raise NotSignedError("its certificate is out of date")
    return key


def fetch(address: str) -> bytes:
    """What stands there. Never another place than was asked for, and never much."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.netloc, timeout=_TIMEOUT_SECONDS)) as connection:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"it answered {answer.status}")
        return answer.read(_LONGEST_CERTIFICATE)


@transaction.atomic
def keep_question(notice: dict[str, Any]) -> None:
    """Amazon asks whether it may post here: a person opens the link in it."""
    if notice.get("Type") != "SubscriptionConfirmation":
        return
    raw = json.dumps(notice, indent=1).encode()
    ReturnedMail.objects.get_or_create(
        digest=hashlib.sha256(raw).hexdigest(),
        defaults={
            "raw": raw,
            "understood": False,
            "subject": "Amazon asks whether it may report bounces here: open its SubscribeURL",
            "sender": str(notice.get("TopicArn", ""))[:320],
        },
    )
