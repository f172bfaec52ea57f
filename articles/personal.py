"""What this app keeps about one reader, known by an e-mail address: for the page on which the
site answers “what do you hold of mine?” and “delete it”. The roof calls it beside the same
of comments and newsletter.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backsite.lib.records import Actor

from .models import Feedback


def kept_of(email: str) -> list[dict[str, Any]]:
    """As JSON, the oldest first; empty where nothing is kept."""
    rows = Feedback.objects.of_person(email).select_related("article").order_by("created_at")
    return [
        {
            "what": "words about an article",
            "article": row.article.title,
            "said": row.get_kind_display(),
            "words": row.words,
            "email": row.email,
            "sent": row.created_at.isoformat(),
        }
        for row in rows.defer("article__body", "article__html", "article__search_text")
    ]


@transaction.atomic
def erase(email: str, *, by: Actor, why: str = "") -> int:
    """Takes out what is kept of them, for good, and says of how many rows."""
    rows = list(Feedback.objects.of_person(email))
    for row in rows:
        row.erase(by=by, why=why)
    return len(rows)
