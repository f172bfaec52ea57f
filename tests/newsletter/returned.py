"""Mails that come back, as servers write them."""

from __future__ import annotations

from itertools import count

_number = count(1)


def bounce(
    recipient: str = "ann@example.org",
    *,
    diagnostic: str = "550 5.1.1 User unknown",
    status: str = "5.1.1",
    action: str = "failed",
    to: str = "bounces@site.test",
    returned: str = "",
    date: str = "",
) -> bytes:
    """A report by RFC 3464; each one another mail. `returned`: headers of what was sent."""
    dated = f"Date: {date}\n" if date else ""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nTo: <{to}>\n{dated}"
        f"Message-ID: <{next(_number)}@mx.test>\n"
        "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: letters@site.test\nTo: {recipient}\n"
        f"{returned}Subject: A letter\n\nHi\n\n--b--\n"
    ).replace("\n", "\r\n").encode()  # fmt: skip


def full_mailbox(recipient: str = "ann@example.org", **more: str) -> bytes:
    return bounce(recipient, diagnostic="552 5.2.2 Mailbox full", status="5.2.2", **more)


def complaint(recipient: str = "ann@example.org") -> bytes:
    """A report by RFC 5965."""
    return (
        (
            "From: feedback@provider.test\nTo: bounces@site.test\nSubject: FW: A letter\n"
            f"Message-ID: <{next(_number)}@provider.test>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
            "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n\n"
            "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
            f"User-Agent: Provider/1.0\nOriginal-Rcpt-To: <{recipient}>\n\n--b--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def letter(
    subject: str,
    *,
    sender: str = "ann@example.org",
    to: str = "letters@site.test",
    more: str = "",
    text: str = "Hello.",
) -> bytes:
    """What a person, or their mail program, writes."""
    return (
        (
            f"From: Ann <{sender}>\nTo: {to}\nSubject: {subject}\n"
            f"Message-ID: <{next(_number)}@example.org>\n{more}\n{text}\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )
