"""What reCAPTCHA says of a submission, as one more vote. Off until both keys are set.

The package's form field would refuse a reader whenever Google cannot be reached or
JavaScript is off, keep them waiting, and lose nothing of that to staff. So only its
client is used, by the worker, after the reader's words are safe.
"""

from __future__ import annotations

from http.client import HTTPException
from typing import Final

from django.conf import settings
from django_recaptcha import client

from .bots import Vote

NAME: Final = "reCAPTCHA"
# Scores run from 0.0 (surely a bot) to 1.0; Google proposes 0.5 as the line to begin with.
SURELY_A_BOT: Final = 0.3
DOUBTFUL: Final = 0.5
# Says only that the page was open for long, or that a form came twice: nothing of the reader.
EXPIRED: Final = "timeout-or-duplicate"


class Unreachable(Exception):
    """Google did not answer in a way that can be read; that speaks against nobody."""


def vote_on(token: str, address: str | None) -> Vote:
    """Asks Google about a token (valid for two minutes, once). Raises Unreachable."""
    if not token:
        return Vote(NAME, 0.0, "The browser sent no answer; JavaScript may be off")
    try:
        answer = client.submit(token, settings.RECAPTCHA_PRIVATE_KEY, address or "")
        score = float(answer.extra_data.get("score", 1.0))
    except (OSError, HTTPException, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    if answer.is_valid is not True:
        codes = [str(code) for code in answer.error_codes]
        if codes == [EXPIRED]:
            return Vote(NAME, 0.0, "The browser's answer had expired; it says nothing")
        return Vote(NAME, 2.0, f"Google refused the browser's answer: {', '.join(codes)[:200]}")
    if score < SURELY_A_BOT:
        return Vote(NAME, 3.0, f"Google takes it for a bot (score {score:.1f})")
    if score < DOUBTFUL:
        return Vote(NAME, 1.0, f"Google is in doubt (score {score:.1f})")
    return Vote(NAME, -1.0, f"Google takes it for a person (score {score:.1f})")
