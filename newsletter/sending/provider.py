"""Handing letters to a provider by its interface (django-anymail), several at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final, cast

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from . import batch
from .conversation import IDLE_SECONDS, Job, Source
from .replies import Closed, Lost, Outcome

if TYPE_CHECKING:
    from .clerk import Letter

# "unknown": of a request with many, only how many were taken. Who was not, its reports tell.
TAKEN: Final = frozenset(["queued", "sent", "unknown"])
LOGIN_REFUSED: Final = (401, 403)
SLOW_DOWN: Final = 429


class ProviderLane:
    """Each letter a request, or many in one where the provider can; the connection below is
    kept open."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._connection = get_connection()

    async def run(self) -> None:
        """Until there was nothing to do for a while. Raises Closed."""
        self._connection.open()
        try:
            while jobs := await self._next():
                await self._all(jobs)
        finally:
            self._connection.close()

    async def _next(self) -> list[Letter]:
        """What may go in one request; nothing where nothing is due."""
        job = self._source.take()
        if job is None:
            await self._source.wait(IDLE_SECONDS)
            job = self._source.take()
        if job is None:
            return []
        jobs = [cast("Letter", job)]
        most = 1 if _goes_alone(jobs[0]) else batch.MOST
        while len(jobs) < most and (job := self._source.take()) is not None:
            jobs.append(cast("Letter", job))
        return jobs

    async def _all(self, jobs: list[Letter]) -> None:
        """One request after the other; what became of it is written down before the next."""
        left = deque(_requests(jobs))
        try:
            while left:
                some = left[0]
                if not all(map(self._source.may_go, some)):
                    raise Lost("It was stopped in time.")
                outcomes = await asyncio.to_thread(self._hand_over, some)
                left.popleft()
                if outcomes is None:
                    left.extendleft([job] for job in reversed(some))
                    continue
                settled = map(self._source.settle, some, outcomes)
                await asyncio.gather(*settled)
        except (Closed, Lost):
            for some in left:
                for job in some:
                    self._source.give_back(job)
            raise

    def _hand_over(self, jobs: list[Letter]) -> list[Outcome] | None:
        """What became of each in this request; None: nobody got it, they are to go one by one."""
        way = batch.way_of(jobs[0].cast)
        if way is None or len(jobs) == 1:
            mail = as_django(jobs[0])
        else:
            mail = batch.message(jobs[0].cast, jobs, way)
        try:
            self._connection.send_messages([mail])
        except AnymailRecipientsRefused as error:
            outcome = Outcome("refused", str(error))
        except AnymailAPIError as error:
            outcome = _of_error(error)
            if outcome.kind == "refused" and len(jobs) > 1:
                return None  # perhaps for one of them: the others are not to blame
        except (AnymailError, OSError) as error:
            outcome = Outcome("later", str(error))
        else:
            known = mail.anymail_status.recipients
            return [_of_status(known.get(job.to)) for job in jobs]
        return [outcome] * len(jobs)


def _goes_alone(job: Letter) -> bool:
    """What was tried before has perhaps arrived: tried again, it puts no others in doubt."""
    return job.attempts > 0 or batch.way_of(job.cast) is None


def _requests(jobs: list[Letter]) -> list[list[Letter]]:
    """Together go those of the same issue and subject."""
    requests: dict[object, list[Letter]] = {}
    for job in jobs:
        requests.setdefault(job if _goes_alone(job) else job.cast, []).append(job)
    return list(requests.values())


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
            if name.lower() not in batch.ITS_OWN
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
    """A provider that refuses our key, or is in trouble, says nothing about the reader."""
    code = error.status_code
    if code in LOGIN_REFUSED:
        raise Closed(f"The provider refuses our key: {error}")
    passing = code is None or code == SLOW_DOWN or code >= 500
    return Outcome("later" if passing else "refused", str(error))
