"""Takes the mail that came back apart: what was said, of whom, and what was sent.

Real bounces break every rule: reports without a report type, machine-readable parts
inside attached messages, whole reports written as plain text. So nothing here trusts a
content type, and nothing raises: what cannot be read is empty.
"""

from __future__ import annotations

import email
import json
import re
from dataclasses import dataclass, field
from email.message import Message
from itertools import pairwise
from typing import Any, Final

from .fields import FIELD, Fields, fields_of, readable, unfold, whole

# What a server says of a failure is short. Anything longer is the returned message, or was
# made to keep us busy.
LONGEST_TEXT: Final = 100_000
LONGEST_SAID: Final = 20_000
DEEPEST: Final = 8

# Where the returned message begins, in the words of the servers that mark it.
_RETURNED: Final = re.compile(
    r"^[\s>]*(?:[-=_*+]{2,}\s*)?(?:(?:"
    r"below this line is a copy|below is a copy|this is a copy of|included is a copy"
    r"|copy of (?:the )?(?:original|message)|(?:the )?original message follows|original message"
    r"|message headers? follow|message header|message text follows|start of returned message"
    r"|unsent message|your original mail|the first \d+ (?:bytes|lines)"
    r"|(?:the )?attached (?:message|file) (?!had|has|was|is|could)"
    r")|(?:the )?(?:headers of the )?(?:original|returned|undelivered|unsent|rejected) "
    r"(?:message|mail|msg)\b(?! (?:was|is|could|has|to)))",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED: Final = re.compile(r"(?mi)^[ \t]*>[> \t]*(?:final-recipient|reporting-mta):")
_HEADER: Final = re.compile(
    r"^(?:Received|Return-Path|Message-I[Dd]|DKIM-Signature|X-[A-Za-z-]+|MIME-Version|Delivered-To):",
    re.MULTILINE,
)
_STATUS_REPORT: Final = re.compile(r"(?mi)^final-recipient:.*@")
_STATUS_FIELDS: Final = ("final-recipient", "original-recipient", "action", "diagnostic-code")


@dataclass
class Anatomy:
    """`said`: the words for people, without the returned message. `blocks`: one for each
    recipient of a delivery status report. `feedback`: the fields of a complaint.
    `returned`: headers of what was sent. `notice`: a provider's JSON.
    """

    top: Message
    said: str = ""
    blocks: list[Fields] = field(default_factory=list)
    feedback: Fields = field(default_factory=dict)
    returned: Fields = field(default_factory=dict)
    notice: dict[str, Any] = field(default_factory=dict)
    inner: list[Message] = field(default_factory=list)

    def header(self, name: str) -> str:
        raw = (value for key, value in self.top.raw_items() if key.lower() == name.lower())
        return readable(whole(unfold(str(next(raw, "")))))


def dissect(raw: bytes) -> Anatomy:
    return anatomy_of(email.message_from_bytes(raw))


def anatomy_of(top: Message) -> Anatomy:
    found = Anatomy(top)
    texts: list[str] = []
    _walk(top, found, texts, 0)
    said = "\n".join(texts)
    if _QUOTED.search(said):  # somebody forwarded the report to us
        said = re.sub(r"(?m)^[ \t]*(?:>[ \t]?)+", "", said)
    found.said, returned = _without_returned(said)
    found.said = found.said[:LONGEST_SAID]
    if not found.returned and returned:
        found.returned = fields_of(returned)
    if not found.blocks:
        found.blocks = _blocks_in(said)
    return found


def _walk(part: Message, found: Anatomy, texts: list[str], depth: int) -> None:
    kind = part.get_content_type()
    if depth > DEEPEST:
        return
    if kind in ("message/delivery-status", "message/global-delivery-status"):
        found.blocks += _blocks_in(_raw_text(part))
    elif kind == "message/feedback-report":
        found.feedback = fields_of(_raw_text(part))
    elif kind in ("message/rfc822", "message/global"):
        _returned_message(part, found)
    elif kind.startswith("text/rfc822-headers") or kind == "message/global-headers":
        found.returned = found.returned or fields_of(_text(part))
    elif part.is_multipart():
        for inner in part.get_payload():
            if isinstance(inner, Message):
                _walk(inner, found, texts, depth + 1)
    elif part.get_content_maintype() == "text" or depth == 0:
        _text_part(part, found, texts)
    else:
        _unnamed(part, found)


def _returned_message(part: Message, found: Anatomy) -> None:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        found.inner.append(payload[0])
        if not found.returned:
            found.returned = {
                name.lower(): unfold(str(value)) for name, value in reversed(payload[0].items())
            }
    elif isinstance(payload, str) and not found.returned:
        found.returned = fields_of(payload)


def _unnamed(part: Message, found: Anatomy) -> None:
    """Some servers attach the report for machines as a file of no kind."""
    text = _text(part)[:LONGEST_SAID]
    if _STATUS_REPORT.search(text):
        found.blocks += _blocks_in(text)


def _text_part(part: Message, found: Anatomy, texts: list[str]) -> None:
    text = _text(part)
    if part.get_content_type() == "text/html":
        text = _plain(text)
    begins = text.lstrip()[:1]
    if begins == "{" and not found.notice:
        found.notice = _json(text)
    if "feedback-type:" in text.lower() and not found.feedback:
        found.feedback = fields_of(text)
    texts.append(text)


def _json(text: str) -> dict[str, Any]:
    """A notice of Amazon SES, also when SNS wrapped it or a mail program broke its lines."""
    try:
        start, end = text.index("{"), text.rindex("}")
        data = json.loads(re.sub(r"\r?\n\s*", "", text[start : end + 1]))
        if isinstance(data, dict) and isinstance(data.get("Message"), str):
            data = json.loads(data["Message"])
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _blocks_in(text: str) -> list[Fields]:
    """The blocks of a delivery status, wherever it was written."""
    blocks: list[Fields] = []
    for piece in re.split(r"\n[ \t]*\r?\n", text.replace("\r\n", "\n")):
        lines = "\n".join(
            line.lstrip() if FIELD.match(line.lstrip()) else " " + line.strip()
            for line in piece.splitlines()
        )
        for one in _by_recipient(lines):
            fields = fields_of(one)
            if any(name in fields for name in _STATUS_FIELDS[:2]) and "@" in one:
                blocks.append(fields)
    return blocks


def _by_recipient(text: str) -> list[str]:
    """Some servers forget the empty line between two recipients."""
    starts = [match.start() for match in re.finditer(r"(?mi)^final-recipient:", text)]
    if len(starts) < 2:
        return [text]
    edges = [0, *starts[1:], len(text)]
    return [text[begin:end] for begin, end in pairwise(edges)]


def _without_returned(text: str) -> tuple[str, str]:
    ends = [
        match.start()
        for pattern in (_RETURNED, _HEADER)
        for match in [pattern.search(text)]
        if match
    ]
    if not ends:
        return text, ""
    return text[: min(ends)], text[min(ends) :]


def _raw_text(part: Message) -> str:
    """The fields as they were sent, though the standard library takes each block for a mail."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _text(part)
    blocks = [one for one in payload if isinstance(one, Message)]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):  # not allowed (RFC 6522, 3), and seen
        wrapped = Message()
        wrapped["Content-Transfer-Encoding"] = encoding
        wrapped.set_payload("\n\n".join(_unparsed(one, gap="") for one in blocks))
        if _STATUS_REPORT.search(decoded := _text(wrapped)):
            return decoded
    return whole("\n\n".join(map(_unparsed, blocks)))


def _unparsed(block: Message, gap: str = "\n") -> str:
    lines = [f"{name}: {unfold(str(value))}\n" for name, value in block.raw_items()]
    body = _text(block)
    return "".join([*lines, gap if lines else "", body] if body.strip() else lines)


def _text(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        payload = None
    if not isinstance(payload, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8")
    for name in (charset, "utf-8", "latin-1"):
        try:
            return payload[:LONGEST_TEXT].decode(name, "strict" if name != "latin-1" else "replace")
        except (LookupError, ValueError):
            continue
    return ""


def _plain(html: str) -> str:
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", html)
    text = re.sub(r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h\d)\b[^>]*>", "\n", text)
    text = re.sub(r"<[a-zA-Z/!][^>@]*>", " ", text)
    return (
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
    )
