"""Where a comment came from: what checks need to know of it beside the words."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models

from backsite.lib.bots import Submission
from backsite.lib.privacy import network_of
from backsite.lib.web import site_link
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .comment import Comment

# In one transaction of the worker; what is left has a row of its own that is due.
MOST_FORGOTTEN: Final = 500


class Origin(DueWork):
    """As the form was sent. What could lead to the reader's machine is forgotten by the
    worker after `COMMENT_ORIGIN_DAYS` days (`due_at`): the checks need it no longer."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="origin")
    form = models.CharField(max_length=40, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)
    network = models.CharField(max_length=43, blank=True, editable=False)
    user_agent = models.CharField(max_length=500, blank=True, editable=False)
    referrer = models.CharField(max_length=500, blank=True, editable=False)
    permalink = models.CharField(max_length=500, blank=True, editable=False)
    trap = models.CharField(max_length=500, blank=True, editable=False)
    elapsed_ms = models.BigIntegerField(null=True, editable=False)
    at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = "origin of a comment"
        verbose_name_plural = "origins of comments"
        indexes = [
            due_index("origin_due"),
            models.Index(
                fields=["address", "at"],
                condition=models.Q(address__isnull=False),
                name="origin_of_address",
            ),
            models.Index(
                fields=["network", "at"], condition=~models.Q(network=""), name="origin_of_network"
            ),
        ]

    def __str__(self) -> str:
        return f"Origin of comment {self.comment_id}"

    @classmethod
    def of(cls, comment: Comment, submission: Submission) -> Origin:
        """Not kept yet."""
        return cls(
            form=submission.form,
            address=submission.address,
            network=network_of(submission.address),
            user_agent=submission.user_agent,
            referrer=submission.referrer,
            permalink=site_link(comment.article.get_absolute_url())[:500],
            trap=submission.trap,
            elapsed_ms=submission.elapsed_ms,
            at=comment.created_at,
            due_at=comment.created_at + timedelta(days=settings.COMMENT_ORIGIN_DAYS),
        )

    def perform(self) -> None:
        """Forgets this one, and with it others whose time has come and nobody works on."""
        nothing = {"address": None, "network": "", "user_agent": "", "referrer": "", "trap": ""}
        for name, value in nothing.items():
            setattr(self, name, value)
        self.save(update_fields=list(nothing))
        due = DueQuerySet(Origin).due().filter(leased_until=None)
        others = due.order_by("due_at").select_for_update(skip_locked=True)
        pks = list(others.values_list("pk", flat=True)[:MOST_FORGOTTEN])
        Origin.objects.filter(pk__in=pks).update(**nothing, due_at=None)
