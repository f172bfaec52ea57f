"""What this app keeps about one reader, known by an e-mail address: for the page on which the
site answers “what do you hold of mine?” and “delete it”. The roof calls it beside the same
of articles and newsletter.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backsite.lib.records import Actor

from .models import Comment, Reader
from .models.forgetting import forget_comment, forget_reader


def kept_of(email: str) -> list[dict[str, Any]]:
    """As JSON, the oldest first; empty where nothing is kept."""
    rows = Comment.objects.written_by(email).select_related("article", "origin")
    found = [_comment(row) for row in rows.order_by("created_at", "pk")]
    reader = Reader.objects.at(email).prefetch_related("notes").first()
    return [*found, *([_reader(reader)] if reader else [])]


def _comment(row: Comment) -> dict[str, Any]:
    origin = getattr(row, "origin", None)
    return {
        "what": "comment",
        "article": row.article.title,
        "name": row.name,
        "email": row.email,
        "website": row.website,
        "text": row.text,
        "state": row.get_state_display(),
        "written": row.created_at.isoformat(),
        "network address": (origin.address or "") if origin else "",
        "browser": origin.user_agent if origin else "",
        "page before": origin.referrer if origin else "",
    }


def _reader(reader: Reader) -> dict[str, Any]:
    return {
        "what": "reader of the discussions",
        "email": reader.email,
        "first seen": reader.first_seen_at.isoformat(),
        "address confirmed": reader.confirmed_at.isoformat() if reader.confirmed_at else "",
        "wants no mails": reader.muted_at.isoformat() if reader.muted_at else "",
        "blocked": reader.blocked_at.isoformat() if reader.blocked_at else "",
        "notes of staff": [note.text for note in reader.notes.all()],
    }


@transaction.atomic
def erase(email: str, *, by: Actor, why: str = "") -> int:
    """Takes out what is kept of them, for good, and says of how many comments. Their words
    that staff have put into an article stay there: they are the article's, without a name."""
    rows = list(Comment.objects.written_by(email).order_by("-pk"))  # answers before questions
    for row in rows:
        forget_comment(row, by=by, why=why)
    forget_reader(email)
    return len(rows)
