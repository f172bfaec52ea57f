"""The log's lines cannot be changed; a test that needs older ones makes them so."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from comments.models import Comment, CommentEvent


def date_back(comment: Comment, at: datetime) -> None:
    """What was decided about it was decided then."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL backsite.erasing = 'on'")
        CommentEvent.objects.filter(comment=comment).update(at=at)
        cursor.execute("SET LOCAL backsite.erasing = 'off'")
