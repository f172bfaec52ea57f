"""Work that is due is a row. A claim leases it, a worker performs it, and what a crash
left behind is found again when the lease runs out.

A model inherits `DueWork`, says in `perform()` what is to be done, and is listed by
`due_models()`. `soon(row)` asks the task queue to perform it right after the commit;
that is a hint and may be lost: the worker's sweep reads the tables.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self, TypeVar

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

log = logging.getLogger("backsite.work")

# Ten seconds, then three times as long each time, six hours at most: a mail server
# that is down for a night costs nothing, one that is gone for two days is told to staff.
FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=6)
# As `DueQuerySet.due()`.
ANY_DUE: Final = (
    "SELECT '{}' WHERE EXISTS (SELECT FROM {} WHERE due_at <= %(now)s"
    " AND (leased_until IS NULL OR leased_until <= %(now)s))"
)


class NeverAgain(Exception):
    """Raised by `perform()` when trying again cannot help; the reason is kept for staff."""


class DueQuerySet(models.QuerySet["Any"]):
    def due(self) -> Self:
        """Waiting, with its time come and no living worker on it."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free, due_at__lte=now)

    def waiting(self) -> Self:
        return self.filter(due_at__isnull=False)

    def given_up(self) -> Self:
        """Failed for the last time; staff decide what becomes of it."""
        return self.filter(gave_up_at__isnull=False)


