"""The ledger: one row for each issue and subscriber, and what became of it."""

from __future__ import annotations

import re
from typing import Final, Self

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import returns
from .issue import Issue
from .subscriber import Subscriber

_MESSAGE_ID: Final = re.compile(r"<?i(\d+)\.([0-9a-f]{16})@")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        """Still to be handed over, also while a sender has them in hand."""
        return self.filter(state=Delivery.State.WAITING)

    def in_hand(self) -> Self:
        return self.waiting().filter(sender_id__isnull=False)

    def retried(self) -> Self:
        """Refused for the moment, to be tried again."""
        return self.waiting().filter(attempts__gt=0)

    def sent(self) -> Self:
        return self.filter(state=Delivery.State.SENT)

    def refused(self) -> Self:
        return self.filter(state=Delivery.State.REFUSED)

    def skipped(self) -> Self:
        return self.filter(state=Delivery.State.SKIPPED)

    def by_state(self) -> dict[str, int]:
        """How many stand where."""
        rows = self.order_by().values_list("state").annotate(Count("pk"))
        return dict.fromkeys(Delivery.State.values, 0) | dict(rows)

    def of_message_id(self, message_id: str) -> Delivery | None:
        """The row that a Message-ID of ours belongs to."""
        found = _MESSAGE_ID.search(message_id)
        if found is None or len(found[1]) > 18:
            return None
        return self.filter(pk=int(found[1]), issue__key=found[2]).first()


class Delivery(models.Model):
    """One issue to one person.

    Written in one statement when the issue begins; from then on `models/ledger.py` alone
    writes it while it is handed over.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        HELD = "held", _("waiting for the better subject")
        SENT = "sent", _("handed over")
        REFUSED = "refused", _("refused")
        SKIPPED = "skipped", _("left out")

    class Variant(models.TextChoices):
        NONE = "", "the one subject"
        A = "a", "subject A"
        B = "b", "subject B"

    issue = models.ForeignKey(
        Issue, on_delete=models.PROTECT, related_name="deliveries", db_index=False, editable=False
    )
    # Null when somebody was erased: the numbers stay true.
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries", editable=False
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING, editable=False)
    variant = models.CharField(
        max_length=1, choices=Variant, blank=True, default=Variant.NONE, editable=False
    )
    domain = models.CharField("receiving domain", max_length=253, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField("not before", default=timezone.now, editable=False)
    settled_at = models.DateTimeField("when", null=True, editable=False)
    answer = models.TextField("the server's last answer", blank=True, default="", editable=False)
    # Who has it in hand. No foreign key: a million rows would each look it up.
    sender_id = models.BigIntegerField(null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["issue", "subscriber"], name="delivery_once"),
        ]
        indexes = [
            models.Index("issue", "id", condition=Q(state="waiting"), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} to {self.subscriber_id}"

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a repeat is recognised as one."""
        return self.issue.message_id(self.pk)

    @property
    def return_path(self) -> str:
        """The envelope sender; empty where no return address is set."""
        return returns.return_path(returns.LETTER, self.pk)

    @property
    def is_of_subscribed(self) -> bool:
        """Only while it is is anything more written down of this reader."""
        person = self.subscriber
        return person is not None and person.is_confirmed and person.erased_at is None

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
