"""All that the site holds about one person, known by an e-mail address; and its erasure.

The rooms do not know each other: what each keeps is put together here.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from articles import personal as articles_kept
from backsite.lib.mail.models import Message
from backsite.lib.records import Actor
from comments import personal as comments_kept
from newsletter import kept as newsletter_kept

Held = dict[str, list[dict[str, Any]]]
# What somebody typed into a form says nothing of whose address it is.
TYPED: Final = "request in a form"


def held(email: str) -> Held:
    """By room, the oldest first, as JSON can hold it; rooms that keep nothing are left out."""
    rooms = {
        "newsletter": newsletter_kept.kept_of(email),
        "comments": comments_kept.kept_of(email),
        "articles": articles_kept.kept_of(email),
        "mails to you": _mails(email),
    }
    return {name: rows for name, rows in rooms.items() if rows}


def is_known(email: str) -> bool:
    """Whether anything is held of that address but what somebody typed into a form."""
    return any(row["what"] != TYPED for rows in held(email).values() for row in rows)


@transaction.atomic
def erase(email: str, *, by: Actor, why: str) -> None:
    """All of it or nothing. Proofs stay without a name, as the law asks for."""
    newsletter_kept.erase(email, by=by, why=why)
    comments_kept.erase(email, by=by, why=why)
    articles_kept.erase(email, by=by, why=why)
    Message.objects.to_person(email).forget()


def _mails(email: str) -> list[dict[str, Any]]:
    rows = Message.objects.to_person(email).order_by("created_at")
    fields = ("subject", "created_at", "sent_at", "text")
    return [
        {
            "what": "mail",
            "subject": row["subject"],
            "written": row["created_at"].isoformat(),
            "sent": row["sent_at"].isoformat() if row["sent_at"] else "",
            "text": row["text"],
        }
        for row in rows.values(*fields)
    ]
