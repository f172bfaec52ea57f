"""Decisions that can be taken back: one row for what was decided in one stroke."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from .comment import Comment
from .records import CommentEvent

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

UNDONE: Final = "taken back"
# As long as somebody may notice a slip; later decisions are taken back one by one.
OFFERED_FOR: Final = timedelta(hours=1)
# Events after which a decision from before is no longer the last word.
DECIDES: Final = frozenset(
    ("approve", "spam", "doubt", "trash", "hold", "close", "reopen", "rewrite", "withdraw")
)


@dataclass(frozen=True)
class Standing:
    """Where a comment stands, as far as staff decide it."""

    state: str
    closed: bool
    doubted: bool
    waits_since: datetime = field(compare=False)

    @classmethod
    def of(cls, comment: Comment) -> Standing:
        closed = comment.closed_at is not None
        doubted = comment.doubted and comment.state == Comment.State.SPAM
        return cls(comment.state, closed, doubted, comment.waits_since)

    def restore(self, comment: Comment, *, by: AbstractBaseUser) -> None:
        """By the verbs that anybody decides with: what follows from them follows again."""
        match self.state:
            case Comment.State.APPROVED:
                comment.approve(by=by)
            case Comment.State.SPAM:
                comment.spam(by=by, why=UNDONE)
            case Comment.State.TRASH:
                comment.trash(by=by, why=UNDONE)
            case _:
                comment.hold(by=by, why=UNDONE)
        if self.doubted:
            comment.doubt(by=by, why=UNDONE)
        if self.closed:
            comment.close(by=by, why=UNDONE)
        else:
            comment.reopen(by=by, why=UNDONE, since=self.waits_since)


class BatchQuerySet(models.QuerySet["Batch"]):
    def offered_to(self, user: AbstractBaseUser) -> Self:
        """The newest first that this person may still take back."""
        since = timezone.now() - OFFERED_FOR
        return self.filter(by_id=user.pk, undone_at=None, at__gt=since).order_by("-pk")


class Batch(models.Model):
    """What one person decided in one stroke, and how each comment stood before."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    done = models.CharField(max_length=80, help_text="In words, e.g. “marked as spam”.")
    count = models.PositiveIntegerField(default=1, db_default=1)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "-id"], name="batch_of_person")]

    def __str__(self) -> str:
        return f"{self.done} by {self.by}"

    @property
    def words(self) -> str:
        """e.g. “12 comments marked as spam”."""
        return (
            f"1 comment {self.done}" if self.count == 1 else f"{self.count:,} comments {self.done}"
        )

    @classmethod
    @transaction.atomic
    def record(
        cls, before: Iterable[tuple[Comment, Standing]], *, by: AbstractBaseUser, done: str
    ) -> Batch | None:
        """After the verbs: `before` is each comment (locked) with how it stood before them."""
        changed = [(row, then) for row, then in before if Standing.of(row) != then]
        if not changed:
            return None
        batch = cls.objects.create(by_id=by.pk, done=done, count=len(changed))
        keys = [row.pk for row, _ in changed]
        newest = dict(
            CommentEvent.objects.filter(comment__in=keys)
            .order_by()
            .values_list("comment")
            .annotate(models.Max("pk"))
        )
        BatchEntry.objects.bulk_create(
            BatchEntry(
                batch=batch,
                comment=row,
                state=then.state,
                closed=then.closed,
                doubted=then.doubted,
                waits_since=then.waits_since,
                seen=newest.get(row.pk, 0),
            )
            for row, then in changed
        )
        return batch

    @transaction.atomic
    def undo(self, *, by: AbstractBaseUser) -> tuple[int, int]:
        """Puts each back to what it was, unless somebody has decided about it since.

        Returns how many were put back and how many were left alone. Twice is once.
        """
        batch = Batch.objects.select_for_update().get(pk=self.pk)
        if batch.undone_at is not None:
            return 0, 0
        entries = list(batch.entries.order_by("comment_id"))
        keys = [entry.comment_id for entry in entries]
        Comment.objects.lock(keys)
        rows = Comment.objects.filter(pk__in=keys).select_related("article")
        comments = {row.pk: row for row in rows}
        decided = self._decided_since(entries)
        for entry in entries:
            if entry.comment_id not in decided and entry.comment_id in comments:
                entry.standing.restore(comments[entry.comment_id], by=by)
        self.undone_at = batch.undone_at = timezone.now()
        batch.save(update_fields=["undone_at"])
        return len(entries) - len(decided), len(decided)

    @staticmethod
    def _decided_since(entries: list[BatchEntry]) -> set[int]:
        seen = {entry.comment_id: entry.seen for entry in entries}
        later = CommentEvent.objects.filter(comment__in=seen).filter(verb__in=DECIDES)
        answers = CommentEvent.objects.filter(verb="answer", comment__parent__in=seen)
        newest = models.Max("pk")
        pairs = [
            *later.order_by().values_list("comment_id").annotate(newest),
            *answers.order_by().values_list("comment__parent_id").annotate(newest),
        ]
        return {pk for pk, number in pairs if number > seen[pk]}


class BatchEntry(models.Model):
    """One comment of a batch: how it stood, and the newest event that the batch left."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="entries")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10)
    closed = models.BooleanField()
    doubted = models.BooleanField(default=False, db_default=False)
    waits_since = models.DateTimeField()
    seen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "comment"], name="batch_entry_once"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.comment_id} was {self.state}"

    @property
    def standing(self) -> Standing:
        return Standing(self.state, self.closed, self.doubted, self.waits_since)
