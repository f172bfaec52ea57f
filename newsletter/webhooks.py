"""What providers that send for us report, told by their POSTs.

django-anymail checks who posts and brings every provider's words into one form. Its signals
are not used: each report is heard here, in the transaction that keeps it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mandrill import MandrillTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from backsite.lib.web import OUTAGE, answers_strangers

from . import amazon
from .bounces.about_us import speaks_of_us
from .bounces.judging import judge, phrase_in
from .bounces.reasons import normal
from .models import Delivery
from .models.bounce import BounceEvent, Heard, ReturnedMail
from .returns import LETTER, Returned

log = logging.getLogger("backsite.webhooks")
# What a letter is handed over with, and what comes back with each report about it.
LETTER_METADATA: Final = "letter"


class SparkPost(SparkPostTrackingWebhookView):  # type: ignore[misc]  # anymail's is untyped
    """Opens each report when it is read. anymail opens them all before it reads the first, and
    one that cannot be opened then takes all others along."""

    def parse_events(self, request: HttpRequest) -> list[Any]:
        return [self.esp_to_anymail_event(raw) for raw in json.loads(request.body)]

    def esp_to_anymail_event(self, raw: Any) -> Any:
        kind, event, _ = self.unwrap_event(raw)
        return None if event is None else super().esp_to_anymail_event(kind, event, raw)


AMAZON: Final = "amazon-ses"
VIEWS: Final[dict[str, Any]] = {
    AMAZON: amazon.Notices,
    "brevo": BrevoTrackingWebhookView,
    "mailersend": MailerSendTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "mandrill": MandrillTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sparkpost": SparkPost,
}
# These sign what they post, each with a key of its own: WEBHOOK_KEYS. All others show the
# secret that stands in the address they post to: WEBHOOK_SECRET.
SIGNED: Final = {
    "mailersend": "signing_secret",
    "mailgun": "webhook_signing_key",
    "mandrill": "webhook_key",
}
# What a provider calls permanent, although the mailbox is only full or its server away.
_PASSING: Final = frozenset(
    {"mailboxfull", "exceedlimit", "expired", "networkerror", "onhold", "systemerror", "systemfull"}
)
# What a report raises that is none, or no longer as its provider once wrote it. The last two
# are anymail's for a mail to us, which no provider is to post here.
UNREADABLE: Final = (
    AnymailError, ValueError, KeyError, TypeError, AttributeError, IndexError,
    ImproperlyConfigured, AssertionError,
)  # fmt: skip
# Where providers say what kind of report it is; a word of which is no address.
_KINDS: Final = ("RecordType", "event", "type")
_KIND: Final = re.compile(r"[A-Za-z0-9_. -]{1,40}")
_DEEPEST: Final = 3


# The provider posts from elsewhere, without a cookie, and shows a secret or a signature.
@answers_strangers
@require_http_methods(["POST", "HEAD"])
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Hears a provider. Any answer but 200 makes it post the same again, later."""
    view = _view(request, provider)
    if request.method == "HEAD":  # some look whether anybody is there
        return HttpResponse()
    if _asks_for_login(request, provider):
        refused = HttpResponse(status=401)
        refused.headers["WWW-Authenticate"] = 'Basic realm="webhook"'
        return refused
    try:
        view.run_validators(request)
        if provider == AMAZON:
            notice = json.loads(request.body)
            amazon.check(notice, topic=settings.WEBHOOK_KEYS.get(AMAZON, ""))
            amazon.keep_question(notice)
        reports = _reports(view, request, provider)
    except (AnymailWebhookValidationFailure, amazon.NotSignedError) as error:
        return _not_taken(f"This was not posted by {provider}: {error}")
    except amazon.CertificateAwayError as error:
        log.warning("The signature of %s could not be checked: %s", provider, error)
        return _not_taken("The certificate cannot be fetched just now: post it again.", 503)
    except OUTAGE:
        raise
    except UNREADABLE as error:
        log.warning("A report of %s was not understood: %s", provider, type(error).__name__)
        return _not_taken("This is no report that can be read.")
    for heard in reports:
        BounceEvent.hear(heard)
    return HttpResponse()


