"""What proves that somebody agreed, and how they changed it since."""

from __future__ import annotations

from typing import Final, TypeAlias

from django.db import models
from django.utils import timezone

from backsite.lib.records import Event

# These columns of a ConsentEvent.
EVIDENCE: Final = ("source_page", "form", "wording", "address_hash")
Evidence: TypeAlias = dict[str, str]
LONGEST_ABOUT: Final = 200
# The verb of what people say after leaving, and how often they may put it otherwise.
WHY: Final = "say why"
MOST_REASONS: Final = 5


class ConsentEvent(Event):
    """The proof of consent: when (`at`), where, to which words, from which (hashed) address."""

    subscriber = models.ForeignKey(
        "newsletter.Subscriber", on_delete=models.PROTECT, related_name="events"
    )
    # When the person acted: a request may wait for the worker before it is on record.
    at = models.DateTimeField(default=timezone.now, editable=False)
    source_page = models.CharField(max_length=500, blank=True, editable=False)
    form = models.CharField(max_length=40, blank=True, editable=False)
    about = models.CharField("what", max_length=LONGEST_ABOUT, blank=True, editable=False)
    wording = models.TextField("wording shown", blank=True, editable=False)
    address_hash = models.CharField(
        "network address (hash)",
        max_length=64,
        blank=True,
        editable=False,
        help_text="Keyed hash of the IP address: the same address gives the same hash.",
    )

    class Meta(Event.Meta):
        verbose_name = "proof of consent"
        verbose_name_plural = "proofs of consent"

    def __str__(self) -> str:
        return f"{self.verb}, {self.actor or 'by the person'}"


class LeavingReason(ConsentEvent):
    """What people said after leaving."""

    class Meta(ConsentEvent.Meta):
        proxy = True
        verbose_name = "reason for leaving"
        verbose_name_plural = "reasons for leaving"

    @classmethod
    def said(cls) -> models.QuerySet[LeavingReason]:
        return cls._default_manager.filter(verb=WHY)
