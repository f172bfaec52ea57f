from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backsite.lib.work import Round, due_index


class MailboxRound(Round):
    """Looks every few minutes for what came back."""

    EVERY = timedelta(minutes=3)

    class Meta:
        verbose_name = "look into the mailbox for bounces"
        verbose_name_plural = "looks into the mailbox for bounces"
        indexes = [due_index("mailbox_round_due")]

    def __str__(self) -> str:
        return "The look into the mailbox for bounces"

    def perform(self) -> datetime | None:
        """What is taken in here is committed with this round; then it is removed there."""
        from ..mailbox.boxes import BoxAwayError
        from ..mailbox.looking import Look

        if settings.BOUNCES is None:
            return None
        look = Look(settings.BOUNCES)
        if closed_until := look.service.closed_until():
            return closed_until
        try:
            look.take_in()
        except BoxAwayError:
            return look.service.closed_until()
        transaction.on_commit(look.finish, robust=True)
        return timezone.now() + timedelta(seconds=1) if look.may_be_more else None
