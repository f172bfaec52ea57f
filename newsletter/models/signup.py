from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import models, transaction
from django.utils import timezone

from backsite.lib import work
from backsite.lib.bots import Submission, votes_on
from backsite.lib.privacy import keyed_hash
from backsite.lib.work import DueWork, due_index

from .. import emails
from .subscriber import Subscriber

# At most one mail to an address in this time, however often somebody types it in: the
# form must not become a way to flood a stranger's inbox.
ONE_MAIL_IN: Final = timedelta(minutes=15)
# Votes that weigh this much together are a bot's; it gets no mail and no other answer.
BOT_WEIGHT: Final = 5.0


class Signup(DueWork):
    """Somebody typed an address into a sign-up box.

    Kept as it came, and looked at afterwards by the worker: the page that answers is
    the same, and as quick, whether the address is new, subscribed, or has left.
    """

    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=80, blank=True)
    source_page = models.CharField(max_length=500, blank=True)
    form = models.CharField(max_length=40)
    wording = models.TextField()
    address_hash = models.CharField(max_length=64, blank=True)
    bot_reasons = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.PROTECT, related_name="signups"
    )
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "sign-up"
        indexes = [due_index("signup_due")]

    def __str__(self) -> str:
        return f"{self.email} from {self.source_page or self.form}"

    @classmethod
    @transaction.atomic
    def receive(
        cls,
        submission: Submission,
        *,
        email: str,
        first_name: str,
        source_page: str,
        wording: str,
    ) -> Signup:
        """Keeps the request, with the evidence of what was asked where and how."""
        votes = list(votes_on(submission))
        is_bot = sum(vote.weight for vote in votes) >= BOT_WEIGHT
        signup = cls.objects.create(
            email=email,
            first_name=first_name,
            source_page=source_page,
            form=submission.form,
            wording=wording,
            address_hash=keyed_hash(submission.address or "", purpose="network address"),
            bot_reasons="\n".join(vote.reason for vote in votes),
            outcome="taken for a bot" if is_bot else "",
            due_at=None if is_bot else timezone.now(),
        )
        if not is_bot:
            work.soon(signup)
        return signup

    @property
    def evidence(self) -> dict[str, str]:
        return {
            "source_page": self.source_page,
            "form": self.form,
            "wording": self.wording,
            "address_hash": self.address_hash,
        }

    def perform(self) -> None:
        """Writes the one mail that fits: please confirm, or you are already subscribed."""
        subscriber = self._subscriber()
        self.subscriber = subscriber
        if self._mailed_lately(subscriber):
            self.outcome = "mailed a moment ago"
        elif subscriber.is_confirmed:
            self.outcome = "already subscribed"
            emails.already_subscribed(subscriber, key=f"signup:{self.pk}")
        else:
            self.outcome = "asked to confirm"
            emails.ask_to_confirm(subscriber, key=f"signup:{self.pk}")
        self.save(update_fields=["subscriber", "outcome"])

    def _subscriber(self) -> Subscriber:
        """The person of that address, new or known, with this request on record."""
        with_address = Subscriber.objects.with_address(self.email).select_for_update(of=["self"])
        subscriber = with_address.first()
        if subscriber is None:
            subscriber = Subscriber.objects.create(email=self.email, first_name=self.first_name)
        elif self.first_name and not subscriber.is_confirmed:
            subscriber.first_name = self.first_name
            subscriber.save(update_fields=["first_name"])
        subscriber.record("ask", evidence=self.evidence)
        return subscriber

    def _mailed_lately(self, subscriber: Subscriber) -> bool:
        """Unless the person has left (or confirmed) since: then the moment is a new one."""
        since = timezone.now() - ONE_MAIL_IN
        if subscriber.left_at:
            since = max(since, subscriber.left_at)
        lately = subscriber.signups.exclude(pk=self.pk).filter(
            created_at__gte=since, outcome__in=["asked to confirm", "already subscribed"]
        )
        return lately.exists()
