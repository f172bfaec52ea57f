"""Readers who wish to hear of replies, and what is told to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import connection, models, transaction
from django.utils import timezone

from backsite.lib import work
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails
from .comment import Comment
from .reader import Reader

# The question whether an address wants mails waits for what the checks say of the comment:
# a program must not be able to make us write to strangers.
ASK_AFTER: Final = timedelta(minutes=1)
# However often somebody types an address in, its owner gets no more of these questions.
ONE_QUESTION_IN: Final = timedelta(minutes=15)
MOST_QUESTIONS_A_DAY: Final = 4
DAY: Final = timedelta(days=1)
# Nobody has seen the words yet: a program that types thousands of foreign addresses, each
# once, gets these few asked. The others are asked when their comments are published.
MOST_UNSEEN_AN_HOUR: Final = 20
MOST_UNSEEN_A_NETWORK: Final = 3  # in a day
WAIT_FOR_ARTICLE: Final = timedelta(hours=1)
LOOK_AGAIN_AFTER: Final = timedelta(hours=1)
# What nobody has published by then has no replies to hear of.
ASKED_WITHIN: Final = timedelta(days=30)

_ABOVE: Final = """
    WITH RECURSIVE above AS (
        SELECT parent_id AS id FROM comments_comment WHERE id = %s AND parent_id IS NOT NULL
        UNION
        SELECT one.parent_id FROM above JOIN comments_comment one USING (id)
        WHERE one.parent_id IS NOT NULL
    ) SELECT id FROM above"""
_BELOW: Final = """
    WITH RECURSIVE below AS (
        SELECT id FROM comments_comment WHERE parent_id = ANY(%s)
        UNION
        SELECT one.id FROM below JOIN comments_comment one ON one.parent_id = below.id
    ) SELECT id FROM below"""


class FollowingQuerySet(DueQuerySet):
    def awake(self) -> Self:
        """Those whose readers are told: the address confirmed, nothing muted."""
        return self.filter(
            muted_at=None,
            reader__confirmed_at__isnull=False,
            reader__muted_at=None,
            reader__blocked_at=None,
        )

    def asked_since(self, moment: datetime) -> Self:
        return self.filter(asked_at__gte=moment)


class Following(DueWork):
    """The writer of a comment wishes to hear of what is published below it.

    The work to do is the question to an address that has not been confirmed yet.
    """

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="following")
    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="followings")
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True, editable=False)
    muted_at = models.DateTimeField(null=True, editable=False)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        verbose_name = "wish to hear of replies"
        verbose_name_plural = "wishes to hear of replies"
        indexes = [due_index("following_due")]

    def __str__(self) -> str:
        return f"{self.reader} follows comment {self.comment_id}"

    @classmethod
    @transaction.atomic
    def begin(cls, comment: Comment) -> Following:
        """Its writer ticked the box; safe to call twice."""
        reader = Reader.of(comment.email)
        due = None if reader.confirmed_at else timezone.now() + ASK_AFTER
        fields = {"reader": reader, "due_at": due}
        following, _ = cls.objects.get_or_create(comment=comment, defaults=fields)
        return following

    def perform(self) -> datetime | None:
        """Asks whether the address wants to hear of replies, unless that is known."""
        reader = Reader.objects.select_for_update().get(pk=self.reader_id)
        if reader.confirmed_at or reader.muted_at or reader.blocked_at or self.muted_at:
            return None
        if self.comment.is_put_away:
            return None
        others = reader.followings.exclude(pk=self.pk)
        now = timezone.now()
        if others.asked_since(now - ONE_QUESTION_IN).exists():
            return None
        if others.asked_since(now - DAY).count() >= MOST_QUESTIONS_A_DAY:
            return None
        if not self.comment.is_public and self._too_many_unseen(now):
            return now + LOOK_AGAIN_AFTER if now < self.created_at + ASKED_WITHIN else None
        self.asked_at = now
        self.save(update_fields=["asked_at"])
        emails.ask_follower(self)
        return None

    def _too_many_unseen(self, now: datetime) -> bool:
        with connection.cursor() as cursor:  # two workers: one after the other
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('follow: unseen', 0))")
        unseen = Following.objects.exclude(pk=self.pk).exclude(comment__state="approved")
        if unseen.asked_since(now - timedelta(hours=1)).count() >= MOST_UNSEEN_AN_HOUR:
            return True
        origin = getattr(self.comment, "origin", None)
        if origin is None or not origin.network:
            return False
        beside = unseen.asked_since(now - DAY).filter(comment__origin__network=origin.network)
        return beside.count() >= MOST_UNSEEN_A_NETWORK

    @property
    def in_thread(self) -> models.QuerySet[Following]:
        """All that the same reader follows in the same thread."""
        line = [self.comment_id, *above(self.comment_id)]
        roots = list(Comment.objects.filter(pk__in=line, parent=None).values_list("pk", flat=True))
        thread = {*line, *below(roots)}
        return Following.objects.filter(reader=self.reader_id, comment__in=thread)

    @transaction.atomic
    def mute(self) -> None:
        """No more mails about the thread that this comment stands in."""
        if self.in_thread.filter(muted_at=None).update(muted_at=timezone.now(), due_at=None):
            self._remember("mute thread")

    @transaction.atomic
    def unmute(self) -> None:
        if self.in_thread.exclude(muted_at=None).update(muted_at=None):
            self._remember("unmute thread")

    @property
    def is_muted(self) -> bool:
        return not self.in_thread.filter(muted_at=None).exists()

    def _remember(self, verb: str) -> None:
        self.reader.events.create(verb=verb, why=f"The thread of comment {self.comment_id}")


class ReplyNotice(DueWork):
    """A reply was published: those who follow what it answers are told, each once."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="notice")
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "notice of a reply"
        verbose_name_plural = "notices of replies"
        indexes = [due_index("reply_notice_due")]

    def __str__(self) -> str:
        return f"Notice of comment {self.comment_id}"

    @classmethod
    def announce(cls, reply: Comment) -> None:
        """What was published, taken back, and published again is told once."""
        notice, _ = cls.objects.get_or_create(comment=reply)
        if notice.told_at is None:
            notice.due_at = timezone.now()
            notice.save(update_fields=["due_at"])
            work.soon(notice)

    def perform(self) -> datetime | None:
        reply = self.comment
        if not reply.is_public:
            return None  # once it is published again it is announced again
        if not reply.article.is_public:
            return timezone.now() + WAIT_FOR_ARTICLE  # nobody announces what comes back with it
        for following in followers_of(reply):
            emails.tell_follower(following, reply)
        self.told_at = timezone.now()
        self.save(update_fields=["told_at"])
        return None


def followers_of(reply: Comment) -> list[Following]:
    """One for each reader, without those who know already: its writer, and the writer of a
    question to whom the answer itself was sent."""
    known = {reply.email.casefold()}
    if reply.staff is not None:
        known.add(str(getattr(reply.staff, "email", "")).casefold())
        known.add(reply.parent.email.casefold() if reply.parent else "")
    rows = Following.objects.awake().filter(comment__in=above(reply.pk))
    rows = rows.select_related("reader", "comment__article").order_by("-comment_id")
    found = {row.reader_id: row for row in rows if row.reader.email.casefold() not in known}
    return list(found.values())


def replies_below(followings: models.QuerySet[Following]) -> models.QuerySet[Comment]:
    """What was published below the comments followed, oldest first."""
    below_them = below(list(followings.values_list("comment_id", flat=True)))
    return Comment.objects.approved().filter(pk__in=below_them).oldest_first()


def above(comment: int) -> list[int]:
    """The keys of what a comment answers, up to the beginning of its thread."""
    return _keys(_ABOVE, [comment])


def below(comments: list[int]) -> list[int]:
    return _keys(_BELOW, [comments])


def _keys(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]
