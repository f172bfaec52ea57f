"""What became of an issue, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Q

from .models import BounceEvent, ConsentEvent, Delivery, Issue, Subscriber
from .models.bounce import BounceEventQuerySet
from .returns import LETTER

# Who leaves in that time after it went out, left because of it or at its occasion.
LEFT_WITHIN: Final = timedelta(days=7)
# Gmail's limits: stay below the first, never reach the second.
COMPLAINTS_GOOD, COMPLAINTS_BAD = 0.10, 0.30
MOST_ROWS: Final = 12


@dataclass(frozen=True)
class Trial:
    """How one of two subjects did."""

    subject: str
    sent: int
    bounced: int
    lost: int


@dataclass(frozen=True)
class Domain:
    """How a receiving domain took it."""

    name: str
    readers: int
    sent: int
    refused: int
    bounced: int

    @property
    def delivered(self) -> int:
        return max(self.sent - self.bounced, 0)

    @property
    def lost_percent(self) -> int:
        dealt_with = self.sent + self.refused
        return (self.refused + self.bounced) * 100 // dealt_with if dealt_with else 0


@dataclass
class Results:
    total: int = 0
    states: dict[str, int] = field(default_factory=dict)
    bounced: int = 0
    complained: int = 0
    left: int = 0
    # (reason, how many, of a hundred of the most frequent one)
    reasons: list[tuple[str, int, int]] = field(default_factory=list)
    domains: list[Domain] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)

    @property
    def settled(self) -> int:
        return self.total - self.states["waiting"] - self.states["held"]

    @property
    def percent(self) -> int:
        return self.settled * 100 // self.total if self.total else 0

    @property
    def sent(self) -> int:
        return self.states["sent"]

    @property
    def delivered(self) -> int:
        """As far as anybody can tell: taken by the server, and not come back."""
        return max(self.sent - self.bounced, 0)

    @property
    def complaints_width(self) -> int:
        """On a scale of 400 to 0.40 %."""
        return min(round(self.complaint_percent * 1_000), 400)

    @property
    def complaint_percent(self) -> float:
        return self.complained * 100 / self.sent if self.sent else 0.0

    @property
    def complaints_are(self) -> str:
        if self.complaint_percent >= COMPLAINTS_BAD:
            return "bad"
        return "high" if self.complaint_percent >= COMPLAINTS_GOOD else "good"


def of(issue: Issue) -> Results:
    states = issue.deliveries.by_state()
    found = Results(total=sum(states.values()), states=states)
    events = BounceEvent.objects.filter(
        about_kind=LETTER, about_pk__in=issue.deliveries.values("pk")
    )
    kinds = Counter(dict(_each_once(events, "kind")))
    found.bounced = kinds[BounceEvent.Kind.HARD] + kinds[BounceEvent.Kind.SOFT]
    found.complained = kinds[BounceEvent.Kind.COMPLAINT]
    bad = events.filter(kind__in=[BounceEvent.Kind.HARD, BounceEvent.Kind.SOFT])
    reasons = list(_each_once(bad, "reason").order_by("-n", "reason")[:MOST_ROWS])
    most = reasons[0][1] if reasons else 1
    found.reasons = [(reason, n, n * 100 // most) for reason, n in reasons]
    found.domains = _domains(issue, bad)
    if issue.tries_subjects:
        found.trials = [_trial(issue, "a", issue.subject), _trial(issue, "b", issue.subject_b)]
    if issue.started_at:
        leaving = ConsentEvent.objects.filter(
            verb="leave", at__range=(issue.started_at, issue.started_at + LEFT_WITHIN)
        )
        got_it = Delivery.objects.sent().filter(issue=issue)
        found.left = leaving.filter(subscriber__in=got_it.values("subscriber")).count()
    return found


def _each_once(events: BounceEventQuerySet, column: str) -> Any:
    """Two reports on one letter are one."""
    rows = events.order_by().values_list(column)
    return rows.annotate(n=Count("about_pk", distinct=True))


def _domains(issue: Issue, bad: BounceEventQuerySet) -> list[Domain]:
    per_domain = issue.deliveries.order_by().values_list("domain")
    counted = per_domain.annotate(
        n=Count("pk"),
        sent=Count("pk", filter=Q(state=Delivery.State.SENT)),
        refused=Count("pk", filter=Q(state=Delivery.State.REFUSED)),
    )
    rows = list(counted.order_by("-n", "domain")[:MOST_ROWS])
    came_back = issue.deliveries.filter(pk__in=bad.values("about_pk"))
    bounced = Counter(dict(came_back.order_by().values_list("domain").annotate(Count("pk"))))
    return [Domain(name, n, sent, no, bounced[name]) for name, n, sent, no in rows]


def _trial(issue: Issue, variant: str, subject: str) -> Trial:
    rows = issue.deliveries.sent().filter(variant=variant)
    events = BounceEvent.objects.filter(about_kind=LETTER, about_pk__in=rows.values("pk"))
    failed = events.filter(kind__in=[BounceEvent.Kind.HARD, BounceEvent.Kind.SOFT])
    left = ConsentEvent.objects.filter(
        verb="leave", at__gte=issue.started_at, subscriber__in=rows.values("subscriber")
    )
    return Trial(subject, rows.count(), failed.count(), left.count())


def why_not(issue: Issue, email: str) -> str:
    """In a sentence, what became of this issue for that address."""
    person = Subscriber.objects.with_address(email).first()
    if person is None:
        return "Nobody with that address has ever signed up."
    row = issue.deliveries.filter(subscriber=person).first()
    if row is not None:
        return _of_row(issue, row)
    if issue.started_at is None:
        gets = issue.audience().filter(pk=person.pk).exists()
        return "It has not begun. " + (
            "They would get it."
            if gets
            else f"They would not get it: {_why_outside(issue, person)}"
        )
    return f"They were not in its audience when it began. Today: {_why_outside(issue, person)}"


def _of_row(issue: Issue, row: Delivery) -> str:
    answer = f" The server's last answer: {row.answer}" if row.answer else ""
    if row.state == Delivery.State.SENT:
        back = BounceEvent.objects.filter(about_kind=LETTER, about_pk=row.pk).first()
        after = f" Then it came back ({back.get_kind_display()}: {back.words})." if back else ""
        return f"Handed over on {row.settled_at:%-d %B %Y, %H:%M}.{answer}{after}"
    if row.state == Delivery.State.REFUSED:
        return f"Refused on {row.settled_at:%-d %B %Y, %H:%M}.{answer}"
    if row.state == Delivery.State.SKIPPED:
        return f"Left out. {row.answer}"
    if issue.state == Issue.State.CANCELLED:
        return "The issue was cancelled before it was their turn."
    if row.attempts:
        return f"Waiting for attempt {row.attempts + 1}, from {row.due_at:%H:%M}.{answer}"
    return "Waiting for its turn."


def _why_outside(issue: Issue, person: Subscriber) -> str:
    if not person.is_confirmed:
        return f"they are “{person.get_state_display()}”."
    one = Subscriber.objects.filter(pk=person.pk)
    if not one.mailable().exists():
        return "their letters are paused, or their address is suppressed."
    if not one.wanting(issue.letter).exists():
        return f"they have not chosen “{issue.letter}”."
    if issue.segment and not issue.segment.of(one).exists():
        return f"they are not in the segment “{issue.segment}”."
    return "nothing keeps them from it, unless they get letters less often and had one lately."
