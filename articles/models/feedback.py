"""What readers say of an article to its makers: whether it helped, and what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backsite.lib.bots import Submission, Vote, votes_on
from backsite.lib.privacy import keyed_hash
from backsite.lib.records import Actor, Event, actor_fields
from backsite.lib.signs import votes_on_words

if TYPE_CHECKING:
    from .article import Article

# A reader's whole story fits; a pasted book does not.
LONGEST_WORDS: Final = 5_000
# From here on it is kept and not counted. The trap field alone weighs as much.
BOT_WEIGHT: Final = 5.0
# A family or a clinic shares one address; a ballot box is stuffed from one, too.
COUNTED_A_DAY: Final = 3
# More than any household or clinic sends; above it nothing is kept from that address today.
TAKEN_A_DAY: Final = 100
# Senders cleared along with one reader's request: it must not wait for many.
MOST_CLEARED: Final = 500


class TooMuch(Exception):
    """One network address has sent as much today as is taken; nothing was kept."""


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def open(self) -> Self:
        """Words that nobody has dealt with."""
        return self.filter(state=Feedback.State.OPEN)

    def counted(self) -> Self:
        return self.filter(counted=True)

    def about(self, article: Article) -> Self:
        return self.filter(article=article)

    def with_words(self) -> Self:
        return self.exclude(words="")

    def of_person(self, email: str) -> Self:
        """Everything sent with this address, however it was written then."""
        return self.filter(email__iexact=email.strip()) if email.strip() else self.none()

    def verdicts(self, content_hash: str) -> dict[str, int]:
        """How many were helped and how many not: by the text as it stands now, and ever."""
        helped, not_helped = Q(kind=Feedback.Kind.HELPFUL), Q(kind=Feedback.Kind.UNHELPFUL)
        now = Q(content_hash=content_hash)
        return self.counted().aggregate(
            yes=Count("pk", filter=helped),
            no=Count("pk", filter=not_helped),
            yes_now=Count("pk", filter=helped & now),
            no_now=Count("pk", filter=not_helped & now),
        )

    def sent_today(self, sender: str) -> Self:
        return self.filter(sender=sender) if sender else self.none()

    def forget_senders(self) -> int:
        """A sender's hash is kept for the day it serves; this clears those of days before.
        Rows that another request is clearing at this moment are left to it."""
        today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
        old = self.filter(created_at__lt=today).exclude(sender="")
        mine = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
        pks = list(mine[:MOST_CLEARED])
        return self.filter(pk__in=pks).update(sender="") if pks else 0


class Feedback(models.Model):
    """One press of “Yes” or “No”, or words about a mistake.

    Held against what the reader had before them (`revision`, `content_hash`). `counted`
    is False where the checks took it for a bot's, or one network voted too often.
    """

    class Kind(models.TextChoices):
        HELPFUL = "helpful", _("it helped")
        UNHELPFUL = "unhelpful", _("it did not help")
        MISTAKE = "mistake", _("something is wrong")

    class State(models.TextChoices):
        OPEN = "open", "to read"
        DONE = "done", "done"

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="feedback"
    )
    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    words = models.TextField(blank=True, editable=False)
    email = models.EmailField("e-mail", max_length=254, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    content_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=4, choices=State, editable=False)
    counted = models.BooleanField(default=True, editable=False)
    # What the checks said, a line each, for staff.
    doubts = models.TextField(blank=True, editable=False)
    # A hash that only this site can make, of the address and the day; cleared after the day.
    sender = models.CharField(max_length=64, blank=True, editable=False)
    submission_key = models.UUIDField(null=True, unique=True, editable=False)
    created_at = models.DateTimeField("sent", default=timezone.now, editable=False)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "word from a reader"
        verbose_name_plural = "words from readers"
        indexes = [
            models.Index(
                fields=["article", "-created_at"],
                condition=Q(state="open"),
                name="feedback_open_of_article",
            ),
            models.Index(
                fields=["article", "kind"], condition=Q(counted=True), name="feedback_counted"
            ),
            models.Index(fields=["sender"], condition=~Q(sender=""), name="feedback_of_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @classmethod
    @transaction.atomic
    def receive(
        cls,
        submission: Submission,
        *,
        article: Article,
        kind: str,
        words: str = "",
        email: str = "",
    ) -> Feedback:
        """Keeps it, and decides whether it counts. The same again is the first one.

        Raises TooMuch where one address has sent TAKEN_A_DAY today.
        """
        cls.objects.forget_senders()
        sender = sender_hash(submission.address)
        today = cls.objects.sent_today(sender)
        fields = {"article": article, "kind": kind, "words": words, "email": email}
        earlier = cls._sent_before(submission, today, fields)
        if earlier is not None:
            return earlier
        if today.count() >= TAKEN_A_DAY:
            raise TooMuch
        doubts, weight = _doubts(submission, words)
        votes = today.filter(article=article).exclude(kind=cls.Kind.MISTAKE).count()
        if kind != cls.Kind.MISTAKE and votes >= COUNTED_A_DAY:
            doubts.append(f"More than {COUNTED_A_DAY} votes from one network on this day")
            weight = BOT_WEIGHT
        own = {
            **fields,
            "revision": article.revision,
            "content_hash": article.content_hash(),
            "state": cls.State.OPEN if words else cls.State.DONE,
            "counted": weight < BOT_WEIGHT,
            "doubts": "\n".join(doubts),
            "sender": sender,
        }
        key = submission.key
        if key is None or cls.objects.filter(submission_key=key).exists():
            return cls.objects.create(**own)
        return cls.objects.get_or_create(submission_key=key, defaults=own)[0]

    @classmethod
    def _sent_before(
        cls, submission: Submission, today: FeedbackQuerySet, fields: dict[str, Any]
    ) -> Feedback | None:
        """Only the very same is the same: other words under an old key are new words. A
        second “Yes” without a key may be another reader's on the same network."""
        if submission.key is not None:
            found = cls.objects.filter(submission_key=submission.key, **fields).first()
            if found is not None:
                return found
        return today.filter(**fields).first() if fields["words"] else None

    def finish(self, *, by: Actor, why: str = "") -> None:
        """Somebody has dealt with it."""
        self._move(self.State.DONE, "finish", by, why)

    def reopen(self, *, by: Actor, why: str = "") -> None:
        self._move(self.State.OPEN, "reopen", by, why)

    @transaction.atomic
    def erase(self, *, by: Actor, why: str = "") -> None:
        """Takes out what could say who sent it, for good: the words, the address and what
        the checks said of them. That somebody was helped or not stays counted. Twice is the
        same as once."""
        row = Feedback.objects.select_for_update().get(pk=self.pk)
        personal = {"words": "", "email": "", "doubts": "", "sender": "", "submission_key": None}
        was_there = any(getattr(row, name) for name in personal)
        for name, value in personal.items():
            setattr(self, name, value)
        self.state = self.State.DONE
        if was_there:
            self.save(update_fields=[*personal, "state"])
            self.events.create(verb="erase", why=why, **actor_fields(by))

    @transaction.atomic
    def _move(self, state: State, verb: str, by: Actor, why: str) -> None:
        if self.state != state:
            self.state = state
            self.save(update_fields=["state"])
            self.events.create(verb=verb, why=why, **actor_fields(by))


class FeedbackEvent(Event):
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="events")


def sender_hash(address: str | None) -> str:
    """By which an address is known again on the same day, and on no other."""
    return keyed_hash(address or "", purpose=f"feedback on {timezone.localdate():%Y-%m-%d}")


def _doubts(submission: Submission, words: str) -> tuple[list[str], float]:
    """What the checks say, and how much that weighs. A button alone is pressed at once:
    how long the form was in use says nothing then."""
    if not words:
        submission = replace(submission, elapsed_ms=None)
    votes: list[Vote] = [*votes_on(submission), *votes_on_words(words)]
    return [vote.reason for vote in votes], sum(vote.weight for vote in votes)
