"""Who of the staff is told what and when: the choice of each person with their next letter,
and the round that finds what nobody was told of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backsite.lib.work import DueWork, Round, due_index

from .. import staff_emails
from .alert import Alert, moderators, owner_of_the_site
from .comment import Comment
from .discussion import Discussion
from .queries import LONG_COLUMNS
from .recorded import note_changes

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

# Whoever wants a mail for each comment gets six mails an hour at most: in a rush the
# comments of ten minutes stand together in one.
APART: Final = timedelta(minutes=10)
# So long the checks have time to see that a comment is spam; nobody is told of that.
SETTLING: Final = timedelta(seconds=20)
# More in one round would keep its transaction open for too long; the rest is in the next.
MOST_AT_ONCE: Final = 500


class AlertChoiceQuerySet(models.QuerySet["AlertChoice"]):
    def of_moderators(self) -> list[AlertChoice]:
        """What each of them has chosen, made for those who have not chosen yet."""
        staff = {user.pk: user for user in moderators()}
        kept = {row.user_id: row for row in self.filter(user__in=staff)}
        for pk, user in staff.items():
            if pk not in kept:
                kept[pk] = self.get_or_create(user=user)[0]
            kept[pk].user = user
        return [kept[pk] for pk in staff]

    def who_get_alerts(self) -> list[AlertChoice]:
        """At least one person, where there is anybody with an address: the owner, when all
        others want nothing."""
        everybody = self.of_moderators()
        wanting = [row for row in everybody if row.how != AlertChoice.How.NONE]
        if wanting:
            return wanting
        owner = owner_of_the_site()
        return [row for row in everybody if owner is not None and row.user_id == owner.pk]

    def wake(self, users: Iterable[int]) -> None:
        """There is something for them; each one's next letter says when it is due."""
        now = timezone.now()
        for pk in sorted(set(users)):  # in one order: two rounds never wait for each other
            self.filter(user=pk).update(due_at=now, attempts=0, gave_up_at=None)


class AlertChoice(DueWork):
    """How one person wants to be told, and, as due work, their next letter."""

    class How(models.TextChoices):
        EACH = "each", "a mail for each new comment"
        DIGEST = "digest", "one mail a day with all new comments"
        NONE = "none", "no mail"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_choice"
    )
    how = models.CharField(
        "how you are told",
        max_length=6,
        choices=How,
        default=How.EACH,
        help_text="A mail for each comment: in a rush, those of ten minutes stand in one. "
        "Comments past the promised answer time are told at once, whatever you choose, unless "
        "you choose no mail.",
    )
    digest_hour = models.PositiveSmallIntegerField(
        "hour of the daily mail",
        default=8,
        validators=[MaxValueValidator(23)],
        help_text="0 to 23, in the site’s time zone.",
    )
    last_letter_at = models.DateTimeField(null=True, editable=False)

    objects = models.Manager.from_queryset(AlertChoiceQuerySet)()

    class Meta:
        verbose_name = "letter of alerts"
        verbose_name_plural = "letters of alerts"
        indexes = [due_index("alert_letter_due")]

    def __str__(self) -> str:
        return f"Alerts for {self.user}"

    @classmethod
    @transaction.atomic
    def choose(cls, user: AbstractBaseUser, *, how: str, digest_hour: int) -> None:
        """Keeps what a person wants from now on; what waits for a digest is looked at anew."""
        cls.objects.get_or_create(user=user)
        kept = cls.objects.select_for_update(of=("self",)).get(user=user.pk)
        before = kept._chosen()
        kept.how, kept.digest_hour = how, digest_hour
        kept.save(update_fields=["how", "digest_hour"])
        note_changes(str(kept), "change", before, kept._chosen(), by=user)
        if Alert.objects.waiting().filter(user=user.pk).exists():
            cls.objects.wake([user.pk])

    def _chosen(self) -> dict[str, str]:
        """As it stands in the log of changes."""
        return {
            "how you are told": self.get_how_display(),
            "hour of the daily mail": str(self.digest_hour),
        }

    def perform(self) -> None:
        """Writes one letter about all that this person has not been told yet."""
        self._next: datetime | None = None
        rows = Alert.objects.waiting().filter(user=self.user_id).order_by("comment_id")
        article_texts = [f"comment__article__{name}" for name in LONG_COLUMNS]
        waiting = list(rows.select_related("comment__article").defer(*article_texts))
        if not moderators().filter(pk=self.user_id).exists():
            rows.delete()  # this person can do nothing about them: the next round tells others
            return
        now = timezone.now()
        telling = [alert for alert in waiting if alert.matters]
        idle = [alert.pk for alert in waiting if not alert.matters]
        Alert.objects.filter(pk__in=idle).update(needless_at=now)
        if not telling:
            return
        due = self._when(telling)
        if due > now:
            self._next = due
            return
        message = staff_emails.alert_staff(self.user, telling)
        told = Alert.objects.filter(pk__in=[alert.pk for alert in telling])
        told.update(message=message, mailed_at=now)
        self.last_letter_at = now
        self.save(update_fields=["last_letter_at"])

    def _when(self, alerts: list[Alert]) -> datetime:
        """When the letter about these may leave: a digest waits for its hour, unless
        something in it is late; words of danger wait for nothing."""
        first = min(alert.created_at for alert in alerts)
        if any(alert.kind == Alert.Kind.DANGER for alert in alerts):
            return first
        earliest = max(first, self.last_letter_at + APART) if self.last_letter_at else first
        if self.how != self.How.DIGEST or any(alert.kind != Alert.Kind.NEW for alert in alerts):
            return earliest
        return max(earliest, next_time(self.digest_hour, after=first))

    def _settle(self) -> None:
        self.due_at, self.leased_until, self.gave_up_at = self._next, None, None
        self.attempts, self.last_error = 0, ""
        columns = ["due_at", "leased_until", "gave_up_at", "attempts", "last_error"]
        self.save(update_fields=columns)


