"""Two shapes that tables of every app share: rows that came from another system, and
rows that say who did what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

# None: the site itself (the worker, an import).
Actor: TypeAlias = "AbstractBaseUser | AnonymousUser | None"


class Imported(models.Model):
    """A row that may have come from another system.

    `import_key` names it there (site and id), so that a second import recognises it.
    """

    import_key = models.CharField(
        max_length=300, null=True, blank=True, unique=True, editable=False
    )

    class Meta:
        abstract = True


class Event(models.Model):
    """Who did what, when and why. Written by the verbs of a model, never changed after.

    `actor` keeps the name when the account is gone; empty means the site itself did it.
    """

    verb = models.CharField(max_length=40, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    actor = models.CharField(max_length=150, blank=True, editable=False)
    why = models.TextField(blank=True, editable=False)
    at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor or 'the site'}"


def actor_fields(by: Actor) -> dict[str, Any]:
    """The two columns that name an actor, for `Event.objects.create(**actor_fields(by))`."""
    if by is None or not is_person(by):
        return {"by": None, "actor": ""}
    return {"by": by, "actor": by.get_username()}


def is_person(by: Actor) -> bool:
    """Whether somebody who was logged in did it, and not the site itself."""
    return by is not None and by.pk is not None
