"""Reports written for people only: who was not reached is found by how servers write."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from .anatomy import Anatomy
from .fields import addresses_in
from .judging import judge
from .reasons import LANGUAGES
from .report import Report

# No list server reports more at once; a text made to keep us busy may.
MOST_RECIPIENTS: Final = 200

_FROM_A_SERVER: Final = re.compile(
    r"mailer-?daemon|postmaster|mail delivery|mail system|delivery sub|mailadm|mdaemon|admin"
    r"|mail-?router|mail server|no-?reply|failure|daemon|undeliver",
    re.IGNORECASE,
)
_ABOUT_FAILURE: Final = LANGUAGES["failure"]
# A refusal with its code says the same in every language.
_REFUSAL: Final = re.compile(r"(?<![\d.])[45]\d\d[ \-#]+[45]\.\d{1,3}\.\d{1,3}\b|\(#[45]\.\d\.\d\)")
_SURELY: Final = re.compile(
    r"transcript of session|following address(?:es|\(es\))? (?:had|failed)"
    r"|(?:delivery to|delivered to|reach) the following recipient",
    re.IGNORECASE,
)
_REASON: Final = re.compile(r"\(reason: ([^\n]{1,500}(?:\n[^\n]{1,500}){0,5}?)\)[ \t]*\n")
_NOT_A_READER: Final = re.compile(
    r"^(?:mailer-daemon|postmaster|abuse|support|noreply|no-reply"
    r"|\S+-(?:ctl|request|owner|help|subscribe|unsubscribe))@",
    re.IGNORECASE,
)
# What sendmail and its kin say of each address: `550 <a@b>... User unknown`.
_TRANSCRIPT: Final = re.compile(
    r"^[45]\d\d (?:[45]\.\d+\.\d+ )?<([^<>\s@]+@[^<>\s]+)>\.\.\.", re.MULTILINE
)
_LINE_OF: Final = re.compile(
    r"^[\s>*\-.:\[(]*"
    r"(?:(?:In:\s+)?(?:rcpt to|recipient|address|user|e-?mail|unknown user|sent to)"
    r"\s*(?::\s*|(?=<)|(?<=\s)))?"
    r"(?:\S+@\S+ (?=<))?<?(?:(?:rfc822|smtp);)?\s*([\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+\w)>?",
    re.IGNORECASE | re.MULTILINE,
)


def written(found: Anatomy) -> list[Report]:
    subject = found.header("Subject")
    sender = found.header("From")
    back = found.header("Return-Path")
    is_report = _FROM_A_SERVER.search(sender + back) or back == "<>" or not sender
    is_surely = found.header("X-Failed-Recipients") or _SURELY.search(found.said)
    if not (is_report or is_surely):
        return []
    told = _ABOUT_FAILURE.search(subject + "\n" + found.said) or _REFUSAL.search(found.said)
    if not (told or is_surely):
        return []
    pieces = _by_recipient(found)
    reports = []
    for recipient, words in islice(pieces.items(), MOST_RECIPIENTS):
        delayed = "delayed" if re.search(r"\bdelay|warning", subject, re.IGNORECASE) else ""
        verdict = judge(words, "", delayed, found.said)
        reports.append(Report(recipient, *verdict))
    return reports


def _by_recipient(found: Anatomy) -> dict[str, str]:
    """Who was not reached, and the words about each."""
    said, ours = found.said, {one.lower() for one in _ours(found)}
    named = addresses_in(found.header("X-Failed-Recipients"))
    lines = [
        match
        for match in _LINE_OF.finditer(said)
        if match.group(1) in named or match.group(1).lower() not in ours
    ]
    if not _REASON.search(said):
        lines = list(_TRANSCRIPT.finditer(said)) or lines
    typed = [one for one in addresses_in(said) if one.lower() not in ours]
    readers = [one for one in typed if not _NOT_A_READER.match(one)]
    people = [match for match in lines if not _NOT_A_READER.match(match.group(1))]
    people = people if people or readers else lines
    pieces: dict[str, str] = {}
    edges = [match.start() for match in people] + [len(said)]
    for number, match in enumerate(people):
        piece = said[edges[number] : edges[number + 1]]
        if match.re is _TRANSCRIPT:
            piece = piece.partition("\n")[0]
        reason = _REASON.search(piece)
        if reason:
            piece = reason.group(1)
        pieces[match.group(1)] = pieces.get(match.group(1), "") + piece
    if named:
        pieces = {one: pieces.get(one, said) for one in named}
    if not pieces:
        sent_to = addresses_in(found.returned.get("to", ""))
        pieces = dict.fromkeys((readers or typed)[:1] or sent_to, said)
    if len(pieces) == 1 and not (_TRANSCRIPT.search(said) or _REASON.search(said)):
        return dict.fromkeys(pieces, said)
    return pieces


def _ours(found: Anatomy) -> list[str]:
    """Addresses of our own side: those are not whom the mail could not reach."""
    names = ("To", "Delivered-To", "From", "Return-Path", "Reply-To", "Cc")
    typed = " ".join(found.header(name) for name in names)
    back = " ".join(
        found.returned.get(name, "") for name in ("from", "return-path", "reply-to", "sender")
    )
    return addresses_in(f"{typed} {back}")
