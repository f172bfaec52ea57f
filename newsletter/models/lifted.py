from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from backsite.lib.mail.models import Message
from backsite.lib.work import Round, due_index

from .. import emails
from .handover import Handover
from .subscriber import Subscriber
from .suppression import Suppression

# Longer than a pause: whoever is in one gets theirs when it is over.
LOOKS_BACK: Final = timedelta(days=60)


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
        for row in Suppression.objects.lifted_since(timezone.now() - LOOKS_BACK):
            person = Subscriber.objects.mailable().with_address(row.email).first()
            if person is not None:
                send_held(person)
        return None


def send_held(person: Subscriber) -> None:
    """Those of them that still say what is so."""
    held = Message.objects.held().to_person(person.email)
    for message in held.filter(key__in=_still_meant(person)).select_for_update():
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
