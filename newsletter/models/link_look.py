"""Whether pages of other sites that letters lead to are there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backsite.lib import work
from backsite.lib.work import DueQuerySet, DueWork, due_index

from ..blocks.filling import fill
from ..elsewhere import Seen, addresses_in, look
from .hit import LONGEST_ADDRESS
from .issue import Issue

# What was seen is believed for so long.
FRESH: Final = timedelta(days=1)
KEPT: Final = timedelta(days=90)
# What was seen so shortly before an issue leaves is not asked once more.
LAST_LOOK: Final = timedelta(hours=1)
LONGEST_LOOK: Final = timedelta(minutes=10)
# The verbs by which somebody says that an issue may leave.
DECIDED: Final = ("schedule", "send now")
# The verb by which it is kept when it was looked at once more: while the site was down nobody
# could look, so the time to wait does not begin with the time for which it was scheduled.
ASKED: Final = "look at its links"


class LastLook(NamedTuple):
    """`question`: what a person must decide before it leaves."""

    is_under_way: bool = False
    question: str = ""


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
    # The first look that found it gone, with none since that found it there.
    gone_since = models.DateTimeField(null=True, editable=False)

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

    @classmethod
    def before_it_leaves(cls, issue: Issue) -> LastLook:
        """What was seen when somebody decided that an issue may leave can be days old. Asks for
        another look, for which it waits a while, and then says what has died since."""
        now = timezone.now()
        addresses = addresses_in(fill(issue).html)
        rows = cls.objects.of(addresses)
        fresh = rows.filter(Q(looked_at__gte=now - LAST_LOOK) | Q(due_at__isnull=False))
        known = set(fresh.values_list("address", flat=True))
        cls.ask([one for one in addresses if one not in known], again=True)
        decided = cls._when(issue, *DECIDED)
        if rows.waiting().exists():
            asked = cls._when(issue, ASKED)
            if asked is None or (decided and asked < decided):
                asked = issue.events.create(verb=ASKED).at
            if now - asked < LONGEST_LOOK:
                return LastLook(is_under_way=True)
        gone = rows.filter(found=cls.Found.GONE, gone_since__gt=decided or now).order_by("address")
        dead = ", ".join(gone.values_list("address", flat=True))
        return LastLook(
            question=f"Since it was scheduled, this leads nowhere: {dead}" if dead else ""
        )

    @staticmethod
    def _when(issue: Issue, *verbs: str) -> datetime | None:
        """Somebody did one of these last."""
        at: datetime | None = issue.events.filter(verb__in=verbs).aggregate(at=models.Max("at"))[
            "at"
        ]
        return at

    def prepare(self) -> Seen:
        return look(self.address)

    def perform(self) -> None:
        seen: Seen = self.prepared
        now = timezone.now()
        if seen.found == self.Found.THERE:
            self.gone_since = None
        elif self.gone_since is None and self.found == self.Found.GONE:
            self.gone_since = self.looked_at  # found before that was written down
        elif self.gone_since is None and seen.found == self.Found.GONE:
            self.gone_since = now
        self.found, self.words, self.looked_at = seen.found, seen.words[:300], now
        self.save(update_fields=["found", "words", "looked_at", "gone_since"])
