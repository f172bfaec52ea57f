"""That a letter was opened, or one of its links followed: a log, to which rows are added."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Self

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from backsite.lib.privacy import is_public, keyed_hash, network_of

from ..measuring.robots import Visit
from .delivery import Delivery
from .issue import Issue
from .measuring import Measuring

# Nobody follows that many different links in so short a time; a scanner follows all of them.
MANY_LINKS: Final = 4
FEWEST: Final = 3
AT_ONCE: Final = timedelta(seconds=10)
# Nobody looks at one thing more often; a program that asks for ever shall not fill the table.
MOST_A_READER: Final = 50
# Nor do as many visitors of one issue sit behind one network in a day, or use as many programs
# at one address: who asks under ever new names is stopped there, and silences no neighbour.
MOST_A_NETWORK: Final = 1_000
MOST_AN_ADDRESS: Final = 200
# Where no address can be read, or only that of a proxy, all seem to be one network: only their
# programs tell them apart, and there are not as many of these.
MOST_HIDDEN: Final = 10_000
# What is asked again from one network, beyond each visitor's first time.
MOST_AGAIN: Final = 10_000
ALL_AT_ONCE: Final = "all links at once"
# By what one visitor is known again for a day where nobody is known.
VISITOR_FOR: Final = timedelta(days=1)
LONGEST_ADDRESS: Final = 2_000
# Of what a visitor is known by: the network, the address, the rest. In letters of 0-9 and a-f.
NETWORK, ADDRESS, NAME = 12, 8, 12


def _visitor(issue: int, visit: Visit) -> str:
    """By which one visitor is known again for a day. All from one network begin alike, and so
    do all at one address."""
    network = f"{issue}:{timezone.localdate()}:{network_of(visit.address)}"
    address = f"{network}:{visit.address}"
    parts = ((network, NETWORK), (address, ADDRESS), (f"{address}:{visit.agent}", NAME))
    return "".join(keyed_hash(text, purpose="letters")[:length] for text, length in parts)


class IssueLink(models.Model):
    """An address that an issue leads to. Only to these does the site lead anybody on."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="links")
    address = models.CharField(max_length=LONGEST_ADDRESS, editable=False)
    words = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "address"], name="issue_link_once"),
        ]

    def __str__(self) -> str:
        return self.address


class HitQuerySet(models.QuerySet["Hit"]):
    def by_people(self) -> Self:
        """Without what programs did, as far as that can be told."""
        return self.filter(program="")

    def openings(self) -> Self:
        return self.filter(link=None)

    def follows(self) -> Self:
        return self.filter(link__isnull=False)

    def firsts(self) -> Self:
        """Each of them once a reader; where nobody is known, once a visitor and day."""
        return self.filter(repeated=False)

    def of_visitors(self, begin: str) -> Self:
        """Whose mark begins so: of one network, or at one address."""
        return self.filter(visitor__gte=begin, visitor__lt=f"{begin}g")

    def are_visitors(self, most: int) -> bool:
        """Whether they are so many different ones."""
        return self.values("visitor").distinct()[:most].count() >= most

    def forget_persons(self) -> int:
        return self.filter(delivery__isnull=False).update(delivery=None)

    def forget_persons_not_counted(self) -> int:
        """Also what was written at the very moment of an erasure, or of another choice."""
        if Measuring.now() != Measuring.Mode.PERSON:
            return self.forget_persons()
        return self.filter(delivery__subscriber__erased_at__isnull=False).forget_persons()

    def forget_visitors(self) -> int:
        past = timezone.now() - VISITOR_FOR
        return self.exclude(visitor="").filter(at__lt=past).update(visitor="")


class Hit(models.Model):
    """`link` is null for an opening, `delivery` where nobody is known. `program`: why it counts
    for no reader's; empty for a reader's."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="hits", db_index=False, editable=False
    )
    link = models.ForeignKey(
        IssueLink, null=True, on_delete=models.CASCADE, related_name="hits", editable=False
    )
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="hits", editable=False
    )
    variant = models.CharField(max_length=1, blank=True, editable=False)
    visitor = models.CharField(max_length=32, blank=True, editable=False)
    program = models.CharField(max_length=40, blank=True, editable=False)
    repeated = models.BooleanField(default=False, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = HitQuerySet.as_manager()

    class Meta:
        verbose_name = "opening or link followed"
        verbose_name_plural = "openings and links followed"
        indexes = [
            models.Index("issue", "at", name="hit_of_issue"),
            models.Index("visitor", "at", condition=~Q(visitor=""), name="hit_of_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.link or 'opened'}"

    @classmethod
    @transaction.atomic
    def log(
        cls,
        issue: int,
        visit: Visit,
        *,
        link: IssueLink | None,
        delivery: Delivery | None,
        variant: str,
    ) -> Hit | None:
        """Of several at the same moment by the same visitor each sees those before it."""
        visitor = "" if delivery else _visitor(issue, visit)
        with connection.cursor() as cursor:
            words = f"hit {issue} {delivery.pk if delivery else visitor[:NETWORK]}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [words])
        same = cls.objects.filter(issue=issue, delivery=delivery, visitor=visitor)
        times = same.filter(link=link).count()
        if times >= MOST_A_READER or (visitor and _is_crowded(same, visitor, visit, times)):
            return None
        program = visit.program(delivery.settled_at if delivery else None, letter=bool(delivery))
        row = cls.objects.create(
            issue_id=issue,
            link=link,
            delivery=delivery,
            variant=variant,
            visitor=visitor,
            program=program,
            repeated=not program and same.by_people().filter(link=link).exists(),
        )
        if link and not program:
            row._look_for_a_scanner(same)
        return row

    def _look_for_a_scanner(self, same: HitQuerySet) -> None:
        lately = same.filter(at__gte=self.at - AT_ONCE, program__in=["", ALL_AT_ONCE])
        followed = lately.follows().values("link").distinct().count()
        all_there_are = IssueLink.objects.filter(issue=self.issue_id).count()
        if followed >= max(FEWEST, min(MANY_LINKS, all_there_are)):
            lately.update(program=ALL_AT_ONCE)


def _is_crowded(same: HitQuerySet, visitor: str, visit: Visit, times: int) -> bool:
    """Whether there is no room for one more row of that visitor's network. Who is counted
    already goes on being counted."""
    near = Hit.objects.of_visitors(visitor[:NETWORK])
    if times:
        return near[:MOST_AGAIN].count() >= MOST_AGAIN
    if same.exists():
        return False
    if not is_public(visit.address):
        return near.are_visitors(MOST_HIDDEN)
    at_address = Hit.objects.of_visitors(visitor[: NETWORK + ADDRESS])
    return near.are_visitors(MOST_A_NETWORK) or at_address.are_visitors(MOST_AN_ADDRESS)
