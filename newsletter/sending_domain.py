"""What the DNS says of the domain that letters come from, in plain advice."""

from __future__ import annotations

import re
import time
from typing import Final

import dns.exception
import dns.resolver
from django.conf import settings

from .models.issue import sending_domain

# For all questions together: a page waits for them.
SECONDS: Final = 3.0
# Told again for so long: a record changes seldom, and a page is opened often.
KEPT_SECONDS: Final = 60.0
_kept: dict[tuple[str, bool, bool], tuple[float, list[str]]] = {}
# A record with an empty key says that the key is no longer good (RFC 6376, 3.6.1).
_KEY: Final = re.compile(r"\bp=\s*[^\s;]")


def advice(*, signs_ourselves: bool, provider: bool) -> list[str]:
    """What is missing, a sentence each."""
    domain = sending_domain()
    if "." not in domain or domain.endswith((".localhost", ".test", ".invalid")):
        return [f"{domain} is no domain that mail can come from: set FROM_EMAIL."]
    what = (domain, signs_ourselves, provider)
    kept = _kept.get(what)
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        found = _look(domain, signs_ourselves=signs_ourselves, provider=provider)
        kept = _kept[what] = (time.monotonic(), found)
    return kept[1]


def _look(domain: str, *, signs_ourselves: bool, provider: bool) -> list[str]:
    try:
        return list(_missing(domain, signs_ourselves=signs_ourselves, provider=provider))
    except dns.exception.DNSException as error:
        return [f"The DNS of {domain} could not be asked just now ({type(error).__name__})."]


def _missing(domain: str, *, signs_ourselves: bool, provider: bool) -> list[str]:
    found = []
    spf = [text for text in _texts(domain) if text.lower().startswith("v=spf1")]
    if not spf:
        found.append(
            f"{domain} has no SPF record: a TXT such as “v=spf1 mx -all” says who may send for it."
        )
    elif len(spf) > 1:
        found.append(f"{domain} has {len(spf)} SPF records; with more than one, none counts.")
    dmarc = [text for text in _texts(f"_dmarc.{domain}") if text.startswith("v=DMARC1")]
    if not dmarc:
        found.append(
            f"_dmarc.{domain} is missing: a TXT “v=DMARC1; p=none” is the least that Gmail, "
            "Yahoo and Outlook ask of who sends much."
        )
    if signs_ourselves:
        name = f"{settings.DKIM_SELECTOR}._domainkey.{domain}"
        if not any(map(_KEY.search, _texts(name))):
            found.append(f"{name} is missing: `manage.py make_dkim_key` says what belongs there.")
    elif not provider:
        found.append(
            "Letters are not signed by us (DKIM_SELECTOR is not set). If your mail server does not "
            "sign them either, Gmail and Outlook refuse them; `manage.py make_dkim_key` helps."
        )
    return found


def _texts(name: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
