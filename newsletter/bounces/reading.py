"""One mail that came back, and what it says about each recipient."""

from __future__ import annotations

import re
from typing import Any, Final

from .anatomy import Anatomy, anatomy_of, dissect
from .fields import Fields, addresses_in, first_address
from .judging import judge
from .reasons import LANGUAGES, status_in
from .report import Report
from .written import written

NESTED: Final = 3
_MBOX: Final = re.compile(rb"\n\r?\n(?=From [^\n]* \d{4}\r?\n(?:[A-Za-z-]+:))")


def read(raw: bytes) -> list[Report]:
    """One report for each recipient spoken of; never raises, whatever the bytes are.

    Several mails may follow each other (an mbox file). A mail that is no report of any
    kind gives one of kind `none`.
    """
    reports = []
    for mail in _MBOX.split(raw) if raw.startswith(b"From ") else [raw]:
        found = dissect(mail)
        reports += _reports(found) or [Report(_sender(found), "none")]
    return reports


def _reports(found: Anatomy) -> list[Report]:
    """What is written for machines counts before what is written for people, also where a
    server put the report of another one into its own."""
    everything = [found]
    for outer in everything:
        if len(everything) <= NESTED:
            everything += [anatomy_of(one) for one in outer.inner]
    for looks in ((_complaint, _notice, _delivery_status), (_auto_reply, written)):
        for one in everything:
            for look in looks:
                reports = look(one)
                if reports:
                    return reports
    return []


# --- Complaints -------------------------------------------------------------------------


def _complaint(found: Anatomy) -> list[Report]:
    """RFC 5965, and Microsoft's own form of it. An opted-out reader is a complaint too."""
    fields = found.feedback
    said = fields.get("feedback-type", "").strip().lower()
    # Somebody may have taken it back.
    kind = "none" if said == "not-spam" else "complaint"
    # A report on our signatures (RFC 6591) comes in the same dress, and no reader has said a word.
    reason = "authfailure" if said == "auth-failure" else "feedback"
    if not fields and not found.header("X-HmXmrOriginalRecipient"):
        redacted = found.returned.get("x-hmxmroriginalrecipient", "")
        if not redacted:
            return []
        return [Report(first_address(redacted), "complaint", "", "feedback")]
    names = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient")
    typed = " ".join(fields.get(name, "") for name in names) + found.header(
        "X-HmXmrOriginalRecipient"
    )
    people = addresses_in(typed) or addresses_in(found.returned.get("to", ""))
    return [Report(person, kind, "", reason) for person in people or [""]]


def _notice(found: Anatomy) -> list[Report]:
    """Amazon's notices of bounces, complaints and deliveries, sent as JSON."""
    data = found.notice
    kind = str(data.get("notificationType") or data.get("eventType") or "").lower()
    if kind == "complaint":
        rows = _rows(data, "complaint", "complainedRecipients")
        return [Report(_text(row, "emailAddress"), "complaint", "", "feedback") for row in rows]
    if kind == "delivery":
        people = data.get("delivery", {}).get("recipients", [])
        return [Report(str(person), "delivered", "2.1.5", "delivered") for person in people]
    if kind != "bounce":
        return []
    reports = []
    for row in _rows(data, "bounce", "bouncedRecipients"):
        verdict = judge(
            _text(row, "diagnosticCode"), _text(row, "status"), _text(row, "action"), ""
        )
        reports.append(Report(_text(row, "emailAddress"), *verdict))
    return reports


def _rows(data: dict[str, Any], outer: str, inner: str) -> list[dict[str, Any]]:
    box = data.get(outer)
    rows = box.get(inner, []) if isinstance(box, dict) else []
    return [row for row in rows if isinstance(row, dict)]


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


# --- Delivery status (RFC 3464) ---------------------------------------------------------


def _delivery_status(found: Anatomy) -> list[Report]:
    reports: dict[str, Report] = {}
    for fields in found.blocks:
        recipient = first_address(fields.get("final-recipient", "")) or first_address(
            fields.get("original-recipient", "")
        )
        if recipient and recipient not in reports:
            report = _of_block(found, fields, recipient)
            if report:
                reports[recipient] = report
    return list(reports.values())


def _of_block(found: Anatomy, fields: Fields, recipient: str) -> Report | None:
    action = fields.get("action", "").strip().lower()
    status = status_in(fields.get("status", "")) or ""
    if action in ("delivered", "deliverable", "relayed", "expanded"):
        return Report(recipient, "delivered", "2.1.5", "delivered")
    typed = fields.get("diagnostic-code", "")
    diagnostic = re.sub(r"^\s*[\w-]+\s*;", "", typed)
    verdict = judge(diagnostic, status, action, found.said)
    return Report(recipient, *verdict)


# --- Automatic replies (RFC 3834) -------------------------------------------------------

_MARKS: Final = (
    "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Mail-Autoreply",
    "X-AutoReply-From", "X-Auto-Reply-From",
)  # fmt: skip
_NAMES: Final = ("X-POST-MessageClass", "Delivered-To")
_FAILED: Final = re.compile(
    r"undeliver|deliver|fail|returned|bounce|warning|delay|daemon|not be sent|error", re.IGNORECASE
)


def _auto_reply(found: Anatomy) -> list[Report]:
    submitted = found.header("Auto-Submitted").lower()
    subject = found.header("Subject")
    marked = (
        submitted.startswith(("auto-replied", "auto-generated (vacation)"))
        or any(found.header(name) for name in _MARKS)
        or found.header("Precedence").lower() == "auto_reply"
        or found.header("X-Autogenerated").lower() in ("reply", "yes")
        or "autorespon"
        in (found.header("X-POST-MessageClass") + found.header("Delivered-To")).lower()
        or LANGUAGES["challenge"].search(found.said[:2_000])
    )
    if found.header("X-Failed-Recipients") or "daemon" in found.header("From").lower():
        return []
    is_failure = _FAILED.search(subject) or LANGUAGES["failure"].search(subject)
    if (marked and not is_failure) or LANGUAGES["away"].search(subject):
        return [Report("", "auto-reply", "", "vacation")]
    return []


def _sender(found: Anatomy) -> str:
    return first_address(found.header("From")) or first_address(found.header("Return-Path"))
