"""From one recipient's refusal to a verdict: gone for good, or perhaps only today."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .reasons import (
    AFTER_DATA,
    AT_RECIPIENT,
    AT_SENDER,
    AT_START,
    BY_STATUS,
    FINAL,
    PHRASES,
    normal,
    reply_in,
    status_in,
)

LONGEST_DIAGNOSTIC: Final = 4_000
# These say no more than that it did not work.
VAGUE: Final = ("0.0", "5.0")
_SURE: Final = re.compile(
    r"delivery error: dd|requested action not taken: mailbox unavailable"
    r"|\bLPN007|\.\.\. No such user$|\(#5\.1\."
    r"|5\.4\.1 recipient address rejected: access denied",
    re.IGNORECASE,
)
# In these words filters of Yahoo and Google refuse, when they name no code.
_FILTERS_SAY: Final = re.compile(
    r"doesn't have an? \S+ account|account that you tried to reach", re.IGNORECASE
)
# The reply of another server, passed on without its code; what a server says of its own list
# it says in a sentence.
_PASSED_ON: Final = re.compile(r"\buser unknown\b(?!: ?\S*@)", re.IGNORECASE)
# A server that repeats the address in its refusal answered to just that address.
_ECHOED: Final = re.compile(
    r"[45]\d\d[ :]+(?:[45]\.\d+\.\d+ )?<[^<>\s@]+@[^<>\s]+>(?::|,|\.\.\.)", re.IGNORECASE
)


class Verdict(NamedTuple):
    kind: str
    status: str
    reason: str


def judge(diagnostic: str, status: str, action: str, said: str) -> Verdict:
    """`diagnostic`: what the refusing server said of this recipient. `status`: the code of
    the report. `said`: all that the report tells people.
    """
    words = normal(diagnostic[:LONGEST_DIAGNOSTIC])
    inner = status_in(words)
    # A report that says in its code what the server said in words needs no better code.
    agree = status[:1] == "5" and BY_STATUS.get(status[2:]) == phrase_in(words) == "userunknown"
    code = status if agree else _better(status, inner)
    if action.startswith("delay") and not words:
        return Verdict("soft", code or "4.0.0", "expired")
    everything = re.sub(r"[ \t]*\n[ \t]*", "\n", diagnostic + "\n" + said)
    around = everything + "\n" + normal(said)
    reason = _reason(words, code, around) or _reason(
        normal(said[:LONGEST_DIAGNOSTIC]), code, around
    )
    reason = reason or BY_STATUS.get(code[2:], "")
    if not reason:
        reason = "expired" if action.startswith("delay") else "undefined"
    temporary = code.startswith("4") or (not code and reply_in(words).startswith("4"))
    final = reason in FINAL and not temporary
    return Verdict("hard" if final else "soft", code, reason)


def _better(status: str, inner: str) -> str:
    """The more telling one: a report may say 5.0.0 where the server said 5.2.2."""
    if not status:
        return inner
    if not inner:
        return status
    vague = status[2:].startswith("0.") or status[2:] in ("1.0", "5.0", "3.0", "4.0", "4.7", "7.0")
    if vague or (inner[0] == "5" and status[0] == "4") or inner[2:3] != status[2:3]:
        return inner
    return status


def _reason(words: str, code: str, around: str) -> str:
    """`words` on one line; `around` may tell at which command the server refused."""
    by_code = BY_STATUS.get(code[2:], "")
    if not words or by_code == "hasmoved":
        return by_code if words else ""
    reason = phrase_in(words)
    if reason in ("", "userunknown", "hostunknown", "refused") and AT_SENDER.search(around):
        return "rejected"
    if reason == "rejected" and by_code == "hostunknown":
        return by_code  # 5.1.2 speaks of the recipient's domain, 5.1.8 of the sender's
    if reason == "refused":
        return _refused(code, by_code, around)
    if reason == "userunknown" and not _names_the_list(words, code, around):
        return by_code if by_code in ("suspend", "mailboxfull") else "filtered"
    return reason or ("blocked" if AT_START.search(around) else "")


def phrase_in(words: str) -> str:
    """The reason that the words name, whoever says them and when."""
    return next((name for name, pattern in PHRASES if pattern.search(words)), "")


def _refused(code: str, by_code: str, around: str) -> str:
    """A recipient refused without a word why: that is left to the code, or to the moment."""
    if code and code[2:] not in VAGUE:
        return by_code
    return "userunknown" if AT_RECIPIENT.search(around) else "filtered"


def _names_the_list(words: str, code: str, around: str) -> bool:
    """Whether "no such user" was said by whoever keeps the list of mailboxes.

    Said after the message was sent, or with the code of something else, it is the word
    of a filter, which some providers let their users set up against unknown senders.
    """
    if BY_STATUS.get(code[2:]) == "userunknown" or AT_RECIPIENT.search(around):
        return True
    if _SURE.search(words):
        return True
    if AFTER_DATA.search(around) or _FILTERS_SAY.search(words):
        return False
    if code and code[2:] not in VAGUE:
        return False
    if not reply_in(words):
        return not _PASSED_ON.search(words)
    return _ECHOED.search(words) is not None
