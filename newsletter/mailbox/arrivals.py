"""One mail from the mailbox: what it says, of whom, and what is done about it."""

from __future__ import annotations

import email
import hashlib
import logging
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message as WireMessage
from email.utils import parsedate_to_datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from backsite.lib.web import OUTAGE

from ..bounces import Report, read
from ..bounces.anatomy import dissect
from ..bounces.fields import addresses_in, first_address
from ..models.bounce import MAILBOX, BounceEvent, Heard, ReturnedMail
from ..models.subscriber import Subscriber
from ..returns import LEAVING, Returned, read_return_path

log = logging.getLogger("backsite.mailbox")

SHOWN_OF_REFUSAL: Final = 400
# Where servers write whom a mail was delivered to.
_DELIVERED_TO: Final = (
    "To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Cc", "Received",
)  # fmt: skip
# Far enough for the headers and any report in front of the returned message.
_LOOKED_AT: Final = 200_000
_WANTS_TO_LEAVE: Final = re.compile(
    r"^\s*(?:(?:re|aw|fwd?)\s*:\s*)*(?:please\s+)?"
    r"(?:unsubscribe|remove me|opt[ -]?out|stop|abmelden|abbestellen|austragen|"
    r"d[ée]sinscri\w+|d[ée]sabonne\w+|darme de baja|cancelar suscripci[óo]n|disiscriv\w+|"
    r"uitschrijven|afmelden)\b[\s.!]*(?:me|newsletter|letter)?[\s.!]*$",
    re.IGNORECASE,
)
_BOUNCES: Final = ("hard", "soft", "complaint")


@dataclass(frozen=True)
class Taken:
    """What became of one mail; `known`: it was kept before and nothing is done again."""

    mail: ReturnedMail
    events: tuple[BounceEvent, ...] = ()
    known: bool = False

    @property
    def summary(self) -> str:
        if self.known:
            return "read before"
        if not self.mail.understood:
            return "not understood, kept for staff"
        return "; ".join(f"{one.kind}: {one.effect}" for one in self.events)


@transaction.atomic
def take(raw: bytes) -> Taken:
    """Keeps the mail and acts on it, in one transaction. The same bytes again change nothing."""
    digest = hashlib.sha256(raw).hexdigest()
    headers = email.message_from_bytes(raw[:_LOOKED_AT])
    mail, is_new = ReturnedMail.objects.get_or_create(
        digest=digest,
        defaults={
            "raw": raw,
            "subject": _readable(headers, "Subject")[:300],
            "sender": _readable(headers, "From")[:320],
        },
    )
    if not is_new:
        return Taken(mail, known=True)
    events = _acted_on(raw, headers, mail)
    if events is None:
        mail.understood = False
        mail.save(update_fields=["understood"])
    elif all(event.is_without_consequence for event in events):
        mail.raw = None  # what people write when they are away is nobody's business
        mail.save(update_fields=["raw"])
    return Taken(mail, events or ())


def _acted_on(
    raw: bytes, headers: WireMessage, mail: ReturnedMail
) -> tuple[BounceEvent, ...] | None:
    """What was heard and done; None where the mail is not understood. A mail made to break
    its reader becomes one for people to look at: it must not keep the others waiting."""
    try:
        with transaction.atomic():
            said = _said(raw, headers, mail)
            events = tuple(event for event in map(BounceEvent.hear, said) if event)
            return events if said else None
    except OUTAGE:
        raise
    except Exception:
        log.exception("A mail in the mailbox for bounces could not be read; staff see it.")
        return None


