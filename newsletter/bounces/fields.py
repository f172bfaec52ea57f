"""Addresses and header-like fields in texts that keep no rule."""

from __future__ import annotations

import re
from email.header import decode_header, make_header
from typing import Final

Fields = dict[str, str]

ADDRESS: Final = re.compile(
    r"(?P<quoted>\"[^\"\n]{1,64}\"@[\w.-]+)|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)*",
)

FIELD: Final = re.compile(r"^([A-Za-z][A-Za-z-]{1,40}):[ \t]*(.*)$")
# A complaint names each recipient in a field of its own (RFC 5965, 3.2).
_REPEATED: Final = ("original-rcpt-to",)


def addresses_in(text: str) -> list[str]:
    """Each address once, in the order of the text, as written."""
    found = (match.group().strip("'").rstrip(".") for match in ADDRESS.finditer(text))
    return list(dict.fromkeys(one for one in found if not one.startswith("@")))


def first_address(text: str) -> str:
    """The address in a header or a typed field (`rfc822; a@b`), or nothing."""
    typed = text.partition(";")[2] if re.match(r"\s*[\w-]+\s*;", text) else text
    plain = addresses_in(typed)
    return plain[0] if plain else ""


def fields_of(text: str) -> Fields:
    """Header-like lines, names in small letters, folded lines joined; the first one counts."""
    fields: Fields = {}
    last = ""
    text = text.replace("\r\n", "\n")
    for line in text.splitlines():
        match = FIELD.match(line)
        if match:
            last = match.group(1).lower()
            if last in fields and last not in _REPEATED:
                last = ""
            else:
                before = fields.get(last, "")
                fields[last] = f"{before} {match.group(2).strip()}".strip()
        elif line[:1] in (" ", "\t") and last:
            fields[last] += " " + line.strip()
        else:
            last = ""
    return fields


def whole(text: str) -> str:
    """With the letters that the standard library hides, since headers should not have them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def readable(value: str) -> str:
    """As people read it (RFC 2047); as it stands where it cannot be decoded."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value


def unfold(value: str) -> str:
    return re.sub(r"\s*\r?\n\s+", " ", value).strip()
