"""The machine's verdict on a comment: what it was, when, and which votes made it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backsite.lib.bots import Vote
from backsite.lib.work import DueWork, due_index

from ..filter.verdict import Outcome
from .comment import Comment

# The worker judges within seconds; a restart of everything takes a minute or two.
SOON_ENOUGH: Final = timedelta(minutes=10)


class Judgement(DueWork):
    """One for each comment that a reader sent; judged by the worker, after the words are
    safe, and again whenever the evidence has changed. What a person decided stands: then
    the verdict is only written down beside it."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="judgement")
    verdict = models.CharField(max_length=8, choices=Outcome, blank=True, editable=False)
    score = models.FloatField(default=0.0, editable=False)
    because = models.CharField(max_length=300, blank=True, editable=False)
    votes = models.JSONField("votes that made it", default=list, editable=False)
    judged_at = models.DateTimeField(null=True, editable=False)

    MOST_ATTEMPTS: ClassVar[int] = 30

    class Meta:
        verbose_name = "comment to judge"
        verbose_name_plural = "comments to judge"
        indexes = [due_index("judgement_due")]

    def __str__(self) -> str:
        return f"Judgement of comment {self.comment_id}"

    @classmethod
    def late(cls) -> int:
        """How many comments that came in a while ago were never judged: no worker
        came, or each try failed."""
        rows = cls.objects.filter(Q(due_at__isnull=False) | Q(gave_up_at__isnull=False))
        before = timezone.now() - SOON_ENOUGH
        return rows.filter(judged_at=None, comment__created_at__lt=before).count()

    @classmethod
    def ask(cls, comment: Comment) -> None:
        """Has it judged (again), once, however often this is called before the worker comes.

        A judgement under way holds the row: this waits for its end and is then a new round.
        """
        now = timezone.now()
        rows = cls.objects.filter(comment=comment)
        if not rows.update(due_at=now, attempts=0, gave_up_at=None):
            new = Judgement(comment=comment, due_at=now)
            Judgement.objects.bulk_create([new], ignore_conflicts=True)

    @classmethod
    def first_of(cls, comment: Comment) -> Judgement:
        """For a comment that is just being kept, with which it is kept. No hint to the task
        queue: the worker's sweep comes soon enough, and the reader who waits here need not
        wait for a queue."""
        return cls(due_at=comment.created_at)

    def perform(self) -> None:
        from ..filter.judging import apply, judge  # they ask our tables, this one among them

        # The lock that a person's verb takes, too: who comes second sees what the first did.
        # Not the lock against deletion, which a check's new vote would have to wait for.
        rows = Comment.objects.select_for_update(no_key=True, of=("self",)).defer("html")
        comment = rows.get(pk=self.comment_id)
        found, votes = judge(comment)
        self.verdict, self.score = found.outcome, found.score
        self.because = found.because[:300]
        self.votes = [_told(vote) for vote in votes]
        self.judged_at = timezone.now()
        self.save(update_fields=["verdict", "score", "because", "votes", "judged_at"])
        apply(found, comment)


def _told(vote: Vote) -> dict[str, Any]:
    return {
        "check": vote.check,
        "weight": vote.weight,
        "reason": vote.reason,
        "unknown": vote.unknown,
    }
