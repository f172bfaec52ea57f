"""What the writer of a comment may do with it, by a link that only they have."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.utils import timezone

from backsite.lib.bots import Vote

from ..filter.verdict import judge_again
from ..rendering import LIGHT, render

if TYPE_CHECKING:
    from .comment import Comment

# For slips that are seen as soon as the words stand there; later by a mailed link.
CHANGED_AT_ONCE: Final = timedelta(minutes=15)

# The check that says so; no machine publishes what has it.
CHANGED: Final = "changed by its writer"
# So has what was still being written when the comments closed.
LATE: Final = "sent after closing"


class Withdrawn(Exception):
    """Its writer has deleted this comment: there is nothing to answer or change any more."""


class Owned(models.Model):
    """`withdrawn_at`: its writer deleted it. Staff see what it said; readers never again."""

    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    if TYPE_CHECKING:  # of the comment
        created_at: datetime
        staff_id: int | None
        by_site_author: bool
        pingback: bool
        replies: models.Manager[Comment]

    @property
    def changes_until(self) -> datetime:
        """Until then the page that its writer was shown allows to change it."""
        return self.created_at + CHANGED_AT_ONCE

    @property
    def is_a_readers(self) -> bool:
        return self.staff_id is None and not self.by_site_author and not self.pingback

    @property
    def is_put_away(self: Comment) -> bool:  # type: ignore[misc]  # a mixin of that model
        return self.state in (self.State.SPAM, self.State.TRASH)

    @property
    def may_be_changed_now(self) -> bool:
        in_time = timezone.now() < self.changes_until
        return in_time and self.is_a_readers and self.withdrawn_at is None

    def arrived_late(self: Comment) -> None:  # type: ignore[misc]  # a mixin of that model
        """The comments closed while it was written: it is kept, and a person looks at it."""
        reason = "The comments on this article were closed when it arrived"
        self.hear([Vote(LATE, 0.0, reason, unknown=True)])

    @property
    def is_late(self: Comment) -> bool:  # type: ignore[misc]  # a mixin of that model
        return self.votes.filter(check_name=LATE).exists()

    @transaction.atomic
    def rewrite(self: Comment, text: str) -> None:  # type: ignore[misc]  # a mixin of that model
        """Its writer puts other words in their place; the event keeps the earlier ones.

        What was decided about those, by whomever, does not cover these: a published comment
        is held again, and a person looks at what no check has seen. One in the spam or the
        trash stays there. Raises Withdrawn.
        """
        judge_again(self)  # first: a judgement under way holds its row, then the comment's
        self._lock()
        if self.withdrawn_at is not None:
            raise Withdrawn
        self.refresh_from_db(fields=["text"])
        if text == self.text:
            return
        from ..filter.classifier import lessons  # these read that model
        from .danger import look_for_danger

        lessons.unlearn(self)
        before = self.text
        self.text, self.format, self.html = text, self.Format.LIGHT, render(text, LIGHT)
        if self.is_public:
            self.state, self.person_decided_at = self.State.HELD, None
        fields = ["text", "format", "html", "state", "person_decided_at"]
        self.save(update_fields=fields)
        look_for_danger(self)
        self._record("rewrite", None, f"It said before: {before}")
        self.hear([Vote(CHANGED, 0.0, "The other checks saw its earlier words", unknown=True)])
        if not self.replies.approved().exclude(staff=None).exists():
            self.reopen(by=None, why="its writer changed it")

    @transaction.atomic
    def withdraw(self: Comment) -> None:  # type: ignore[misc]  # a mixin of that model
        """Its writer deletes it: readers do not see it any more, for good."""
        self._lock()
        if self.withdrawn_at is not None:
            return
        self.withdrawn_at, self.state = timezone.now(), self.State.TRASH
        self.save(update_fields=["withdrawn_at", "state"])
        self._record("withdraw", None)
        following = getattr(self, "following", None)
        if following is not None:
            following.mute()

    def _announce(self: Comment) -> None:  # type: ignore[misc]  # a mixin of that model
        """Tells those who follow what it answers."""
        from .following import ReplyNotice  # it points to that model

        if self.is_public and self.parent_id:
            ReplyNotice.announce(self)
