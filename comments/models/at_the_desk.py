"""What the desk remembers while staff work: who has taken a comment, the answers that are
not sent yet, and the texts that answers are made of.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from .comment import LONGEST_TEXT, Comment, public_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

# Long enough to read up on something, short enough that a forgotten one blocks nobody's day.
TAKEN_FOR: Final = timedelta(minutes=30)
# Somebody whose words changed within this is writing now.
WRITES_NOW: Final = timedelta(minutes=5)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def living(self) -> Self:
        return self.filter(at__gt=timezone.now() - TAKEN_FOR)

    def of_others(self, user: AbstractBaseUser) -> Self:
        return self.living().exclude(by_id=user.pk)


class Claim(models.Model):
    """Somebody has taken this comment and will see to it. It ends by itself."""

    comment = models.OneToOneField(
        Comment, primary_key=True, on_delete=models.CASCADE, related_name="claim"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.by} has taken comment {self.comment_id}"

    @property
    def lives(self) -> bool:
        return self.at > timezone.now() - TAKEN_FOR

    @property
    def name(self) -> str:
        return public_name(self.by)

    @classmethod
    @transaction.atomic
    def take(cls, comment: Comment, *, by: AbstractBaseUser, over: bool = False) -> Claim:
        """Takes it, or takes it longer; what somebody else has stays theirs unless `over`.

        Returns the claim that holds: look at `by_id`.
        """
        claim, is_new = cls.objects.select_for_update().get_or_create(
            comment=comment, defaults={"by_id": by.pk, "at": timezone.now()}
        )
        if not is_new and (over or claim.by_id == by.pk or not claim.lives):
            cls.objects.filter(pk=claim.pk).update(by_id=by.pk, at=timezone.now())
            claim = cls.objects.get(pk=claim.pk)
        return claim

    @classmethod
    def release(cls, comment: Comment, *, by: AbstractBaseUser) -> None:
        """Gives back one's own; somebody else's stays theirs."""
        cls.objects.filter(comment=comment, by_id=by.pk).delete()


class AnswerDraftQuerySet(models.QuerySet["AnswerDraft"]):
    def of(self, user: AbstractBaseUser) -> Self:
        return self.filter(by_id=user.pk)

    def of_others(self, user: AbstractBaseUser) -> Self:
        return self.exclude(by_id=user.pk).select_related("by").order_by("-at")


class AnswerDraft(models.Model):
    """An answer that is not sent yet: one for each person and comment."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="drafts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=LONGEST_TEXT)
    at = models.DateTimeField()

    objects = AnswerDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "by"], name="answer_draft_once"),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.by} for comment {self.comment_id}"

    @property
    def name(self) -> str:
        return public_name(self.by)

    @property
    def is_being_written(self) -> bool:
        return self.at > timezone.now() - WRITES_NOW

    @classmethod
    @transaction.atomic
    def keep(
        cls, comment: Comment, text: str, *, by: AbstractBaseUser, key: Any = None
    ) -> AnswerDraft | None:
        """Keeps the words as they stand; none where there are none.

        `key` names the page they were typed on: what arrives late, after that page's
        answer was sent, is no draft any more.
        """
        Comment.objects.lock([comment.pk])
        sent = key is not None and Comment.objects.filter(submission_key=key).exists()
        if sent or not text.strip():
            cls.objects.of(by).filter(comment=comment).delete()
            return None
        return cls.objects.update_or_create(
            comment=comment, by_id=by.pk, defaults={"text": text, "at": timezone.now()}
        )[0]


class SavedReply(models.Model):
    """A text that staff answer with again and again."""

    title = models.CharField(max_length=80, unique=True, help_text="How you find it in the list.")
    text = models.TextField(
        max_length=LONGEST_TEXT,
        help_text="{name} becomes the reader’s first name, {article} the title of the article "
        "and {link} its address, {book} the address of the page with the free book. Addresses "
        "of articles become links. You can change everything before you send it.",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first.")

    class Meta:
        ordering = ["position", "title"]
        verbose_name = "saved reply"
        verbose_name_plural = "saved replies"

    def __str__(self) -> str:
        return self.title
