"""What was decided about a comment, by whom, and what the checks said of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.utils import timezone
from psycopg2.extras import Json

from backsite.lib import captcha
from backsite.lib.bots import Vote
from backsite.lib.records import Event
from backsite.lib.services.models import Service
from backsite.lib.statement import Statement
from backsite.lib.work import DueWork, due_index

from ..filter.verdict import judge_again
from .comment import LONGEST_REASON, Comment

# Google's tokens are good for two minutes (siteverify's documentation).
TOKEN_LIVES: Final = timedelta(minutes=2)
SHORTLY: Final = timedelta(seconds=10)


# One statement that is planned once: every comment is judged at least once.
CAST: Final = Statement(
    """
    INSERT INTO comments_commentvote
      (comment_id, check_name, weight, reason, evidence, unknown, at)
    SELECT %(comment)s, check_name, weight, reason, evidence, unknown, %(now)s
    FROM jsonb_to_recordset(%(votes)s)
      AS vote (check_name text, weight float8, reason text, evidence jsonb, unknown bool)
    ON CONFLICT (comment_id, check_name) DO UPDATE SET weight = excluded.weight,
      reason = excluded.reason, evidence = excluded.evidence, unknown = excluded.unknown,
      at = excluded.at
    """,
    comment="bigint",
    votes="jsonb",
    now="timestamptz",
)


class CommentEvent(Event):
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        indexes = [models.Index(fields=["-at", "-id"], name="comment_event_newest")]


class CommentVote(models.Model):
    """One check's word on a comment: how much it weighs and why, in plain words.

    Positive weights speak for spam. No vote decides anything against a person's decision.
    """

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="votes")
    check_name = models.CharField("check", max_length=40)
    weight = models.FloatField()
    reason = models.CharField(max_length=300)
    evidence = models.JSONField(default=dict, blank=True)
    unknown = models.BooleanField(
        "could not be asked",
        default=False,
        db_default=False,
        help_text="No machine publishes the comment before the check has answered.",
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-weight", "pk"]
        verbose_name = "vote"
        constraints = [
            models.UniqueConstraint(fields=["comment", "check_name"], name="one_vote_a_check"),
        ]
        indexes = [
            models.Index(fields=["check_name"], name="vote_of_check"),
            models.Index(fields=["comment"], condition=models.Q(unknown=True), name="vote_unknown"),
        ]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.reason}"

    @classmethod
    def cast(cls, comment: Comment, votes: Iterable[Vote]) -> None:
        """Keeps what the checks say now; of each check only the newest word stands."""
        newest = {vote.check: vote for vote in votes}
        if not newest:
            return
        heard = [
            {
                "check_name": vote.check,
                "weight": vote.weight,
                "reason": vote.reason[:LONGEST_REASON],
                "evidence": vote.evidence,
                "unknown": vote.unknown,
            }
            for vote in newest.values()
        ]
        CAST.run(comment=comment.pk, votes=Json(heard), now=timezone.now())

    @property
    def vote(self) -> Vote:
        return Vote(self.check_name, self.weight, self.reason, self.evidence, self.unknown)


class CaptchaCheck(DueWork):
    """Google's word on a comment, asked for after the comment is safe.

    Token and network address are kept only until the answer has come.
    """

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="captcha_check")
    token = models.TextField(blank=True, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)

    class Meta:
        verbose_name = "reCAPTCHA check"
        indexes = [due_index("captcha_check_due")]

    def __str__(self) -> str:
        return f"reCAPTCHA on comment {self.comment_id}"

    def perform(self) -> datetime | None:
        """Hears what Google says. A Google that cannot be reached is asked again while the
        token lives; after that nobody can know, and a person looks at the comment."""
        try:
            vote = captcha.vote_on(self.token, self.address)
        except captcha.Unreachable as error:
            if again := self._while_it_lives():
                return again
            words = f"Google could not be reached while its answer was valid ({error})"
            vote = Vote(captcha.NAME, 0.0, words, unknown=True)
        self.comment.hear([vote])
        judge_again(self.comment)
        self.token, self.address = "", None
        self.save(update_fields=["token", "address"])
        return None

    def _while_it_lives(self) -> datetime | None:
        """When to ask again; None when the token will be dead by then."""
        next_try = Service.named(captcha.NAME).closed_until() or timezone.now() + SHORTLY
        return next_try if next_try < self.comment.created_at + TOKEN_LIVES else None
