"""The sender's side towards the database: claims rows, writes down what became of them.

Runs in one thread of its own, one transaction a turn: outcomes of all connections are
committed together, which is what makes durable marks cheap.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from backsite.lib.services.models import Service
from backsite.lib.web import drop_broken_connections
from backsite.lib.work import pause_after

from ..models import Delivery, Issue, NotNow, Rate, Sender, Subscriber, Suppression, ledger
from ..models.ledger import Claimed, Settled
from ..models.recent_answers import REFUSED, TAKEN, RecentAnswers
from .casting import Cast, Reader, our_signer, wire_address
from .replies import Outcome

SERVICE: Final = "Mail server for newsletters"
MOST_ATTEMPTS: Final = 12
# Of the last 200 answers to all senders so many refusals stop an issue: a list gone bad, or a
# server that takes us for a spammer. Counted from the first fifty on.
LEAST: Final = 50
MOST_REFUSED: Final = 0.2
# Good answers are told to the others together, a refusal at once.
TOLD_TOGETHER: Final = 100
# How often what others change is looked at.
LOOK_EVERY: Final = 0.1
RATES_EVERY: Final = 5.0
BURY_EVERY: Final = 10.0
BEAT_EVERY: Final = 3.0
NOTHING_DUE_PAUSE: Final = 0.5


@dataclass(eq=False)
class Letter:
    """One letter of the ledger, ready to be handed over."""

    row: int
    issue: int
    attempts: int
    email: str
    sender: str
    to: str
    content: bytes
    epoch: int


@dataclass
class Turn:
    """What one look at the database brought."""

    sending: frozenset[int] = frozenset()
    letters: list[Letter] = field(default_factory=list)
    # Nobody took us for dead: what is in hand is still ours.
    ours: bool = True
    at: float = 0.0
    nothing_due: bool = False


class Clerk:
    def __init__(self) -> None:
        self.pk = 0
        self.epoch = 0
        self._casts: dict[tuple[int, str], Cast] = {}
        self._issues: dict[int, Issue] = {}
        self._seen_up_to: dict[tuple[int, str], int] = {}
        self._to_pause: dict[int, str] = {}
        self._untold: dict[int, list[Outcome]] = {}
        self._sending: list[Issue] = []
        self._looked = self._beat = self._rated = self._buried = self._empty = -1e9
        self._has_rates = False

    def turn(
        self, done: Sequence[tuple[Letter, Outcome]], unwanted: Sequence[int], want: int
    ) -> Turn:
        """Writes down what became of letters, gives back rows that are not to go out now,
        and brings up to so many new ones."""
        begin = time.monotonic()
        ours = True
        with transaction.atomic():
            if begin - self._beat > BEAT_EVERY or not self.pk:
                ours = self._show_life()
            if done:
                self._write(done)
            if unwanted:
                ledger.release(self.pk, rows=unwanted)
            if begin - self._looked > LOOK_EVERY:
                self._sending = list(Issue.objects.sending().select_related("letter", "segment"))
            asks = want > 0 and begin - self._empty > NOTHING_DUE_PAUSE
            found = self._bring(want) if asks else []
        self._beat = begin if begin - self._beat > BEAT_EVERY else self._beat
        self._looked = begin if begin - self._looked > LOOK_EVERY else self._looked
        self._after_turn(begin, nothing_found=asks and not found)
        sending = frozenset(issue.pk for issue in self._sending)
        return Turn(sending, found, ours, begin, nothing_due=asks and not found)

    def come_back(self, done: Sequence[tuple[Letter, Outcome]], in_flight: Sequence[int]) -> None:
        """After an outage: what is known is written down, what was claimed and has not
        begun to leave is given back. Raises the outage's error while it lasts."""
        drop_broken_connections()
        with transaction.atomic():
            if done:
                self._write(done)
            if self.pk:
                ledger.release(self.pk, but=in_flight)
        self.epoch += 1
        self._beat = self._looked = -1e9
        self._seen_up_to.clear()

    def say_goodbye(self, done: Sequence[tuple[Letter, Outcome]]) -> None:
        with transaction.atomic():
            if done:
                self._write(done)
            if self.pk:
                ledger.release(self.pk)
                Sender.objects.filter(pk=self.pk).delete()
        if not connection.in_atomic_block:
            connection.close()

    def server_answers(self, reason: str = "") -> None:
        """Told to staff when it lasts that the mail server cannot be reached."""
        service = Service.named(SERVICE)
        if reason:
            service.failed(reason)
        else:
            service.answered()

    def refused_as_sender(self, issue: int, answer: str) -> None:
        why = f"The mail server does not take letters from our address: {answer}"
        self._pause(issue, why)

    def _show_life(self) -> bool:
        """False when others took us for dead meanwhile, and what we had in hand."""
        now = timezone.now()
        if self.pk and Sender.objects.filter(pk=self.pk).update(seen_at=now):
            return True
        was_known = bool(self.pk)
        self.pk = Sender.objects.create(name=f"{socket.gethostname()} {os.getpid()}").pk
        self.epoch += was_known
        return not was_known

    def _write(self, done: Sequence[tuple[Letter, Outcome]]) -> None:
        ledger.settle([_settled(letter, outcome) for letter, outcome in done])
        for letter, outcome in done:
            if outcome.gone:
                Suppression.suppress(letter.email, Suppression.Reason.HARD, evidence=outcome.answer)
            if outcome.kind != "later":
                self._untold.setdefault(letter.issue, []).append(outcome)

    def _count(self) -> None:
        """Tells what servers said, and looks at what they said to all senders."""
        for issue, outcomes in list(self._untold.items()):
            refusals = [outcome for outcome in outcomes if outcome.kind == "refused"]
            if not refusals and len(outcomes) < TOLD_TOGETHER:
                continue
            del self._untold[issue]
            said = "".join(REFUSED if one.kind == "refused" else TAKEN for one in outcomes)
            known = RecentAnswers.add(issue, said)
            bad = known.count(REFUSED)
            if refusals and len(known) >= LEAST and bad > MOST_REFUSED * len(known):
                share = f"{bad} of the last {len(known)} letters were refused"
                self._to_pause[issue] = f"{share}, last with: {refusals[-1].answer}"

    def _pause(self, issue: int, why: str) -> None:
        """Somebody may have cancelled it meanwhile."""
        with suppress(NotNow), transaction.atomic():
            Issue.objects.get(pk=issue).pause(why=why)
            RecentAnswers.forget(issue)

    def _bring(self, want: int) -> list[Letter]:
        letters: list[Letter] = []
        now = timezone.now()
        rates = list(Rate.objects.select_for_update()) if self._rates_exist() else []
        for issue in self._sending:
            if len(letters) >= want:
                break
            if not self._can_be_cast(issue):
                continue
            rows = self._claim(issue.pk, want - len(letters), rates, now)
            letters += self._ready(issue, rows)
        return letters

    def _rates_exist(self) -> bool:
        if time.monotonic() - self._rated > RATES_EVERY:
            self._has_rates, self._rated = Rate.objects.exists(), time.monotonic()
        return self._has_rates

    def _claim(self, issue: int, want: int, rates: list[Rate], now: datetime) -> list[Claimed]:
        """Rows that are due, as many as the rates allow."""
        allowed = {rate.domain: rate.allowed(now) for rate in rates}
        overall = allowed.pop("", None)
        room = want if overall is None else min(want, overall)
        rows: list[Claimed] = []
        for domain, most in allowed.items():
            if (few := min(room - len(rows), want if most is None else most)) > 0:
                rows += self._from_ledger(issue, few, only=domain)
        if room > len(rows):
            rows += self._from_ledger(issue, room - len(rows), but=list(allowed))
        for rate in rates:
            count = sum(not rate.domain or row.domain == rate.domain for row in rows)
            rate.spend(count)
        return rows

    def _from_ledger(
        self, issue: int, most: int, *, only: str = "", but: Sequence[str] = ()
    ) -> list[Claimed]:
        after = self._seen_up_to.get((issue, only), 0)
        rows = ledger.claim(issue, self.pk, most, after=after, only=only, but=but)
        # At the end it begins anew: what was refused for a while has become due meanwhile.
        self._seen_up_to[issue, only] = rows[-1].pk if len(rows) == most else 0
        return rows

    def _ready(self, issue: Issue, rows: list[Claimed]) -> list[Letter]:
        """Letters for those who may still be mailed; the others are left out, with why."""
        people = Subscriber.objects.mailable().wanting(issue.letter)
        found = people.filter(pk__in=[row.subscriber_id for row in rows]).values_list(
            "pk", "email", "first_name", "round"
        )
        readers = {row[0]: Reader(*row) for row in found}
        letters, left_out = [], []
        for row in rows:
            reader = readers.get(row.subscriber_id or 0)
            try:
                if reader is None:
                    raise ValueError(WHY_NOT)
                letters.append(self._letter(issue, row, reader))
            except ValueError as error:
                state = Delivery.State.SKIPPED
                left_out.append(Settled(row.pk, state, row.attempts, str(error)))
        if left_out:
            ledger.settle(left_out)
        return letters

    def _letter(self, issue: Issue, row: Claimed, reader: Reader) -> Letter:
        to = wire_address(reader.email)
        cast = self._cast(issue, row.variant)
        return Letter(
            row=row.pk,
            issue=issue.pk,
            attempts=row.attempts,
            email=reader.email,
            sender=cast.sender(row.pk),
            to=to,
            content=cast.fill(row.pk, to, reader),
            epoch=self.epoch,
        )

    def _can_be_cast(self, issue: Issue) -> bool:
        """False, and the issue pauses, while our key to sign cannot be read."""
        try:
            self._cast(issue, Delivery.Variant.NONE)
        except ImproperlyConfigured as error:
            self._to_pause[issue.pk] = str(error)
            return False
        return True

    def _cast(self, issue: Issue, variant: str) -> Cast:
        key = (issue.pk, variant)
        if key not in self._casts:
            subject = issue.subject_b if variant == Delivery.Variant.B else issue.subject
            signer = our_signer(issue.mail_domain)
            self._casts[key] = Cast(issue, subject, signer, variant)
        return self._casts[key]

    def _after_turn(self, now: float, *, nothing_found: bool) -> None:
        """What need not be in the same transaction."""
        self._count()
        for issue, why in list(self._to_pause.items()):
            self._pause(issue, why)
            del self._to_pause[issue]
            self._looked = -1e9
        if not self._sending:
            self._casts.clear()
            return
        if now - self._buried > BURY_EVERY:
            self._buried = now
            if ledger.bury_the_dead():
                self._seen_up_to.clear()
        if nothing_found:
            self._empty = now
            for each in self._sending:
                each.finish()


WHY_NOT: Final = "Left, paused, changed their choice or was suppressed before it was their turn."


def _settled(letter: Letter, outcome: Outcome) -> Settled:
    attempts = letter.attempts + 1
    if outcome.kind != "later":
        return Settled(letter.row, outcome.kind, attempts, outcome.answer)
    if attempts >= MOST_ATTEMPTS:
        answer = f"Given up after {attempts} attempts, last: {outcome.answer}"
        return Settled(letter.row, Delivery.State.REFUSED, attempts, answer)
    return Settled(
        letter.row,
        Delivery.State.WAITING,
        attempts,
        outcome.answer,
        timezone.now() + pause_after(attempts),
    )
