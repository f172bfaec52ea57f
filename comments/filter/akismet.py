"""Akismet's interface (version 1.1): what is asked, and what its answers mean.

Only the very words `true` and `false` are a verdict. Whatever else comes back (an error
page, an empty answer, a notice about the account) means that Akismet did not say, and
speaks neither for nor against anybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from backsite.lib import https
from backsite.lib.bots import TRAP_FIELD, Submission
from backsite.lib.text import sendable

NAME: Final = "Akismet"
# Akismet answers in a tenth of a second; the worker has other things to do than to wait.
PATIENCE_SECONDS: Final = 10.0
# Akismet's own plugin comes back after six hours when there is trouble with the key.
KEY_PAUSE: Final = timedelta(hours=6)
# `X-akismet-recheck-after` says 120 today; nobody is held up longer than this by it.
LONGEST_RECHECK: Final = timedelta(minutes=30)
THANKS: Final = "Thanks for making the web a better place."

Sent = Mapping[str, str]


@dataclass(frozen=True)
class Alert:
    """What Akismet wants staff to know of the account: a code and a sentence."""

    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})" if self.message else self.code


@dataclass(frozen=True)
class Verdict:
    """`discard`: blatant spam. `again_after`: not the last word; ask again then."""

    spam: bool
    discard: bool = False
    again_after: timedelta | None = None
    alert: Alert = Alert()


class NoVerdict(Exception):
    """Akismet did not say. `pause`: how long it wants to be left alone. `invalid`: its own
    word for a key, and as well for a question, that it does not take."""

    def __init__(
        self,
        reason: str,
        *,
        pause: timedelta | None = None,
        invalid: bool = False,
        alert: Alert | None = None,
    ) -> None:
        super().__init__(reason)
        self.pause, self.invalid, self.alert = pause, invalid, alert


def snapshot(
    submission: Submission,
    *,
    permalink: str,
    kind: str,
    name: str,
    email: str,
    website: str,
    text: str,
    article_changed_at: datetime | None,
) -> dict[str, str]:
    """What Akismet is told of a comment, fixed as it was first sent: a correction must
    say the same. Nothing of staff, no cookie, no token."""
    fields = {
        "user_ip": submission.address or "",
        "user_agent": submission.user_agent,
        "referrer": submission.referrer,
        "permalink": permalink,
        "comment_type": kind,
        "comment_author": name,
        "comment_author_email": email if settings.AKISMET_SENDS_EMAIL else "",
        "comment_author_url": website,
        "comment_content": text,
        "comment_date_gmt": _time(timezone.now()),
        "comment_post_modified_gmt": _time(article_changed_at),
        "blog_lang": settings.LANGUAGE_CODE.replace("-", "_"),
        "blog_charset": "UTF-8",
        "honeypot_field_name": TRAP_FIELD,
        TRAP_FIELD: submission.trap,
    }
    return {name: sendable(value) for name, value in _given(**fields).items()}


def check(sent: Sent, *, recheck: str = "") -> Verdict:
    """Akismet's word on a comment; `recheck` says why it is asked a second time."""
    answer = _post("1.1/comment-check", {**sent, **_given(recheck_reason=recheck)})
    alert = _alert(answer)
    said = answer.text.strip()
    clear = answer.status == 200 and said in {"true", "false"}
    if not clear or "x-akismet-error" in answer.headers:
        raise _no_verdict(answer)
    if said == "true":
        discard = answer.headers.get("x-akismet-pro-tip", "").strip().lower() == "discard"
        return Verdict(spam=True, discard=discard, alert=alert)
    return Verdict(spam=False, again_after=_recheck_after(answer), alert=alert)


def correct(sent: Sent, *, spam: bool, said: bool | None) -> None:
    """Tells Akismet what a person decided. `said`: what Akismet had answered, if it had."""
    kind = "spam" if spam else "ham"
    before = {True: "true", False: "false", None: ""}[said]
    answer = _post(f"1.1/submit-{kind}", {**sent, **_given(comment_check_response=before)})
    if answer.status != 200 or answer.text.strip() != THANKS:
        raise _no_verdict(answer)


def verify_key() -> bool:
    """Whether the key is good for this site. Raises NoVerdict when Akismet does not say."""
    key = {"key": settings.AKISMET_KEY, "api_key": settings.AKISMET_KEY}
    answer = _post("1.1/verify-key", key)
    said = answer.text.strip()
    if answer.status != 200 or said not in {"valid", "invalid"}:
        raise _no_verdict(answer)
    return said == "valid"


def usage() -> dict[str, Any]:
    """The account's limit and use this month: `limit` (a number, or None for none),
    `usage`, `percentage`, `throttled`."""
    answer = _post("1.2/usage-limit", {"extended": "true"})
    try:
        said = json.loads(answer.text)
        limit = said["limit"]
        return {
            "limit": None if limit == "none" else int(limit),
            "usage": int(said["usage"]),
            "percentage": float(said["percentage"]),
            "throttled": said["throttled"] in (True, "true", 1, "1"),
        }
    except (ValueError, TypeError, KeyError):
        raise _no_verdict(answer) from None


def _given(**fields: str) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in fields.items() if value}


def _post(path: str, fields: Sent) -> https.Answer:
    whole = {"api_key": settings.AKISMET_KEY, "blog": settings.SITE_URL, **fields}
    if settings.AKISMET_TEST:
        whole["is_test"] = "true"
    try:
        return https.ask(f"{settings.AKISMET_URL}/{path}", whole, patience=PATIENCE_SECONDS)
    except https.Unreachable as error:
        raise NoVerdict(_safe(f"It could not be reached: {error}")) from error


def _no_verdict(answer: https.Answer) -> NoVerdict:
    """Why an answer is none, in words for staff."""
    alert, pause = _alert(answer), https.retry_after(answer.headers.get("retry-after", ""))
    hint = " ".join(
        answer.headers[name]
        for name in ("x-akismet-error", "x-akismet-debug-help")
        if answer.headers.get(name)
    )
    if answer.text.strip() == "invalid":
        words = _safe(f"It refused our key or our question. {hint}".strip())
        return NoVerdict(words, pause=pause or KEY_PAUSE, invalid=True, alert=alert)
    if answer.status == 429:
        words = f"It asks us to slow down (429). {hint}"
    elif answer.status != 200:
        words = f"It answered with an error ({answer.status}). {hint}"
    elif "x-akismet-error" in answer.headers:
        words = f"It announced trouble with the account: {hint or 'without a reason'}"
    else:
        words = f"It answered something else than true or false: {answer.text[:80]!r}. {hint}"
    return NoVerdict(_safe(words.strip()), pause=pause, alert=alert)


def _alert(answer: https.Answer) -> Alert:
    headers = answer.headers
    code, words = headers.get("x-akismet-alert-code", ""), headers.get("x-akismet-alert-msg", "")
    return Alert(_safe(code)[:40], _safe(words)[:500])


def _recheck_after(answer: https.Answer) -> timedelta | None:
    value = answer.headers.get("x-akismet-recheck-after", "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) > 0):
        return None
    return min(timedelta(seconds=int(value)), LONGEST_RECHECK)


def _safe(words: str) -> str:
    """Without our key, should an answer or an error repeat it, and fit for any page."""
    key = settings.AKISMET_KEY
    hidden = words.replace(key, "…") if key else words
    return sendable(re.sub(r"((?:api_)?key=)[^&\s]+", r"\1…", hidden))


def _time(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""
