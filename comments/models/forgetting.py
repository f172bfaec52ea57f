"""Taking out who wrote a comment and what it said, where others' words hang on it."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from backsite.lib.mail.models import Message
from backsite.lib.records import Actor, actor_fields

from ..filter.classifier import lessons
from .comment import Comment
from .keeping import delete_for_good
from .reader import Reader

NOBODY: Final = "Somebody"


@transaction.atomic
def forget_comment(comment: Comment, *, by: Actor, why: str) -> None:
    """Gone for good where nobody answered it. Else its place stays, empty, so that the
    answers below it still stand under something."""
    _let_the_log_be_changed()
    lessons.unlearn(comment)  # what was learned are its words
    Message.objects.filter(comment_alerts__comment=comment).forget()
    if not comment.replies.exists() and not hasattr(comment, "promotion"):
        delete_for_good(comment)
        return
    comment.withdraw()
    comment.name, comment.email, comment.website = NOBODY, "", ""
    comment.text = comment.html = ""
    comment.save(update_fields=["name", "email", "website", "text", "html"])
    comment.events.update(why="")
    comment.events.create(verb="forget", why=why, **actor_fields(by))
    for kept in ("votes", "dangers", "rule_hits", "reports", "drafts", "link_requests"):
        getattr(comment, kept).all().delete()
    for kept in ("origin", "akismet_check", "captcha_check", "text_print", "following", "lesson"):
        if (row := getattr(comment, kept, None)) is not None:
            row.delete()


@transaction.atomic
def forget_reader(email: str) -> None:
    """A blocked address stays known as such, and nothing else about it."""
    _let_the_log_be_changed()
    reader = Reader.objects.at(email).select_for_update().first()
    if reader is None:
        return
    if reader.blocked_at is None:
        reader.delete()
    else:
        reader.notes.all().delete()
        reader.followings.all().delete()


def _let_the_log_be_changed() -> None:
    """For this transaction alone; see log_guard."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL backsite.erasing = 'on'")
