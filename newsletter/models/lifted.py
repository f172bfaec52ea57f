from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone

from backsite.lib.mail.models import Message, MessageQuerySet
from backsite.lib.web import OUTAGE
from backsite.lib.work import Round, due_index

from .. import emails
from .handover import Handover
from .subscriber import Subscriber
from .suppression import Suppression

# Longer than a pause: whoever is in one gets theirs when it is over.
LOOKS_BACK: Final = timedelta(days=60)
TEMPLATES: Final = ("newsletter/mail/welcome", "newsletter/mail/edition")
log = logging.getLogger("backsite.newsletter")


class LiftedRound(Round):
    """Sends what met a suppression on its way that was lifted since. Asked of the tables: what
    is held at the very moment of the lifting is found by the next round. Letters of a course
    look after themselves, since they must not overtake each other."""

    EVERY = timedelta(minutes=3)

    class Meta:
        verbose_name = "sending of mails to addresses that work again"
        verbose_name_plural = "sendings of mails to addresses that work again"
        indexes = [due_index("lifted_round_due")]

    def __str__(self) -> str:
        return "The sending of mails to addresses that work again"

    def perform(self) -> datetime | None:
        for address in _held_to().values_list("to", flat=True).distinct():
            try:
                with transaction.atomic():
                    for person in Subscriber.objects.mailable().with_address(address):
                        send_held(person)
            except OUTAGE:
                raise
            except Exception as error:
                # The others get theirs; this one is tried again in the next round. What it says
                # may hold the address.
                log.error("What was held for one address cannot be sent: %s", type(error).__name__)
        return None


def _held_to() -> MessageQuerySet:
    """Begins with the mails, of which few are held: thousands of suppressions may be lifted."""
    since = timezone.now() - LOOKS_BACK
    lifted = Suppression.objects.lifted_since(since).filter(email=Lower(OuterRef("to")))
    return Message.objects.held().filter(Exists(lifted), template__in=TEMPLATES)


def send_held(person: Subscriber) -> None:
    """Those of them that still say what is so. One that somebody else has in hand just now is
    passed over: staff send it again themselves, or the next round does."""
    held = Message.objects.held().to_person(person.email).filter(key__in=_still_meant(person))
    for message in held.select_for_update(skip_locked=True):
        message.send_again()


def _still_meant(person: Subscriber) -> list[str]:
    """The welcome of this subscription, and of each book the newest edition, where they still
    want to hear of it."""
    waiting = Handover.objects.filter(subscriber=person, wants_news=True, book__offered=True)
    newest = [
        emails.edition_key(handover, edition)
        for handover in waiting.select_related("book")
        for edition in handover.book.editions.filter(number=handover.book.number)
    ]
    return [emails.welcome_key(person), *newest]
