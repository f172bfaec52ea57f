"""Which refusals speak of whoever sent the mail, and not of the address it was sent to."""

from __future__ import annotations

from typing import Final

# A server on a blocklist is refused for all its readers at once. Counting that against
# them would empty the list by our own fault.
_OF_US: Final = frozenset(
    {
        "authfailure", "badreputation", "blocked", "contenterror", "failedstarttls",
        "mesgtoobig", "norelaying", "notcompliantrfc", "policyviolation", "rejected",
        "requireptr", "securityerror", "spamdetected", "syntaxerror", "toomanyconn",
        "virusdetected",
    }
)  # fmt: skip


def speaks_of_us(reason: str) -> bool:
    return reason in _OF_US
