"""Each alert is a row, and what became of it stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q

from backsite.lib.mail.models import Message

from .comment import Comment
from .discussion import Discussion

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MODERATE: Final = "comments.change_comment"


def moderators() -> models.QuerySet[User]:
    """Staff who can be told by mail and may decide about comments."""
    users: Any = get_user_model()._default_manager
    able: models.QuerySet[User] = users.with_perm(MODERATE, is_active=True)
    return able.filter(is_staff=True).exclude(email="").order_by("pk")


def owner_of_the_site() -> User | None:
    """Who is told when nobody else is, or when others did not act. The one that the settings
    name; else the first superuser with an address."""
    able = moderators()
    return able.filter(pk=Discussion.current().owner_id or 0).first() or (
        able.filter(is_superuser=True).first()
    )


def named_owner() -> list[str]:
    """The address of the owner whom the settings name, if they can still be told."""
    named = moderators().filter(pk=Discussion.current().owner_id or 0)
    return list(named.values_list("email", flat=True))


class AlertQuerySet(models.QuerySet["Alert"]):
    def waiting(self) -> Self:
        """No letter was written yet."""
        return self.filter(mailed_at=None, needless_at=None)

    def failed(self) -> Self:
        """Its letter could not be sent, and is not tried any more."""
        return self.filter(message__gave_up_at__isnull=False)

    def sent(self) -> Self:
        return self.filter(message__sent_at__isnull=False)

    def on_the_way(self) -> Self:
        return self.filter(message__due_at__isnull=False)

    def needless(self) -> Self:
        return self.filter(needless_at__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class Alert(models.Model):
    """One person is to be told one thing about one comment, once.

    `message` is the letter that says it, together with others. `needless_at`: it was dealt
    with before its letter was due.
    """

    class Kind(models.TextChoices):
        NEW = "new", "new"
        DANGER = "danger", "words of danger"
        LATE = "late", "past the promised answer time"
        OVERDUE = "overdue", "past twice the promised answer time"

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="alerts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="comment_alerts",
        verbose_name="person",
    )
    kind = models.CharField("why", max_length=8, choices=Kind)
    created_at = models.DateTimeField("since", auto_now_add=True)
    message = models.ForeignKey(
        Message, null=True, on_delete=models.SET_NULL, related_name="comment_alerts"
    )
    mailed_at = models.DateTimeField(null=True)
    needless_at = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(AlertQuerySet)()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["comment", "kind", "user"], name="alert_once"),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                condition=Q(mailed_at=None, needless_at=None),
                name="alert_waiting",
            ),
            models.Index(fields=["-created_at", "-id"], name="alert_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.comment_id} to {self.user_id}"

    @property
    def matters(self) -> bool:
        """Whether there is still something to do about its comment."""
        in_danger = self.kind == self.Kind.DANGER and self.comment.urgency > 0
        return in_danger or self.comment.is_held or self.comment.awaits_answer

    @property
    def outcome(self) -> str:
        """What became of it, in words for staff."""
        if self.needless_at:
            return "dealt with before the letter was due"
        if not self.mailed_at:
            return "in the next letter"
        if self.message is None:
            return "written"
        said = {
            Message.State.WAITING: "written, on the way",
            Message.State.SENT: "sent",
            Message.State.KEPT: "kept here: mail does not leave this site",
            Message.State.FAILED: f"failed: {self.message.last_error}",
            Message.State.CANCELLED: "cancelled",
        }
        return said[self.message.state]
