"""What nobody needs any more goes away by itself. Rounds of their own: whatever fails in one
of them stops neither the other nor the mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from backsite.lib.work import Round, due_index

from .bounce import ReturnedMail
from .hit import Hit
from .importing import ListImport
from .link_look import LinkLook


class ForgettingRound(Round):
    EVERY = timedelta(minutes=3)

    class Meta:
        verbose_name = "forgetting of what is old"
        verbose_name_plural = "forgettings of what is old"
        indexes = [due_index("forgetting_round_due")]

    def __str__(self) -> str:
        return "The forgetting of what is old"

    def perform(self) -> datetime | None:
        ReturnedMail.objects.forget_old()
        ListImport.forget_old()
        Hit.objects.forget_visitors()
        Hit.objects.forget_persons_not_counted()
        LinkLook.objects.forget_old()
        return None


class ErasingRound(Round):
    """Whose consent has to be proved to nobody any more."""

    EVERY = timedelta(minutes=10)

    class Meta:
        verbose_name = "erasing of those who left long ago"
        verbose_name_plural = "erasings of those who left long ago"
        indexes = [due_index("erasing_round_due")]

    def __str__(self) -> str:
        return "The erasing of those who left long ago"

    def perform(self) -> datetime | None:
        from ..kept import erase_who_left_long_ago

        erase_who_left_long_ago()
        return None
