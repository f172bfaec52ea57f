"""The tables that know a subscriber's address or words beside their own row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from backsite.lib.mail.models import Message

from .consent import WHY
from .handover import Handover
from .hit import Hit
from .move import Move
from .signup import Signup
from .subscriber import AWAY, Subscriber, SubscriberQuerySet

# Whoever has opened a book within it, or asked for its link anew, is still reading it: erasing
# them would take it away.
STILL_READING: Final = timedelta(days=365)


def left_before(moment: datetime) -> SubscriberQuerySet:
    """Who left before, has not asked for anything since, and reads no book of ours."""
    asked = Signup.objects.alias(lower=Lower("email")).filter(
        lower=Lower(OuterRef("email")), created_at__gt=moment
    )
    lately = timezone.now() - STILL_READING
    used = Q(opened_last_at__gt=lately) | Q(mailed_at__gt=lately)
    reading = Handover.objects.filter(used, subscriber=OuterRef("pk"))
    gone = Subscriber.objects.filter(AWAY, left_at__lt=moment)
    return gone.exclude(Exists(asked)).exclude(Exists(reading)).order_by("left_at")


def forget_elsewhere(subscriber: Subscriber, address: str) -> None:
    """Part of `Subscriber.erase`, in its transaction."""
    Signup.objects.to_address(address).forget()
    subscriber.signups.all().forget()
    Move.objects.filter(Q(subscriber=subscriber) | Q(other=subscriber)).forget()
    Move.objects.to_address(address).forget()
    subscriber.events.filter(verb=WHY).update(why="")
    subscriber.deliveries.update(answer="")
    Hit.objects.filter(delivery__subscriber=subscriber).forget_persons()
    Message.objects.to_person(address).about("newsletter/").forget()