def _view(request: HttpRequest, provider: str) -> Any:
    """anymail's view, with our keys; 404 where none is set for that provider."""
    kind, option = VIEWS.get(provider), SIGNED.get(provider)
    key = settings.WEBHOOK_KEYS.get(provider, "")
    if kind is None or not (key if option else settings.WEBHOOK_SECRET):
        raise Http404("No webhook of that name is set up.")
    options: dict[str, Any] = {"webhook_secret": settings.WEBHOOK_SECRET or []}
    if option:
        options |= {option: key, "webhook_secret": []}
    view = kind(**options)
    view.setup(request)
    return view


def _asks_for_login(request: HttpRequest, provider: str) -> bool:
    """Amazon shows the secret only when it is asked to."""
    return provider == AMAZON and "Authorization" not in request.headers


def _not_taken(words: str, status: int = 400) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


def _reports(view: Any, request: HttpRequest, provider: str) -> list[Heard]:
    """Many come in one POST: one that cannot be read is left out, and takes no complaint beside
    it along. Raises where none can be read."""
    left_out: list[tuple[Any, str]] = []

    def careful(read: Callable[..., Any]) -> Callable[..., Any]:
        def or_none(report: Any, *more: Any) -> Any:
            try:
                return read(report, *more)
            except UNREADABLE as error:
                raw = getattr(report, "esp_event", report)
                left_out.append((raw, f"{_kind(raw) or 'no kind'} ({type(error).__name__})"))
                return None

        return or_none

    if hasattr(view, "esp_to_anymail_event"):  # Amazon's has another, for one notice
        view.esp_to_anymail_event = careful(view.esp_to_anymail_event)
    events = view.parse_events(request)
    heard = careful(_heard)
    found = [heard(event, provider) for event in events if event is not None]
    if left_out and len(left_out) == len(events):
        raise ValueError("None of it can be read.")
    if left_out:
        kinds, few = ", ".join(sorted({why for _, why in left_out})), len(left_out)
        all_ = len(events)
        log.warning("%d of %d reports of %s were not understood: %s", few, all_, provider, kinds)
    for raw, why in left_out:
        _keep_for_staff(raw, f"A report of {provider} that was not understood: {why}")
    return [report for report in found if report]


def _kind(raw: Any, depth: int = _DEEPEST) -> str:
    """In the word of its provider; empty where none is found."""
    if not isinstance(raw, dict) or not depth:
        return ""
    words = (raw.get(name) for name in _KINDS)
    own = (word for word in words if isinstance(word, str) and _KIND.fullmatch(word))
    return next(own, "") or next(filter(None, (_kind(v, depth - 1) for v in raw.values())), "")


def _keep_for_staff(raw: Any, subject: str) -> None:
    """Its provider takes it for heard, and does not post it again."""
    text = json.dumps(raw, indent=1, default=str).encode()
    ReturnedMail.objects.get_or_create(
        digest=hashlib.sha256(text).hexdigest(),
        defaults={"raw": text, "understood": False, "subject": subject},
    )


def _heard(event: AnymailTrackingEvent, provider: str) -> Heard | None:
    """What it says of an address; nothing where it says how a mail fared on its way."""
    kind, status, reason = _verdict(event)
    recipient = str(event.recipient or "").strip()
    if not kind or "@" not in recipient:
        return None
    if not recipient.isprintable():  # no address has that; the database takes no NUL either
        raise ValueError("The recipient is no address.")
    return Heard(
        about=_about(event),
        key=f"{provider}:{_digest(event)}:{recipient.lower()}"[:200],
        recipient=recipient,
        kind=kind,
        status=status,
        reason=reason,
        words=_words(event),
        source=f"webhook of {provider}",
        happened_at=_when(event.timestamp),
    )


