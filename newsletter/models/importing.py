"""A list that is taken over from another program: one row a file, worked off in pieces."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from backsite.lib.records import Actor, actor_fields
from backsite.lib.work import DueQuerySet, DueWork, NeverAgain, due_index, soon

from ..importing.columns import guess, program_of
from ..importing.reading import FileError, Sheet, sheet

# A file that nobody takes in, and what was refused of one that was, are people's addresses:
# they are not kept longer than somebody needs to look at them.
KEPT: Final = timedelta(days=30)
# So many lines in one transaction: what a killed process loses is done again in a second.
PIECE: Final = 5_000


class ListImport(DueWork):
    """First it is looked through and nothing is written (`checked_at`); then, when a person
    says so, it is taken in (`finished_at`). Each piece is a transaction of its own that
    counts up `done`: whoever is killed loses one piece, and nothing is taken in twice."""

    # A piece that fails is tried again at once, and then told.
    MOST_ATTEMPTS = 4
    LEASE = timedelta(minutes=2)

    name = models.CharField("file", max_length=200, editable=False)
    program = models.CharField("written by", max_length=40, editable=False)
    encoding = models.CharField(max_length=20, editable=False)
    header = models.JSONField(default=list, editable=False)
    mapping = models.JSONField(default=dict, editable=False)
    total = models.PositiveIntegerField("lines", default=0, editable=False)
    done = models.PositiveIntegerField("lines done", default=0, editable=False)
    counts = models.JSONField(default=dict, editable=False)
    is_real = models.BooleanField("written", default=False, editable=False)
    began_at = models.DateTimeField("uploaded", default=timezone.now, editable=False)
    checked_at = models.DateTimeField("looked through", null=True, editable=False)
    finished_at = models.DateTimeField("taken in", null=True, editable=False)
    actor = models.CharField("by", max_length=150, blank=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )

    objects = DueQuerySet.as_manager()

    class Meta:
        verbose_name = "import of a list"
        verbose_name_plural = "imports of lists"
        indexes = [due_index("list_import_due")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def receive(cls, name: str, data: bytes, *, by: Actor = None) -> ListImport:
        """Keeps the file, to be looked through. Raises FileError where that makes no sense."""
        found = sheet(data)
        if any("@" in name for name in found.header):
            raise FileError(
                "The first line holds an address and not the names of the columns. Put a line "
                "above it, such as: email,name"
            )
        run = cls.objects.create(
            name=name[-200:],
            program=program_of(found.header),
            encoding=found.encoding,
            header=found.header,
            mapping=guess(found.header),
            total=found.count(),
            **actor_fields(by),
        )
        ImportFile.objects.create(run=run, data=data)
        return run

    @classmethod
    def begun(cls, name: str, data: bytes) -> ListImport | None:
        """The one of this very file that somebody began and nobody finished."""
        rows: models.QuerySet[ListImport] = cls.objects.filter(
            name=name[-200:], is_real=True, finished_at=None
        )
        for run in rows.filter(file__isnull=False).select_related("file"):
            if bytes(run.file.data) == data:
                return run
        return None

    @classmethod
    def forget_old(cls) -> None:
        """The row stays, and says how many were taken and how many not."""
        old = cls.objects.filter(began_at__lt=timezone.now() - KEPT, due_at=None)
        ImportFile.objects.filter(run__in=old).delete()
        ImportRefusal.objects.filter(run__in=old).delete()

    @property
    def is_running(self) -> bool:
        return self.due_at is not None

    @property
    def share(self) -> int:
        """How much is done, in per cent."""
        return 100 * self.done // self.total if self.total else 100

    def check_lines(self, mapping: dict[str, int] | None = None) -> None:
        """Looks through the file anew and writes nothing."""
        self._begin(mapping, is_real=False)

    def take_in(self, mapping: dict[str, int] | None = None) -> None:
        """Writes what can be taken. Once a list is taken in, that is done."""
        self._begin(mapping, is_real=True)

    @transaction.atomic
    def _begin(self, mapping: dict[str, int] | None, *, is_real: bool) -> None:
        self.refresh_from_db(from_queryset=ListImport.objects.select_for_update())
        if self.finished_at or (self.is_running and self.is_real):
            return
        if mapping is not None:
            self.mapping = mapping
        if "email" not in self.mapping:
            raise FileError(
                f"No column of “{self.name}” is known to hold addresses. Its columns are: "
                f"{', '.join(self.header)}. Say which one does."
            )
        self.refusals.all().delete()
        self.is_real, self.done, self.counts, self.attempts = is_real, 0, {}, 0
        self.due_at, self.gave_up_at, self.leased_until = timezone.now(), None, None
        self.save()
        soon(self)

    @transaction.atomic
    def stop(self) -> None:
        """What was taken in stays; the file can be looked through, or taken in, again."""
        self.refresh_from_db(from_queryset=ListImport.objects.select_for_update())
        self.due_at = self.leased_until = None
        self.save(update_fields=["due_at", "leased_until"])

    def perform(self) -> datetime | None:
        """One piece. Attempts, and with them the file, come back until all is done."""
        from ..importing.writing import take_piece

        file = ImportFile.objects.defer("data").filter(run=self).first()
        if file is None:
            raise NeverAgain("The file is not kept any more. Upload it again.")
        self.done, self.counts = take_piece(self, file.sheet, PIECE)
        if self.done < self.total:
            self.save(update_fields=["done", "counts"])
            return timezone.now()
        self.checked_at = timezone.now()
        if self.is_real:
            self.finished_at = timezone.now()
            file.delete()  # people's data: what was not taken stands in the refusals
        self.save(update_fields=["done", "counts", "checked_at", "finished_at"])
        return None


class ImportFile(models.Model):
    """Apart from its row, which is read again and again while it is worked off."""

    run = models.OneToOneField(ListImport, on_delete=models.CASCADE, related_name="file")
    data = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return f"the file of import {self.run_id}"

    def sheet(self) -> Sheet:
        return sheet(bytes(self.data))


class ImportRefusal(models.Model):
    """A line that was not taken, and why."""

    run = models.ForeignKey(ListImport, on_delete=models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    email = models.CharField("address", max_length=320, blank=True)
    why = models.CharField(max_length=300)

    class Meta:
        verbose_name = "line that was not taken"
        verbose_name_plural = "lines that were not taken"
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="refusal_once_a_line"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


def counted(before: dict[str, Any], now: dict[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}
