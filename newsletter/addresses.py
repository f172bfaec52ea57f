"""E-mail addresses as people type them."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext
from email_validator import EmailNotValidError, validate_email

# Keyboards and copying leave spaces; some of them cannot be seen.
_SPACES: Final = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")

# Slips that arrive again and again, for the providers that most readers have. Only
# spellings that are nobody's real mail domain: mail.com or ymail.com are no slips.
_SLIPS: Final = {
    "gmail.com": "gmial.com gmai.com gamil.com gmal.com gnail.com gmaill.com gmail.co gmail.cm",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotnail.com hotmail.co hotmail.cm",
    "yahoo.com": "yaho.com yahooo.com yhaoo.com yahoo.co yahoo.cm",
    "outlook.com": "outlok.com outloo.com outlok.co outlook.co outlook.cm",
    "icloud.com": "iclod.com icoud.com icloud.co icloud.cm",
}
_MEANT: Final = {slip: domain for domain, slips in _SLIPS.items() for slip in slips.split()}


def tidy(typed: str) -> str:
    """The address without the spaces around and in it, its domain in small letters.

    Raises ValidationError in words for the person who typed it. Asks no name server:
    a sign-up must not wait for, or fail with, somebody else's.
    """
    address = _SPACES.sub("", typed)
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(
            gettext("“%(address)s” is not an e-mail address that mail can be sent to. %(why)s"),
            code="invalid",
            params={"address": address[:80], "why": str(error) if get_language() == "en" else ""},
        ) from None


def perhaps_meant(address: str) -> str:
    """The address with a well-known slip in its domain put right; empty when there is none."""
    local, _, domain = address.rpartition("@")
    meant = _MEANT.get(domain) or re.sub(r"\.(con|comm|cpm|vom)$", ".com", domain)
    return f"{local}@{meant}" if meant != domain else ""


def masked(address: str) -> str:
    """`a…@example.org`: enough for its owner, too little for whoever looks over a shoulder."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
