"""What `manage.py check --database default` and `migrate` say of the comments' setup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import Error as DatabaseError


@checks.register(checks.Tags.database)
def somebody_gets_alerts(
    *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """A site whose readers nobody hears works in every other way; so it must be said."""
    from .models.alert import moderators

    if not databases:
        return []
    try:
        if moderators().exists():
            return []
    except DatabaseError:
        return []  # the tables are not there yet
    return [
        checks.Warning(
            "Nobody is told of new comments.",
            hint="Give an e-mail address to a member of staff who may change comments.",
            id="comments.W001",
        )
    ]
