"""What reCAPTCHA says of a submission, as one more vote. Off until both keys are set.

The package's form field would refuse a reader whenever Google cannot be reached or
JavaScript is off, keep them waiting, and lose nothing of that to staff. So only its
client is used, by the worker, after the reader's words are safe.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.client import HTTPException
from typing import Any, Final

from django.conf import settings
from django_recaptcha import client

from .bots import Vote
from .services.models import Service

NAME: Final = "reCAPTCHA"
# Scores run from 0.0 (surely a bot) to 1.0; Google proposes 0.5 as the line to begin with.
SURELY_A_BOT: Final = 0.3
DOUBTFUL: Final = 0.5
# Says only that the page was open for long, or that a form came twice: nothing of the reader.
EXPIRED: Final = "timeout-or-duplicate"
# The one code that speaks of the reader's answer, and not of us.
INVALID: Final = "invalid-input-response"
# These speak of our keys. A mistake of ours is held against nobody.
OUR_FAULT: Final = frozenset({"missing-input-secret", "invalid-input-secret", "bad-request"})


class Unreachable(Exception):
    """Google did not answer in a way that can be read; that speaks against nobody."""


def vote_on(token: str, address: str | None) -> Vote:
    """Asks Google about a token (valid for two minutes, once). Raises Unreachable, and
    does not ask at all while Google is known to be away.

    An unknown vote never is an argument: a person looks at the comment instead.
    """
    if not token:
        return _unknown("The browser sent no answer; JavaScript may be off")
    valid, codes, score = _ask(token, address)
    if not valid:
        return _refused(codes)
    evidence = {"score": score}
    if score < SURELY_A_BOT:
        return Vote(NAME, 3.0, f"Google takes it for a bot (score {score:.1f})", evidence)
    if score < DOUBTFUL:
        return Vote(NAME, 1.0, f"Google is in doubt (score {score:.1f})", evidence)
    return Vote(NAME, -1.0, f"Google takes it for a person (score {score:.1f})", evidence)


def _refused(codes: set[str]) -> Vote:
    said = ", ".join(sorted(codes))[:200]
    if codes == {EXPIRED}:
        return _unknown("The browser's answer had expired; it says nothing")
    if INVALID not in codes:
        return _unknown(f"Google could not tell: {said}")
    return Vote(NAME, 2.0, f"Google refused the browser's answer: {said}")


def look_at_keys() -> None:
    """Asks about an answer that nobody gave: what Google says of it tells whether it knows
    our secret key. The outcome stands at the service. Raises Unreachable."""
    _ask("a look at the keys", None)


def _ask(token: str, address: str | None) -> tuple[bool, set[str], float]:
    """(valid, error codes, score)"""
    service = Service.named(NAME)
    if service.closed_until():
        raise Unreachable("it is known to be away")
    try:
        answer = client.submit(token, settings.RECAPTCHA_PRIVATE_KEY, address or "")
        codes = _codes(answer.error_codes)
        score = float(answer.extra_data.get("score", 1.0))
        if not (0.0 <= score <= 1.0) or (answer.is_valid is not True and not codes):
            raise ValueError("an answer that says nothing")
    except (OSError, HTTPException, ValueError, KeyError, AttributeError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        service.failed(f"It could not be reached: {reason}"[:300])
        raise Unreachable(reason) from error
    if ours := codes & OUR_FAULT:
        reason = f"Google refuses our secret key ({', '.join(sorted(ours))})"
        service.failed(reason)
        service.told_of_key(valid=False)
        if outage := service.outage:
            outage.tell_now()
        raise Unreachable(reason)
    service.answered()
    if service.key_state != Service.Key.VALID:
        service.told_of_key(valid=True)
    return answer.is_valid is True, codes, score


def _codes(said: Iterable[Any]) -> set[str]:
    return {str(code)[:60] for code in said}


def _unknown(reason: str) -> Vote:
    return Vote(NAME, 0.0, reason, unknown=True)
