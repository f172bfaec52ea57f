"""Counting visits by a program of the operator's own that sets no cookie: off unless ANALYTICS
names one. The policy of every public page lets in that one host, and no other."""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# (its script, the attribute that names the site), by program.
PROGRAMS: Final = {
    "plausible": ("/js/script.js", "data-domain"),
    "umami": ("/script.js", "data-website-id"),
    "goatcounter": ("/count.js", "data-goatcounter"),
}
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,120}")


class Analytics(NamedTuple):
    host: str  # https://stats.example.org
    script: str
    attribute: str
    value: str


def read(name: str) -> Analytics | None:
    """Of `plausible+https://stats.example.org/www.example.org`: the program, where it runs, and
    what it calls this site. GoatCounter, one site a host, needs no name."""
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    program, _, address = text.partition("+")
    try:
        parts = urlsplit(address)
        host = f"https://{parts.netloc}"
        known = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        known, host, parts = False, "", urlsplit("")
    called = parts.path.strip("/")
    if program == "goatcounter" and not called:
        called = "count"
    clean = re.fullmatch(r"[A-Za-z0-9_.:\[\]-]+", parts.netloc) and _NAME.fullmatch(called)
    if program not in PROGRAMS or not known or not clean or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name}={text!r} must look like plausible+https://stats.example.org/www.example.org; "
            f"the programs are {', '.join(PROGRAMS)}."
        )
    path, attribute = PROGRAMS[program]
    value = f"{host}/{called}" if program == "goatcounter" else called
    return Analytics(host, host + path, attribute, value)


def allowed(policy: str, found: Analytics | None) -> str:
    """The Content-Security-Policy with that host in it."""
    if found is None:
        return policy
    for kind in ("script-src", "connect-src", "img-src"):
        policy = policy.replace(f"{kind} 'self'", f"{kind} 'self' {found.host}")
    return policy
