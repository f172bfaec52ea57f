"""What a mail server meant, from the words and codes of its refusal.

The reasons are those of the field's bounce collections. Only four of them speak of the
address itself and are final; all others speak of the message, the sender, a full or sleeping
mailbox, or the network, and may be otherwise next week.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

# Codes by RFC 3463 and its IANA registry, as far as they name a reason by themselves.
# Without the class digit: 4.2.2 and 5.2.2 both say that a mailbox is full.
BY_STATUS: Final[dict[str, str]] = {
    "1.0": "userunknown", "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown",
    "1.4": "userunknown", "1.6": "hasmoved", "1.7": "rejected", "1.8": "rejected",
    "1.9": "systemerror", "1.10": "userunknown", "1.351": "userunknown",
    "2.0": "filtered", "2.1": "filtered", "2.2": "mailboxfull", "2.3": "exceedlimit",
    "2.4": "filtered",
    "3.0": "systemerror", "3.1": "systemfull", "3.2": "notaccept", "3.3": "systemerror",
    "3.4": "mesgtoobig", "3.5": "systemerror",
    "4.0": "networkerror", "4.1": "networkerror", "4.2": "networkerror", "4.3": "systemerror",
    "4.4": "hostunknown", "4.5": "systemerror", "4.6": "networkerror", "4.7": "expired",
    "5.2": "syntaxerror", "5.3": "toomanyconn", "5.4": "syntaxerror", "5.6": "syntaxerror",
    "6.0": "contenterror", "6.1": "contenterror", "6.2": "contenterror", "6.3": "contenterror",
    "6.5": "contenterror", "6.9": "contenterror",
    "7.0": "securityerror", "7.1": "securityerror", "7.2": "securityerror",
    "7.5": "securityerror", "7.6": "securityerror", "7.8": "securityerror",
    "7.9": "securityerror", "7.13": "suspend", "7.17": "hasmoved",
    "7.20": "authfailure", "7.21": "authfailure", "7.22": "authfailure", "7.23": "authfailure",
    "7.24": "authfailure", "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept",
    "7.509": "authfailure",
}  # fmt: skip

FINAL: Final = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})


def _phrases(file: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The headings in the order of the file, each with all its phrases."""
    phrases: list[tuple[str, list[str]]] = []
    for line in (Path(__file__).parent / file).read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            phrases.append((line[1:-1], []))
        elif line and not line.startswith("#"):
            phrases[-1][1].append(line)
    return tuple((name, re.compile("|".join(lines), re.IGNORECASE)) for name, lines in phrases)


PHRASES: Final = _phrases("phrases.txt")
LANGUAGES: Final = dict(_phrases("languages.txt"))

# Said after the message itself was sent: a filter spoke, not the list of mailboxes.
AFTER_DATA: Final = re.compile(
    r"end of data|>>> (?:data|\.)\s|reply to (?:end of )?data|after (?:end of )?data"
    r"|after i sent the message|smtp:data|\bin dot\b|^\s*data\b",
    re.IGNORECASE | re.MULTILINE,
)
AT_SENDER: Final = re.compile(
    r"(?:reply to|after|following|>>>|did not like our|\[)\s*mail[ _]from|smtp:mail", re.IGNORECASE
)
AT_RECIPIENT: Final = re.compile(
    r"rcpt[ _]to|smtp:rcpt|following rcpt|does not like recipient|rejected recipient", re.IGNORECASE
)
AT_START: Final = re.compile(
    r"after initial connection|refused to talk|smtp:conn"
    r"|(?:reply to|after|following|>>>)\s*(?:ehlo|helo|conn)",
    re.IGNORECASE,
)
_ENHANCED: Final = re.compile(r"(?<![\d.])([245])[.](\d{1,3})[.](\d{1,3})(?![\d.]\d|\.\d)")
_REPLY: Final = re.compile(r"(?<![\d.:/-])([45]\d\d)(?=[\s:-]+[^\d]|[\s-]\d\.\d|$)")


# Who speaks is not what is said: "remote host said: 550 rejected" is no refused host.
_SPEAKER: Final = re.compile(
    r"\b(?:remote|recipient|receiving|destination)(?:'s)? (?:mail )?(?:host|server|system)"
    r" (?:said|returned|replied|responded)(?: with)?\s*:?",
    re.IGNORECASE,
)

# Cisco's gateways name a code and its general meaning before what the other server said.
_GUESS: Final = re.compile(r"\b([45]\.\d+\.\d+) - [A-Z][a-z ]{4,40} (?=[45]\d\d[ -]')")


def normal(text: str) -> str:
    """One line, without who says it and the codes that begin each line of a long reply."""
    text = _SPEAKER.sub(" ", text)
    text = _GUESS.sub(r"\1 ", text)
    text = re.sub(r"(?m)[ \t]*\r?\n?[ \t]*(?<![\d.])[45]\d\d-(?:[45]\.\d+\.\d+\s)?", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def status_in(text: str) -> str:
    """The first enhanced status code (RFC 3463) of a refusal in a text, or nothing. One that
    says no more than that something is wrong gives way to one that says what."""
    found = [match.group() for match in _ENHANCED.finditer(text) if match.group(1) != "2"]
    telling = [code for code in found if not code[2:].startswith("0.")]
    return next(iter(telling or found), "")


def reply_in(text: str) -> str:
    """The SMTP reply code (RFC 5321) in a text, or nothing."""
    match = _REPLY.search(text)
    return match.group(1) if match else ""
