"""What readers report: a comment that somebody of the staff should look at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backsite.lib.bots import Submission, votes_on
from backsite.lib.privacy import keyed_hash

from .comment import Comment

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

LONGEST_WORDS: Final = 1_000
# From here on the checks say that no person sent it: kept, and put on nobody's desk.
BOT: Final = 5.0


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> Self:
        return self.filter(settled_at=None, counts=True)


class Report(models.Model):
    """One reader's word. Many of them hide nothing: a crowd can be wrong, or be sent; they
    put the comment before a person, at once.

    `sender` is a keyed hash of the network address, so that one person who presses ten
    times is one report.
    """

    class Reason(models.TextChoices):
        HARM = "harm", _("It could harm somebody who follows it")
        RUDE = "rude", _("It insults or threatens")
        SPAM = "spam", _("It is an advertisement")
        PRIVATE = "private", _("It tells private things of somebody")
        OTHER = "other", _("Something else")

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=8, choices=Reason)
    words = models.CharField(max_length=LONGEST_WORDS, blank=True)
    sender = models.CharField(max_length=64, blank=True, editable=False)
    counts = models.BooleanField(default=True, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = models.Manager.from_queryset(ReportQuerySet)()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "sender"],
                condition=Q(settled_at=None) & ~Q(sender=""),
                name="report_once_a_sender",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} (comment {self.comment_id})"

    @classmethod
    @transaction.atomic
    def receive(
        cls, submission: Submission, *, comment: Comment, reason: str, words: str = ""
    ) -> None:
        """Keeps it, and puts the comment on the desk. The same sender again adds nothing."""
        Report.objects.bulk_create(
            [
                Report(
                    comment=comment,
                    reason=reason,
                    words=words[:LONGEST_WORDS],
                    sender=keyed_hash(submission.address or "", purpose="comment report"),
                    counts=sum(vote.weight for vote in votes_on(submission)) < BOT,
                )
            ],
            ignore_conflicts=True,
        )
        cls._count(comment)

    @classmethod
    @transaction.atomic
    def settle(cls, comment: Comment, *, by: AbstractBaseUser) -> int:
        """Somebody has looked at all that was said of it; returns how many that were."""
        settled = (
            cls.objects.filter(comment=comment, settled_at=None)
            .order_by()
            .update(settled_at=timezone.now(), settled_by=by)
        )
        if settled:
            comment.events.create(
                verb="settle", by_id=by.pk, actor=by.get_username(), why=f"{settled} of readers"
            )
        cls._count(comment)
        return settled

    @classmethod
    def _count(cls, comment: Comment) -> None:
        """Under the comment's lock: two reports at once are both counted."""
        locked = Comment.objects.select_for_update(no_key=True).only("pk").get(pk=comment.pk)
        locked.open_reports = min(cls.objects.open().filter(comment=comment).count(), 32_000)
        locked.save(update_fields=["open_reports"])
        comment.open_reports = locked.open_reports
