"""Mail addresses that are thrown away after one use: no answer would ever be read there."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Final

from .bots import Vote

NAME: Final = "disposable address"
LIST: Final = "disposable_email_domains"


def vote_on_address(email: str) -> Vote | None:
    domain = email.rpartition("@")[2].strip().lower()
    service = _service(domain)
    if service is None:
        return None
    reason = f"The e-mail address is one to throw away, at {service}: no answer is read there"
    return Vote(NAME, 1.0, reason, {"domain": service})


def _service(domain: str) -> str | None:
    """The listed domain that it is or belongs to."""
    known = _listed()
    while "." in domain:
        if domain in known:
            return domain
        domain = domain.partition(".")[2]
    return None


@cache
def _listed() -> frozenset[str]:
    """The list is a package that is brought up to date like the others. Where it was not
    installed yet the check has no opinion; nothing else depends on it."""
    if importlib.util.find_spec(LIST) is None:
        return frozenset()
    return frozenset(importlib.import_module(LIST).blocklist)
