"""The vocabulary of the bot checks, and the checks that every public form shares.

A check never refuses anything: it casts a vote, and what the votes mean is for the app
and for staff to say. A reader whose browser fills in everything loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest

from .web import client_address, from_elsewhere

# Named so that a bot finds it worth filling in and no browser's autofill does.
TRAP_FIELD: Final = "homepage_title"
ELAPSED_FIELD: Final = "elapsed"
KEY_FIELD: Final = "submission_key"
CAPTCHA_FIELD: Final = "g-recaptcha-response"

# Google's tokens are about 2,000 characters long.
LONGEST_CAPTCHA: Final = 4_000

# Nobody reads a form, writes a sentence and an address, and sends it in less.
QUICKEST_HUMAN_MS: Final = 3_000


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a public form was sent with, beside the reader's words.

    `elapsed_ms` counts from the first touch of the form to its sending; None without
    JavaScript. `key` names one filling of the form, so that sending it twice is one.
    `captcha` is the token for `lib.captcha`, where that is on.
    """

    form: str
    address: str | None = None
    user_agent: str = ""
    referrer: str = ""
    trap: str = ""
    elapsed_ms: int | None = None
    from_elsewhere: bool = False
    key: UUID | None = None
    captcha: str = ""

    @classmethod
    def of(cls, request: HttpRequest, form: str) -> Submission:
        return cls(
            form=form,
            address=client_address(request),
            user_agent=request.headers.get("User-Agent", "")[:500],
            referrer=request.headers.get("Referer", "")[:500],
            trap=request.POST.get(TRAP_FIELD, "").strip()[:500],
            elapsed_ms=_milliseconds(request.POST.get(ELAPSED_FIELD, "")),
            from_elsewhere=from_elsewhere(request),
            key=_key(request.POST.get(KEY_FIELD, "")),
            captcha=request.POST.get(CAPTCHA_FIELD, "").replace("\x00", "")[:LONGEST_CAPTCHA],
        )


@dataclass(frozen=True)
class Vote:
    """One check's word: positive weights speak for a bot, `reason` in words for staff.

    `evidence` is what it was found by, as JSON can hold it. `unknown` says that the check
    could not be asked (yet): it weighs nothing, and no machine publishes before it is known.
    """

    check: str
    weight: float
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    unknown: bool = False


def votes_on(submission: Submission) -> Iterator[Vote]:
    """What the checks shared by all forms say; those without an opinion stay silent."""
    if submission.trap:
        yield Vote("trap field", 5.0, f"The hidden field was filled in: {submission.trap[:80]!r}")
    elapsed = submission.elapsed_ms
    if elapsed is not None and elapsed < QUICKEST_HUMAN_MS:
        yield Vote("fill time", 2.0, f"Filled in within {elapsed / 1000:.1f} seconds")
    if not submission.user_agent:
        yield Vote("user agent", 1.0, "No browser named itself")


def _milliseconds(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


def _key(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