def next_time(hour: int, *, after: datetime) -> datetime:
    """The first moment after `after` at which the site's clocks show that full hour."""
    local = timezone.localtime(after)
    moment = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return moment if moment > local else moment + timedelta(days=1)


class AlertRound(Round):
    """Finds what nobody was told of yet, whatever made it wait: a comment's own table says
    what waits, and the table of alerts who was told. Nothing can be forgotten in between.

    Comments from before its first round, and imported ones, are on the desk and in the
    weekly letter: nobody gets a thousand mails on the day of an import.
    """

    EVERY = timedelta(seconds=10)

    began_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "round of alerts"
        verbose_name_plural = "rounds of alerts"
        indexes = [due_index("alert_round_due")]

    def __str__(self) -> str:
        return "The round of alerts"

    def perform(self) -> None:
        people = [row.user_id for row in AlertChoice.objects.who_get_alerts()]
        if not people:
            return  # the desk's front page says so; all is told as soon as there is somebody
        owner = owner_of_the_site()
        now, promised = timezone.now(), Discussion.current().answer_time
        self._tell(people, Alert.Kind.DANGER, now)
        self._tell(people, Alert.Kind.NEW, now - SETTLING)
        self._tell(people, Alert.Kind.LATE, now - promised)
        above = [owner.pk] if owner is not None else people
        self._tell(above, Alert.Kind.OVERDUE, now - 2 * promised)

    def _tell(self, people: list[int], kind: Alert.Kind, waiting_since: datetime) -> None:
        """One alert each for those comments of which nobody was told this yet, since they
        wait: a question that was opened again is told again."""
        told = Alert.objects.filter(
            comment=OuterRef("pk"), kind=kind, created_at__gte=OuterRef("waits_since")
        )
        rows = Comment.objects.unsettled()
        if kind == Alert.Kind.DANGER:
            rows = Comment.objects.in_danger()
        ours = rows.filter(import_key=None, waits_since__gte=self.began_at)
        untold = ours.filter(~Exists(told), waits_since__lte=waiting_since)
        keys = list(untold.oldest_first().values_list("pk", flat=True)[:MOST_AT_ONCE])
        if not keys:
            return
        Alert.objects.bulk_create(
            (Alert(comment_id=pk, user_id=user, kind=kind) for pk in keys for user in people),
            update_conflicts=True,
            unique_fields=["comment", "kind", "user"],
            update_fields=["created_at", "message", "mailed_at", "needless_at"],
        )
        AlertChoice.objects.wake(people)