class DueWork(models.Model):
    """`due_at` is when the work may start; null when there is nothing (more) to do."""

    due_at = models.DateTimeField("due", null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.TextField("last problem", blank=True, editable=False)
    gave_up_at = models.DateTimeField("given up", null=True, blank=True, editable=False)

    # How soon a row is tried again whose worker was killed. No two workers are in `perform`,
    # however long it takes: `attempt` holds the row's lock, and a claim skips locked rows. What
    # `prepare` does must end sooner, else another worker begins it too (and of the two only
    # that one performs).
    LEASE: ClassVar[timedelta] = timedelta(minutes=3)
    MOST_ATTEMPTS: ClassVar[int] = 12
    # What `prepare` has brought.
    prepared: Any = None

    class Meta:
        abstract = True

    def prepare(self) -> Any:
        """What waits for others than the database, before the row is locked: whoever changes
        the row would wait with it. `perform` finds the answer in `self.prepared`."""

    def perform(self) -> datetime | None:
        """Does the work, inside a transaction that also marks it as done.

        Returns when there will be more to do on this row: its attempts then begin anew.
        Raises anything to be tried again later, `NeverAgain` to stop at once.
        """
        raise NotImplementedError

    def attempt(self) -> None:
        """Performs a claimed row once and records how it went; never raises but for an
        outage of the database itself (the lease then runs out and the row is found again).

        What a person did to the row since the claim stands: then nothing is performed.
        """
        try:
            prepared = self.prepare()
            with transaction.atomic():
                current = self._still_ours()
                if current is not None:
                    current.prepared = prepared
                    again = current.perform()
                    current._settle() if again is None else current._go_on(again)
        except NeverAgain as error:
            self._give_up(str(error))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            if self.attempts >= self.MOST_ATTEMPTS:
                self._give_up(reason)
            else:
                self._wait(reason)

    def try_again(self) -> None:
        """A person asks for another round of attempts, beginning now."""
        self.due_at, self.gave_up_at, self.attempts = timezone.now(), None, 0
        self.save(update_fields=["due_at", "gave_up_at", "attempts"])
        soon(self)

    def _still_ours(self) -> Self | None:
        """The row as it is now, locked; None when it was settled, or claimed by another."""
        rows = type(self)._default_manager.select_for_update(of=("self",))
        return rows.filter(pk=self.pk, leased_until=self.leased_until, due_at__isnull=False).first()

    def _settle(self) -> None:
        self.due_at = self.leased_until = None
        self.last_error = ""
        self.save(update_fields=["due_at", "leased_until", "last_error"])

    def _go_on(self, at: datetime) -> None:
        self.due_at, self.leased_until, self.last_error, self.attempts = at, None, "", 0
        self.save(update_fields=["due_at", "leased_until", "last_error", "attempts"])

    def _wait(self, reason: str) -> None:
        due_at = timezone.now() + pause_after(self.attempts)
        if self._fail(due_at=due_at, last_error=reason):
            # The reason may hold a person's address: it stands in the row, not in the log.
            log.warning("%s will be tried again at %s.", self._name(), due_at)

    def _give_up(self, reason: str) -> None:
        if self._fail(due_at=None, gave_up_at=timezone.now(), last_error=reason):
            log.error("%s was given up after %d attempts.", self._name(), self.attempts)

    @transaction.atomic
    def _fail(self, **outcome: Any) -> bool:
        """Writes down how an attempt failed, unless somebody else has decided since."""
        if self._still_ours() is None:
            return False
        for name, value in {**outcome, "leased_until": None}.items():
            setattr(self, name, value)
        self.save(update_fields=[*outcome, "leased_until"])
        return True

    def _name(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Round(DueWork):
    """Work that comes back for as long as the site runs. One row a kind, which the worker
    makes; after each time it is due again `EVERY` later.

    It never ends: what fails goes on being tried. While it fails it counts as given up, so
    that staff see it; the next success takes that back.
    """

    ONLY: ClassVar[int] = 1
    EVERY: ClassVar[timedelta] = timedelta(minutes=1)
    # Told to staff after some seven minutes of failing.
    MOST_ATTEMPTS: ClassVar[int] = 5

    class Meta:
        abstract = True

    @classmethod
    def begin(cls) -> Self:
        """The one row, made when there is none yet."""
        first = {"due_at": timezone.now()}
        row: Self = cls._default_manager.get_or_create(pk=cls.ONLY, defaults=first)[0]
        return row

    def _settle(self) -> None:
        self.due_at, self.leased_until, self.gave_up_at = timezone.now() + self.EVERY, None, None
        self.attempts, self.last_error = 0, ""
        columns = ["due_at", "leased_until", "gave_up_at", "attempts", "last_error"]
        self.save(update_fields=columns)

    def _give_up(self, reason: str) -> None:
        again = {"due_at": timezone.now() + pause_after(self.MOST_ATTEMPTS), "attempts": 0}
        if self._fail(gave_up_at=self.gave_up_at or timezone.now(), last_error=reason, **again):
            log.error("%s fails, and goes on trying.", self._name())


AnyWork = TypeVar("AnyWork", bound=DueWork)


def due_index(name: str) -> models.Index:
    """The partial index that keeps `due()` quick when most rows are done."""
    return models.Index("due_at", condition=Q(due_at__isnull=False), name=name)


def gave_up_index(name: str) -> models.Index:
    """For a table of very many rows or wide ones: staff's first page asks for those few."""
    return models.Index("gave_up_at", condition=Q(gave_up_at__isnull=False), name=name)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts."""
    factor: int = 3 ** max(attempts - 1, 0)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)


def due_models() -> list[type[DueWork]]:
    """Every kind of due work that the installed apps define."""
    return [model for model in apps.get_models() if issubclass(model, DueWork)]


def begin_rounds() -> None:
    """Makes the row of each kind of round that has none yet."""
    for model in due_models():
        if issubclass(model, Round):
            model.begin()


def claim(model: type[AnyWork], pk: Any = None) -> AnyWork | None:
    """Leases one due row, for this process alone, or None when none is due.

    The attempt is counted now, so that a row which kills its worker stops at the limit.
    One row at a time: a killed worker then holds up one row, not a batch.
    """
    manager: models.Manager[AnyWork] = model._default_manager
    wanted = DueQuerySet(model).due()
    if pk is not None:
        wanted = wanted.filter(pk=pk)
    while True:
        with transaction.atomic():
            row = wanted.order_by("due_at", "pk").select_for_update(skip_locked=True).first()
            if row is None:
                return None
            if row.attempts < row.MOST_ATTEMPTS:
                manager.filter(pk=row.pk).update(
                    leased_until=timezone.now() + row.LEASE, attempts=F("attempts") + 1
                )
                return manager.get(pk=row.pk)
            row._give_up(row.last_error or "Each attempt ended with its worker being killed.")


def perform_due(model: type[DueWork], most: int | None = None) -> int:
    """Performs what is due of one kind, until nothing is; returns how many attempts it made."""
    count = 0
    while (most is None or count < most) and (row := claim(model)) is not None:
        row.attempt()
        count += 1
    return count


def sweep() -> int:
    """One round over every kind of due work; returns how many attempts it made."""
    count, due = 0, kinds_due()
    for model in due_models():
        if model._meta.label in due and (made := perform_due(model)):
            count += made
            due = kinds_due()  # what was done may be the beginning of something else
    return count


def kinds_due() -> set[str]:
    """The kinds that have something due. One statement: a site where nothing is due is
    asked this every few seconds, by each worker."""
    name = connection.ops.quote_name
    parts = [ANY_DUE.format(m._meta.label, name(m._meta.db_table)) for m in due_models()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"now": timezone.now()})
        return {label for (label,) in cursor.fetchall()}


def soon(row: DueWork) -> None:
    """Asks the task queue to perform the row as soon as this transaction is committed."""
    label, pk = row._meta.label, str(row.pk)
    # robust: what has been committed stands, even if the queue cannot be reached.
    transaction.on_commit(lambda: _start(label, pk), robust=True)


def _start(label: str, pk: str) -> None:
    start_work.enqueue(label, pk)


@task()
def start_work(label: str, pk: str) -> None:
    """The hint: performs the row now if it is (still) due."""
    model = apps.get_model(label)
    if not issubclass(model, DueWork):
        raise ValueError(f"{label} is no kind of due work.")
    row = claim(model, pk)
    if row is not None:
        row.attempt()
