"""What was decided about a comment, by whom, and what the checks said of it."""

from __future__ import annotations

from django.db import models

from backsite.lib.records import Event

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
