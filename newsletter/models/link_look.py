"""Whether pages of other sites that letters lead to are there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backsite.lib import work
from backsite.lib.work import DueQuerySet, DueWork, due_index

from ..blocks.filling import fill
from ..elsewhere import addresses_in, look
from .hit import LONGEST_ADDRESS
from .issue import Issue

# What was seen is believed for so long.
FRESH: Final = timedelta(days=1)
KEPT: Final = timedelta(days=90)


class LinkLookQuerySet(DueQuerySet):
    def of(self, addresses: Collection[str]) -> Self:
        return self.filter(address__in=addresses)

    def stale(self) -> Self:
        """Not seen lately, and nobody is about to look."""
        old = Q(looked_at=None) | Q(looked_at__lt=timezone.now() - FRESH)
        return self.filter(old, due_at=None)

    def forget_old(self) -> None:
        self.filter(due_at=None, looked_at__lt=timezone.now() - KEPT).delete()


class LinkLook(DueWork):
    """One address, looked at by the worker; no page of the desk waits for another site."""

    class Found(models.TextChoices):
        UNKNOWN = "", "not looked at yet"
        THERE = "there", "there"
        GONE = "gone", "leads nowhere"
        UNSURE = "unsure", "gave no proper answer"

    address = models.CharField(max_length=LONGEST_ADDRESS, unique=True, editable=False)
    found = models.CharField(max_length=6, choices=Found, blank=True, editable=False)
    words = models.CharField("what was answered", max_length=300, blank=True, editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)

    objects = LinkLookQuerySet.as_manager()

    class Meta:
        verbose_name = "look at a link to another site"
        verbose_name_plural = "looks at links to other sites"
        indexes = [due_index("link_look_due")]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def ask(cls, addresses: Collection[str], *, again: bool = False) -> None:
        """Has them looked at that were not lately; all of them where somebody asks `again`."""
        now = timezone.now()
        fitting = [one for one in dict.fromkeys(addresses) if len(one.encode()) <= LONGEST_ADDRESS]
        new = [LinkLook(address=address, due_at=now) for address in fitting]
        LinkLook.objects.bulk_create(new, ignore_conflicts=True)
        rows = cls.objects.of(fitting)
        (rows if again else rows.stale()).update(due_at=now, attempts=0, gave_up_at=None)
        for row in rows.filter(due_at=now):
            work.soon(row)

    @classmethod
    def ask_for(cls, issue: Issue, *, again: bool = False) -> None:
        """The pages of other sites that an issue leads to, as it is now."""
        cls.ask(addresses_in(fill(issue).html), again=again)

    def perform(self) -> None:
        seen = look(self.address)
        self.found, self.words, self.looked_at = seen.found, seen.words[:300], timezone.now()
        self.save(update_fields=["found", "words", "looked_at"])