def _said(raw: bytes, headers: WireMessage, mail: ReturnedMail) -> list[Heard]:
    """What the mail says, a line for each person it speaks of; nothing where it is not clear."""
    about = _about(raw)
    template = Heard(
        key=f"mail:{mail.digest}",
        recipient="",
        kind="",
        source=MAILBOX,
        happened_at=_date(headers),
        about=about,
        mail=mail,
    )
    leaving = _leaving(headers, template)
    if leaving:
        return [leaving]
    reports = read(raw)
    failures = [one for one in reports if one.kind in _BOUNCES and (one.recipient or about)]
    if failures:
        return [
            replace(
                template,
                key=f"{template.key}:{one.recipient.lower()}",
                recipient=one.recipient,
                kind=one.kind,
                status=one.status,
                reason=one.reason,
                words=_refusal(raw, one.recipient) or mail.subject,
            )
            for one in failures
        ]
    return _harmless(reports, headers, template)


def _refusal(raw: bytes, recipient: str) -> str:
    """What the server said of that address, for staff to read."""
    found = dissect(raw)
    for block in found.blocks:
        if recipient.lower() in block.get("final-recipient", "").lower():
            return block.get("diagnostic-code", "").partition(";")[2].strip()
    before, _, after = found.said.partition(recipient)
    return " ".join((after or before).split())[:SHOWN_OF_REFUSAL]


def _harmless(reports: list[Report], headers: WireMessage, template: Heard) -> list[Heard]:
    """Automatic replies and receipts: understood, and without consequence."""
    kinds = {one.kind for one in reports}
    if kinds <= {"auto-reply", "delivered"}:
        person = reports[0].recipient or _sender(headers)
        return [replace(template, recipient=person, kind=reports[0].kind)]
    return []


def _leaving(headers: WireMessage, template: Heard) -> Heard | None:
    """Somebody asks to leave: by the address in the letter's own header, which is signed, or
    by writing so in the subject from the address that is subscribed."""
    if _is_automatic(headers):
        return None
    wanted = replace(template, kind="unsubscribe", words=_readable(headers, "Subject"))
    for address in _delivered_to(headers):
        found = read_return_path(address)
        if found and found.kind == LEAVING:
            return replace(wanted, about=found, recipient=_sender(headers))
    sender = _sender(headers)
    apple = str(headers.get("X-Apple-Unsubscribe", "")).strip().lower() == "true"
    asks = apple or _WANTS_TO_LEAVE.match(_readable(headers, "Subject"))
    if asks and sender and Subscriber.objects.with_address(sender).exists():
        return replace(wanted, about=None, recipient=sender)
    return None


def _is_automatic(headers: WireMessage) -> bool:
    """A machine's answer is nobody's wish (RFC 3834)."""
    submitted = str(headers.get("Auto-Submitted", "no")).strip().lower()
    back = str(headers.get("Return-Path", "")).strip()
    return submitted not in ("", "no") or back == "<>" or "daemon" in _sender(headers)


def _about(raw: bytes) -> Returned | None:
    """The first signed return address of ours: whoever has it got that very mail. The address
    for leaving stands in each returned letter's headers and says nothing here."""
    text = raw[:_LOOKED_AT].decode("latin-1")
    for address in addresses_in(text):
        found = read_return_path(address)
        if found and found.kind != LEAVING:
            return found
    return None


def _delivered_to(headers: WireMessage) -> list[str]:
    typed = [str(value) for name in _DELIVERED_TO for value in headers.get_all(name, [])]
    return addresses_in(" ".join(typed)[:20_000])


def _sender(headers: WireMessage) -> str:
    return first_address(_readable(headers, "From")).lower()


def _date(headers: WireMessage) -> datetime:
    """When it was written; now, where the mail does not say or says a time to come."""
    now = timezone.now()
    try:
        written = parsedate_to_datetime(str(headers.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    written = written if written.tzinfo else written.replace(tzinfo=UTC)
    return min(written, now) if written.year > 1980 else now


def _readable(headers: WireMessage, name: str) -> str:
    """The header as mail programs show it, on one line."""
    typed = str(headers.get(name, ""))
    with suppress(ValueError, LookupError, UnicodeError):
        typed = str(make_header(decode_header(typed)))
    return " ".join(typed.replace("\x00", "").split())