def _about(event: AnymailTrackingEvent) -> Returned | None:
    """The very row of the ledger, where the provider gives back what the letter was handed
    over with (newsletter/sending/provider.py)."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    row = Delivery.objects.of_message_id(str(metadata.get(LETTER_METADATA, "")))
    return Returned(LETTER, row.pk) if row else None


def _words(event: AnymailTrackingEvent) -> str:
    """What the refusing server said, or the provider instead of it."""
    own = event.esp_event.get("error") if hasattr(event.esp_event, "get") else ""
    return str(event.mta_response or event.description or own or "")


def _when(told: datetime | None) -> datetime:
    if told is None:
        return timezone.now()
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _digest(event: AnymailTrackingEvent) -> str:
    """The same report posted again has the same: not every provider numbers them, and
    Mailgun signs each attempt anew."""
    raw = event.esp_event
    data = dict(raw.items()) if hasattr(raw, "items") else {"event": raw}
    data.pop("signature", None)
    text = json.dumps([event.event_type, data], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _verdict(event: AnymailTrackingEvent) -> tuple[str, str, str]:
    """(kind, status, reason); an empty kind for what needs no conclusion."""
    kinds = BounceEvent.Kind
    told = {
        EventType.COMPLAINED: (kinds.COMPLAINT, "", "feedback"),
        EventType.UNSUBSCRIBED: (kinds.UNSUBSCRIBE, "", ""),
    }
    if event.event_type in told:
        return told[event.event_type]
    if event.event_type == EventType.REJECTED:  # the provider's own list of such addresses
        of_list = {
            RejectReason.INVALID: (kinds.HARD, "", "userunknown"),
            RejectReason.BOUNCED: (kinds.HARD, "", "userunknown"),
            RejectReason.SPAM: (kinds.COMPLAINT, "", "feedback"),
            RejectReason.UNSUBSCRIBED: (kinds.UNSUBSCRIBE, "", ""),
        }
        return of_list.get(event.reject_reason, ("", "", ""))
    if event.event_type != EventType.BOUNCED:
        return "", "", ""
    if event.reject_reason == RejectReason.UNSUBSCRIBED:
        return kinds.UNSUBSCRIBE, "", ""
    return _bounce(event)


def _bounce(event: AnymailTrackingEvent) -> tuple[str, str, str]:
    """The provider knows whether it will try again; the words tell what it was about. Both
    must say that the address is gone."""
    found = judge(_words(event), "", "", "")
    permanent = event.reject_reason == RejectReason.INVALID or is_permanent(event.esp_event)
    passing = found.reason in _PASSING or speaks_of_us(found.reason)
    hard = permanent and not passing
    silent = event.reject_reason == RejectReason.INVALID and found.reason == "undefined"
    # "User unknown" alone may be a filter's word; not where the provider calls it final.
    gone = hard and phrase_in(normal(_words(event))) == "userunknown"
    reason = "userunknown" if silent or gone else found.reason
    return ("hard" if hard else "soft"), found.status, reason


def is_permanent(report: Any) -> bool:
    """In the words of each provider, in the places where each has them."""
    if not hasattr(report, "get"):
        return False
    looks: list[Callable[[], Any]] = [
        lambda: report["bounce"]["bounceType"] == "Permanent",  # Amazon SES
        lambda: report["Type"] in ("HardBounce", "BadEmailAddress"),  # Postmark
        lambda: report["event-data"]["severity"] == "permanent",  # Mailgun
        lambda: report["event"] in ("hard_bounce", "invalid_email"),  # Brevo, Mandrill
        lambda: report["hard_bounce"] in (True, "true", 1),  # Mailjet
        lambda: report["data"]["bounce"]["type"] == "Permanent",  # Resend
        lambda: report["type"] == "activity.hard_bounced",  # MailerSend
        lambda: str(report["msys"]["message_event"]["bounce_class"]) in ("10", "30"),  # SparkPost
    ]
    return any(map(_holds, looks))


def _holds(look: Callable[[], Any]) -> bool:
    try:
        return bool(look())
    except (KeyError, TypeError, AttributeError):
        return False
