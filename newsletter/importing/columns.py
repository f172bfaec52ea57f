"""Which column of a file means what, and which program wrote it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# What we can take in, and what the programs of the field call it: small letters and digits
# only. The first name of a list that a file has wins.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "email": ("email", "emailaddress", "subscriberemail", "emailid", "mail", "address"),
    "first_name": ("firstname", "fname", "vorname", "prenom"),
    "name": ("name", "fullname"),
    "state": ("globalstatus", "status", "state", "type", "subscribertype", "liststatus"),
    "wants_mail": ("subscribedtoemails", "subscribed"),
    "no_mail": ("emaildisabled", "blocklisted", "unsubscribedfromemails"),
    "asked_at": ("createdat", "creationdate", "optintime", "subscribedon", "created", "signupdate",
                 "dateadded", "createdon"),
    "confirmed_at": ("confirmedat", "confirmtime", "confirmationdate", "subscribedat"),
    "left_at": ("unsubtime", "unsubscriptiondate", "unsubscribedat", "leftat"),
    "bounced_at": ("cleantime", "bouncedat"),
    "left_why": ("unsubreason", "unsubscriptionreason", "leftwhy"),
    "page": ("consentpage", "source", "sourcepage", "referrerurl"),
    "form": ("consentform",),
    "wording": ("consentwording",),
    "network": ("confirmip", "confirmedip", "subscribedip", "optinip", "ipaddress",
                "subscriptionip"),
    "network_hash": ("consentnetworkhash",),
    "letters": ("letters",),
    "suppressed": ("suppressed",),
}  # fmt: skip

# What only that program's files have.
_SIGNS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("Backsite", frozenset({"consentwording", "consentnetworkhash"})),
    ("Mailchimp", frozenset({"leid", "euid"})),
    ("Ghost", frozenset({"subscribedtoemails"})),
    ("listmonk", frozenset({"uuid", "attributes"})),
    ("Substack", frozenset({"activesubscription", "emaildisabled"})),
    ("MailPoet", frozenset({"globalstatus"})),
    ("MailPoet", frozenset({"liststatus"})),
    ("Buttondown", frozenset({"subscribertype"})),
    ("Buttondown", frozenset({"creationdate", "metadata"})),
)
ANOTHER: Final = "another program"

# What programs call where somebody stands. "never" stands for people whom the former
# program did not mail any more without saying that they left by themselves.
STATES: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("subscribed", "confirmed", "active", "enabled", "regular", "premium", "gifted", "trialed",
         "churned", "paid", "free", "comped", "inactive", "paused", "pastdue", "yes", "true", "1",
         "pastdue", "unpaid"),
        "subscribed",
    ),
    **dict.fromkeys(
        ("unconfirmed", "pending", "unactivated", "notconfirmed", "notconfirmedyet", "upcoming"),
        "pending",
    ),
    **dict.fromkeys(
        ("unsubscribed", "left", "hasleft", "removed", "optedout", "false", "no", "0", "deleted"),
        "left",
    ),
    **dict.fromkeys(("bounced", "cleaned", "undeliverable", "hardbounced", "invalid"), "bounced"),
    **dict.fromkeys(("complained", "spam", "complaint", "abuse"), "complained"),
    **dict.fromkeys(
        ("blocklisted", "blacklisted", "disabled", "blocked", "spammy", "suppressed", "banned"),
        "never",
    ),
}  # fmt: skip


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.strip().lower())


def guess(header: list[str]) -> dict[str, int]:
    """Which column holds what, by the header's names: field to number of the column."""
    names = [plain(name) for name in header]
    found: dict[str, int] = {}
    for field, known in FIELDS.items():
        for name in known:
            if name in names:
                found[field] = names.index(name)
                break
    if "first_name" in found:
        found.pop("name", None)
    return found


def program_of(header: list[str]) -> str:
    names = {plain(name) for name in header}
    return next((program for program, signs in _SIGNS if signs <= names), ANOTHER)
