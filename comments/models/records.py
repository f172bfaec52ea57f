"""What was decided about a comment, by whom, and what the checks said of it."""

from __future__ import annotations

from django.db import models

from backsite.lib import captcha
from backsite.lib.bots import Vote
from backsite.lib.records import Event
from backsite.lib.work import DueWork, due_index

from .comment import Comment


class CommentEvent(Event):
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="events")


class CommentVote(models.Model):
    """One check's word on a comment: how much it weighs and why, in plain words.

    Positive weights speak for spam. No vote decides anything against a person's decision.
    """

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="votes")
    check_name = models.CharField("check", max_length=40)
    weight = models.FloatField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-weight", "pk"]
        verbose_name = "vote"

    def __str__(self) -> str:
        return f"{self.check_name}: {self.reason}"


class CaptchaCheck(DueWork):
    """Google's word on a comment, asked for after the comment is safe.

    Token and network address are kept only until the answer has come.
    """

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="captcha_check")
    token = models.TextField(blank=True, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)

    # A token is dead after two minutes: later attempts could only fail.
    MOST_ATTEMPTS = 3

    class Meta:
        verbose_name = "reCAPTCHA check"
        indexes = [due_index("captcha_check_due")]

    def __str__(self) -> str:
        return f"reCAPTCHA on comment {self.comment_id}"

    def perform(self) -> None:
        """Adds the vote; that Google cannot be reached is a vote that weighs nothing."""
        try:
            vote = captcha.vote_on(self.token, self.address)
        except captcha.Unreachable as error:
            if self.attempts < self.MOST_ATTEMPTS:
                raise
            vote = Vote(captcha.NAME, 0.0, f"Google could not be reached ({error})"[:300])
        self.comment.votes.create(
            check_name=vote.check, weight=vote.weight, reason=vote.reason[:300]
        )
        self.token, self.address = "", None
        self.save(update_fields=["token", "address"])
