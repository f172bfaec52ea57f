"""Links by which writers come back to what they wrote."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection, models
from django.utils import timezone

from backsite.lib import work
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails
from .comment import Comment

# However often it is asked for, and for however many comments, an address gets no more of
# these mails.
ONE_LINK_IN: Final = timedelta(minutes=15)
MOST_LINKS_A_DAY: Final = 4
DAY: Final = timedelta(days=1)


class LinkRequest(DueWork):
    """Somebody says that a comment is theirs, and types an address.

    Looked at afterwards, by the worker: the page that answers is the same, and as quick,
    whether the address is the right one or not. The address is kept no longer than that.
    """

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="link_requests")
    email = models.EmailField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, editable=False)

    objects = DueQuerySet.as_manager()

    class Meta:
        verbose_name = "request for a link"
        verbose_name_plural = "requests for a link"
        indexes = [due_index("link_request_due")]

    def __str__(self) -> str:
        return f"Request for the link to comment {self.comment_id}"

    @classmethod
    def receive(cls, comment: Comment, email: str) -> None:
        work.soon(cls.objects.create(comment=comment, email=email, due_at=timezone.now()))

    def perform(self) -> None:
        comment = Comment.objects.get(pk=self.comment_id)
        is_theirs = bool(comment.email) and comment.email.casefold() == self.email.casefold()
        may_change = comment.is_a_readers and comment.withdrawn_at is None
        if is_theirs and may_change and not self._mailed_lately(comment.email):
            self.mailed_at = timezone.now()
            emails.send_own_link(comment, key=f"comment-link:{self.pk}")
        self.email = ""
        self.save(update_fields=["email", "mailed_at"])

    def _mailed_lately(self, email: str) -> bool:
        with connection.cursor() as cursor:  # two for one address: one after the other
            key = f"link:{email.casefold()}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        others = LinkRequest.objects.filter(comment__email__iexact=email).exclude(pk=self.pk)
        now = timezone.now()
        if others.filter(mailed_at__gte=now - ONE_LINK_IN).exists():
            return True
        return others.filter(mailed_at__gte=now - DAY).count() >= MOST_LINKS_A_DAY
