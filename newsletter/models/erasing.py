"""The tables that know a subscriber's address or words beside their own row."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from backsite.lib.mail.models import Message

from .consent import WHY
from .hit import Hit
from .move import Move
from .signup import Signup
from .subscriber import AWAY, Subscriber, SubscriberQuerySet


def left_before(moment: datetime) -> SubscriberQuerySet:
    """Who left before, and has not asked for anything since."""
    asked = Signup.objects.alias(lower=Lower("email")).filter(
        lower=Lower(OuterRef("email")), created_at__gt=moment
    )
    gone = Subscriber.objects.filter(AWAY, left_at__lt=moment)
    return gone.exclude(Exists(asked)).order_by("left_at")


def forget_elsewhere(subscriber: Subscriber, address: str) -> None:
    """Part of `Subscriber.erase`, in its transaction."""
    Signup.objects.to_address(address).forget()
    subscriber.signups.all().forget()
    Move.objects.filter(Q(subscriber=subscriber) | Q(other=subscriber)).forget()
    subscriber.events.filter(verb=WHY).update(why="")
    subscriber.deliveries.update(answer="")
    Hit.objects.filter(delivery__subscriber=subscriber).forget_persons()
    Message.objects.to_person(address).about("newsletter/").forget()
