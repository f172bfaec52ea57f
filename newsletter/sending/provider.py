"""Handing letters to a provider by its interface (django-anymail): each letter a request.

Many letters in one request would be cheaper, but who is killed while it is on its way cannot
know what became of any of them, and would have to send all of them twice or none again. Of the
providers that fill in letters themselves (Mailgun, SparkPost, Postmark, SendGrid, Mailjet) none
documents a key by which it knows a request again. Resend (24 hours) and Brevo (30 minutes) do,
for the same bytes only: one would have to keep each request until its answer was written down.
One letter a request keeps the promise with all of them: that letter alone is in doubt. As many
requests are under way at a time as there are connections.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from typing import Any, Final

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from backsite.lib.https import retry_after

from .conversation import IDLE_SECONDS, Job, Source
from .replies import Closed, Lost, Outcome

# "unknown": some say nothing of the one recipient. What became of it, their reports tell.
TAKEN: Final = frozenset(["queued", "sent", "unknown"])
LOGIN_REFUSED: Final = (401, 403)
SLOW_DOWN: Final = 429
# How long a lane rests that was told so, each time in a row twice as long; and however long it
# is asked to.
FIRST_REST, LONGEST_REST, LONGEST_ASKED_REST = 1.0, 60.0, 600.0
# What the provider sets by itself, from what it is told.
ITS_OWN: Final = frozenset(
    ["from", "to", "subject", "date", "mime-version", "content-type", "dkim-signature"]
)


class TooMany(Exception):
    """More than the provider takes just now, which says nothing about the letter. `rest`: the
    seconds it asks for, where it does."""

    def __init__(self, rest: float | None) -> None:
        super().__init__(rest)
        self.rest = rest


class ProviderLane:
    """Letter after letter on one connection, which is kept open."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._connection = get_connection()
        # A lane waits in a thread of its own: asyncio's common ones are as many as processors
        # ask for, and here nothing is done but waiting.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="provider")

    async def run(self) -> None:
        """Until there was nothing to do for a while. Raises Closed or Lost."""
        loop = asyncio.get_running_loop()
        rest = FIRST_REST
        self._connection.open()
        try:
            while (job := await self._next()) is not None:
                try:
                    if not self._source.may_go(job):
                        raise Lost("It was stopped in time.")
                    outcome = await loop.run_in_executor(self._thread, self._hand_over, job)
                except TooMany as error:
                    self._source.give_back(job)
                    await self._source.rest(rest if error.rest is None else error.rest)
                    rest = min(rest * 2, LONGEST_REST)
                    continue
                except (Closed, Lost):
                    self._source.give_back(job)
                    raise
                await self._source.settle(job, outcome)
                rest = FIRST_REST
        finally:
            self._connection.close()
            self._thread.shutdown(wait=False)

    async def _next(self) -> Job | None:
        job = self._source.take()
        if job is None:
            await self._source.wait(IDLE_SECONDS)
            job = self._source.take()
        return job

    def _hand_over(self, job: Job) -> Outcome:
        mail = as_django(job)
        try:
            self._connection.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return Outcome("refused", str(error))
        except AnymailAPIError as error:
            return _of_error(error)
        except (AnymailError, OSError) as error:
            return Outcome("later", str(error))
        return _of_status(mail.anymail_status.recipients.get(job.to))


def as_django(job: Job) -> Any:
    """The same letter as anymail takes it."""
    parsed = message_from_bytes(job.content, policy=policy.default)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    mail: Any = EmailMultiAlternatives(
        subject=str(parsed["Subject"]),
        body=plain.get_content(),
        from_email=str(parsed["From"]),
        to=[job.to],
        headers={
            name: " ".join(str(value).split())
            for name, value in parsed.items()
            if name.lower() not in ITS_OWN
        },
    )
    if html is not None:
        mail.attach_alternative(html.get_content(), "text/html")
    # It comes back with whatever the provider tells of this letter later.
    mail.metadata = {"letter": str(parsed["Message-ID"])}
    return mail


def _of_status(status: Any) -> Outcome:
    """What the provider said of one recipient."""
    if status is None:
        return Outcome("later", "The provider said nothing of this recipient.")
    said = f"{status.status} {status.message_id or ''}".strip()
    return Outcome("sent" if status.status in TAKEN else "refused", said)


def _of_error(error: AnymailAPIError) -> Outcome:
    """A provider that refuses our key, has had enough or is in trouble says nothing about the
    reader."""
    code = error.status_code
    if code in LOGIN_REFUSED:
        raise Closed(f"The provider refuses our key: {error}")
    if code == SLOW_DOWN:
        asked = retry_after(error.response.headers.get("Retry-After", ""))
        raise TooMany(min(asked.total_seconds(), LONGEST_ASKED_REST) if asked else None)
    passing = code is None or code >= 500
    return Outcome("later" if passing else "refused", str(error))
