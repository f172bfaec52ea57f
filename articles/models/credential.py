"""What somebody is qualified in, who says so, and until when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from backsite.lib.records import Actor, Event, actor_fields

from .author import Author


class CredentialQuerySet(models.QuerySet["Credential"]):
    def checked(self) -> Self:
        return self.exclude(checked_at=None)

    def ending_by(self, day: date) -> Self:
        """Those that end until then, and those that have ended."""
        return self.filter(valid_until__lte=day)


class Credential(models.Model):
    """A registration, licence or degree of an author, which readers see while it is valid
    and since a member of staff has looked it up at the body that issued it."""

    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="held_credentials")
    what = models.CharField(max_length=120, help_text="e.g. Physiotherapist, General practitioner")
    issued_by = models.CharField(
        "issuing body", max_length=160, help_text="e.g. Health and Care Professions Council (HCPC)"
    )
    number = models.CharField(
        max_length=60, blank=True, help_text="By which readers find it in a public register."
    )
    valid_from = models.DateField()
    valid_until = models.DateField(
        null=True, blank=True, help_text="The last day. Empty only for what never ends: a degree."
    )
    checked_at = models.DateTimeField("checked", null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="credential_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author.name}: {self.line}"

    @property
    def line(self) -> str:
        """As readers see it beside the name."""
        number = f" {self.number}" if self.number else ""
        return f"{self.what}, {self.issued_by}{number}"

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def may_be_shown_on(self, day: date) -> bool:
        return self.checked_at is not None and self.is_valid_on(day)

    @transaction.atomic
    def check_off(self, *, by: Actor, why: str = "") -> None:
        """A member of staff has looked it up at the issuing body."""
        fields = actor_fields(by)
        self.checked_at, self.checked_by = timezone.now(), fields["by"]
        self.save(update_fields=["checked_at", "checked_by"])
        self.events.create(verb="check", why=why, **fields)

    @transaction.atomic
    def doubt(self, *, by: Actor, why: str = "") -> None:
        """It must be looked up (again) before readers see it."""
        if self.checked_at is None:
            return
        self.checked_at = self.checked_by = None
        self.save(update_fields=["checked_at", "checked_by"])
        self.events.create(verb="doubt", why=why, **actor_fields(by))


class CredentialEvent(Event):
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="events")


def credentials_line(author: Author, day: date | None = None) -> str:
    """What stands beside an author's name on that day (today).

    The free text stands in only for authors whose credentials nobody has recorded yet:
    once they are, a lapsed one must not be claimed on by an old sentence.
    """
    held = list(author.held_credentials.all())
    if not held:
        return author.credentials
    on = day or timezone.localdate()
    return "; ".join(row.line for row in held if row.may_be_shown_on(on))
