"""A person who writes comments, known by an e-mail address."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Upper
from django.utils import timezone

from backsite.lib.records import Actor, Event, actor_fields


class ReaderQuerySet(models.QuerySet["Reader"]):
    def at(self, email: str) -> Self:
        """The one with this address, however its capitals are written."""
        return self.filter(email__iexact=email) if email else self.none()

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)


class Reader(models.Model):
    """One address under which comments were written.

    Anybody can type anybody's address: nothing is granted to it before `confirmed_at`,
    when whoever reads its mail pressed a button there.
    """

    email = models.EmailField(max_length=254)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    muted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Wants no mails about replies at all."
    )
    blocked_at = models.DateTimeField(null=True, blank=True, editable=False)
    trusted_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_seen_at = models.DateTimeField(auto_now_add=True, editable=False)

    objects = models.Manager.from_queryset(ReaderQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("email"), name="reader_of_address"),
            models.CheckConstraint(
                condition=models.Q(blocked_at=None) | models.Q(trusted_at=None),
                name="reader_not_blocked_and_trusted",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def of(cls, email: str) -> Reader:
        """The reader at this address, made when there is none yet."""
        found = cls.objects.at(email).first()
        if found is None:
            Reader.objects.bulk_create([Reader(email=email)], ignore_conflicts=True)
            found = cls.objects.at(email).get()
        return found

    @transaction.atomic
    def confirm(self) -> None:
        """Whoever reads the mail of this address has said so."""
        if self.confirmed_at is None:
            self._set("confirm", None, confirmed=True)

    def mute(self, *, by: Actor = None) -> None:
        if self.muted_at is None:
            self._set("mute", by, muted=True)

    def unmute(self, *, by: Actor = None) -> None:
        if self.muted_at is not None:
            self._set("unmute", by, muted=False)

    def block(self, *, by: Actor, why: str = "") -> None:
        """What comes from this address goes to spam from now on, until unblocked."""
        if self.blocked_at is None:
            self._set("block", by, why, blocked=True, trusted=False)

    def unblock(self, *, by: Actor, why: str = "") -> None:
        if self.blocked_at is not None:
            self._set("unblock", by, why, blocked=False)

    def trust(self, *, by: Actor, why: str = "") -> None:
        """Its comments are published at once, provided that the address is confirmed."""
        if self.trusted_at is None:
            self._set("trust", by, why, trusted=True, blocked=False)

    def distrust(self, *, by: Actor, why: str = "") -> None:
        if self.trusted_at is not None:
            self._set("distrust", by, why, trusted=False)

    def note(self, text: str, *, by: Actor) -> ReaderNote:
        return self.notes.create(text=text, **actor_fields(by))

    @transaction.atomic
    def _set(self, verb: str, by: Actor, why: str = "", **marks: bool) -> None:
        now = timezone.now()
        for name, on in marks.items():
            before = getattr(self, f"{name}_at")
            setattr(self, f"{name}_at", (before or now) if on else None)
        self.save(update_fields=[f"{name}_at" for name in marks])
        self.events.create(verb=verb, why=why, **actor_fields(by))


class ReaderEvent(Event):
    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="events")


class ReaderNote(models.Model):
    """What staff want to remember about somebody; readers never see it."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=2_000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Note on {self.reader}"
