"""Spam and trash: kept for a time, listed to staff, and only then deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone

from articles.models import Article
from backsite.lib.mail.models import Message
from backsite.lib.work import Round, due_index

from .. import staff_emails
from .alerting import AlertChoice
from .comment import Comment
from .discussion import Discussion
from .records import CommentEvent

# A letter longer than this is cut off by mail programs, and read by nobody.
MOST_LISTED: Final = 300
LETTERS_APART: Final = timedelta(hours=20)
# Between the letter that lists a comment and its deletion somebody may be on holiday.
TIME_TO_RESCUE: Final = timedelta(days=7)
# Deleted in one transaction: the worker is not away from other work for long.
AT_ONCE: Final = 100


class SpamLetter(models.Model):
    """One list of what was put away, as a message to each who gets alerts."""

    at = models.DateTimeField(auto_now_add=True)
    messages = models.ManyToManyField(Message, related_name="+")

    def __str__(self) -> str:
        return f"List of {self.at:%Y-%m-%d}"


class Listed(models.Model):
    """This comment stands in that letter."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="listed")
    letter = models.ForeignKey(SpamLetter, on_delete=models.CASCADE, related_name="listed")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Comment {self.comment_id} in letter {self.letter_id}"


class DeletedComment(models.Model):
    """What stays of a comment that was deleted: no words and no name, only that it was."""

    number = models.BigIntegerField(unique=True)
    article = models.ForeignKey(Article, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10)
    written_at = models.DateTimeField()
    deleted_at = models.DateTimeField(auto_now_add=True)
    events = models.JSONField(help_text="Who decided what, and when.")

    class Meta:
        indexes = [models.Index(fields=["written_at"], name="deleted_comment_written")]

    def __str__(self) -> str:
        return f"Comment {self.number}, deleted {self.deleted_at:%Y-%m-%d}"


def put_away() -> models.QuerySet[Comment]:
    return Comment.objects.filter(Q(state="spam") | Q(state="trash"), staff=None)


def to_list() -> models.QuerySet[Comment]:
    """Put away, and in no letter since somebody last decided about it."""
    later = CommentEvent.objects.filter(comment=OuterRef("pk"), at__gt=OuterRef("listed__at"))
    return put_away().filter(Q(listed=None) | Exists(later)).order_by("pk")


def to_delete() -> models.QuerySet[Comment]:
    """Listed in a letter that has left, long enough ago; nothing decided in the keeping
    time; and nobody's words hang on it."""
    now = timezone.now()
    kept_until = now - timedelta(days=Discussion.current().kept_days)
    left_by = now - TIME_TO_RESCUE
    left = Q(sent_at__lte=left_by) | Q(kept_at__lte=left_by)
    letters = SpamLetter.messages.through.objects.filter(
        spamletter=OuterRef("listed__letter"),
        message__in=Message.objects.filter(left),
    )
    decided = CommentEvent.objects.filter(comment=OuterRef("pk"))
    return (
        put_away()
        .filter(created_at__lte=kept_until, replies=None, listed__at__lte=now)
        .filter(
            Exists(letters),
            ~Exists(decided.filter(Q(at__gt=kept_until) | Q(at__gt=OuterRef("listed__at")))),
        )
        .order_by("pk")
    )


class SpamRound(Round):
    """Lists once a day what was put away, and deletes what has been listed and kept."""

    EVERY = timedelta(minutes=10)

    class Meta:
        verbose_name = "clearing away of spam"
        verbose_name_plural = "clearings away of spam"
        indexes = [due_index("spam_round_due")]

    def __str__(self) -> str:
        return "The clearing away of spam"

    def perform(self) -> None:
        self._list()
        self._delete()

    def _list(self) -> None:
        people = AlertChoice.objects.who_get_alerts()
        newest = SpamLetter.objects.order_by("-pk").first()
        if not people or (newest and newest.at > timezone.now() - LETTERS_APART):
            return
        rows = to_list().select_related("article").prefetch_related("votes", "events")
        comments = list(rows.defer("article__body", "article__html")[:MOST_LISTED])
        if not comments:
            return
        left = to_list().count() - len(comments)
        letter = SpamLetter.objects.create()
        days = Discussion.current().kept_days
        letter.messages.set(
            staff_emails.list_spam(row.user, comments, left=left, days=days, number=letter.pk)
            for row in people
        )
        if left:  # the next round goes on with the list
            SpamLetter.objects.filter(pk=letter.pk).update(at=timezone.now() - LETTERS_APART)
        for comment in comments:
            Listed.objects.update_or_create(
                comment=comment, defaults={"letter": letter, "at": timezone.now()}
            )

    def _delete(self) -> None:
        """A rescue at the same moment wins: what a person holds is passed over."""
        locked = Comment.objects.select_for_update(of=("self",), skip_locked=True)
        keys = list(to_delete().values_list("pk", flat=True)[:AT_ONCE])
        for comment in locked.filter(pk__in=keys).order_by("pk"):
            if to_delete().filter(pk=comment.pk).exists():
                delete_for_good(comment)


@transaction.atomic
def delete_for_good(comment: Comment) -> None:
    """What was learned from it stays learned, and the log keeps who decided what; the words
    and the address are gone. What something else still needs stays."""
    told: list[dict[str, Any]] = [
        {"verb": event.verb, "actor": event.actor, "at": event.at.isoformat()}
        for event in comment.events.all()
    ]
    fields = {
        "article_id": comment.article_id,
        "state": comment.state,
        "written_at": comment.created_at,
        "events": told,
    }
    try:
        with transaction.atomic():
            DeletedComment.objects.get_or_create(number=comment.pk, defaults=fields)
            comment.delete()
    except (ProtectedError, RestrictedError):
        # It stays for ever, then; put behind the others, so that it holds up nobody.
        Listed.objects.filter(comment=comment).update(at=F("at") + timedelta(days=36500))
