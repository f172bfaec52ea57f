from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from backsite.lib import captcha, work
from backsite.lib.bots import Submission, Vote, votes_on
from backsite.lib.privacy import keyed_hash
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails
from .subscriber import Subscriber

# At most one mail to an address in this time, and at most so many in a day, however
# often somebody types it in: the form must not become a way to flood a stranger's inbox.
ONE_MAIL_IN: Final = timedelta(minutes=15)
MOST_MAILS_A_DAY: Final = 4
DAY: Final = timedelta(days=1)
# Votes that weigh this much together are a bot's; the form then asks once more, openly.
BOT_WEIGHT: Final = 5.0


class SignupQuerySet(DueQuerySet):
    def answered_since(self, since: datetime) -> Self:
        """Those that had a mail written to their address at that time or later."""
        return self.filter(answered_at__gte=since)


class Signup(DueWork):
    """Somebody typed an address into a sign-up box.

    Kept as it came, and looked at afterwards by the worker: the page that answers is
    the same, and as quick, whether the address is new, subscribed, or has left.
    """

    class Outcome(models.TextChoices):
        ASKED = "asked", "asked to confirm"
        SUBSCRIBED = "subscribed", "was subscribed already, told so"
        RECENT = "recent", "no second mail: had one a moment ago"
        BOT = "bot", "taken for a bot, asked to press again"

    email = models.EmailField("e-mail", max_length=254, editable=False)
    first_name = models.CharField(max_length=80, blank=True, editable=False)
    source_page = models.CharField(max_length=500, blank=True, editable=False)
    form = models.CharField(max_length=40, editable=False)
    wording = models.TextField("wording shown", editable=False)
    address_hash = models.CharField(
        "network address (hash)", max_length=64, blank=True, editable=False
    )
    bot_weight = models.FloatField(default=0.0, editable=False)
    captcha = models.TextField(blank=True, editable=False)
    bot_reasons = models.TextField("what the checks say", blank=True, editable=False)
    created_at = models.DateTimeField("asked", default=timezone.now, editable=False)
    answered_at = models.DateTimeField("mail written", null=True, blank=True, editable=False)
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.PROTECT, related_name="signups", editable=False
    )
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True, editable=False)

    objects = SignupQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-up"
        indexes = [due_index("signup_due")]

    def __str__(self) -> str:
        return f"{self.email} from {self.source_page or self.form}"

    @property
    def is_taken_for_bot(self) -> bool:
        return self.outcome == self.Outcome.BOT

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
        weight = sum(vote.weight for vote in votes)
        is_bot = weight >= BOT_WEIGHT
        signup = cls.objects.create(
            email=email,
            first_name=first_name,
            source_page=source_page,
            form=submission.form,
            wording=wording,
            address_hash=network_hash(submission.address),
            bot_weight=weight,
            bot_reasons="\n".join(vote.reason for vote in votes),
            captcha=submission.captcha if settings.RECAPTCHA_ON else "",
            outcome=cls.Outcome.BOT if is_bot else "",
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
        if self.captcha and self._is_bot_to_captcha():
            self.outcome = self.Outcome.BOT
            self.save(update_fields=["outcome", "captcha", "bot_weight", "bot_reasons"])
            return
        subscriber = self._subscriber()
        self.subscriber = subscriber
        if self._mailed_lately(subscriber):
            self.outcome = self.Outcome.RECENT
        elif subscriber.is_confirmed:
            self.outcome, self.answered_at = self.Outcome.SUBSCRIBED, timezone.now()
            emails.already_subscribed(subscriber, key=f"signup:{self.pk}")
        else:
            self.outcome, self.answered_at = self.Outcome.ASKED, timezone.now()
            emails.ask_to_confirm(subscriber, key=f"signup:{self.pk}")
        self.save()

    def _is_bot_to_captcha(self) -> bool:
        """Google's word counts together with the other votes, never alone. A Google that
        cannot be reached holds nobody up: the mail only asks, and to one address seldom."""
        try:
            vote = captcha.vote_on(self.captcha, None)
        except captcha.Unreachable as error:
            vote = Vote(captcha.NAME, 0.0, f"Google could not be reached ({error})")
        self.captcha = ""
        self.bot_weight += vote.weight
        self.bot_reasons = f"{self.bot_reasons}\n{vote.reason}".strip()
        return self.bot_weight >= BOT_WEIGHT

    def _subscriber(self) -> Subscriber:
        """The person of that address, new or known, with this request on record.

        Locked: of two requests for one address the second sees what the first did.
        """
        subscribers = Subscriber.objects.with_address(self.email).select_for_update()
        subscriber = subscribers.first()
        if subscriber is None:
            # Two workers may both get here: the second's row meets the unique address
            # and is left out, and both go on with the first's.
            new = Subscriber(email=self.email, first_name=self.first_name)
            Subscriber.objects.bulk_create([new], ignore_conflicts=True)
            subscriber = subscribers.get()
        elif self.first_name and not subscriber.is_confirmed:
            subscriber.first_name = self.first_name
            subscriber.save(update_fields=["first_name"])
        if self.subscriber_id is None:  # else this is a further round of the same request
            subscriber.record("ask", evidence=self.evidence, at=self.created_at)
        return subscriber

    def _mailed_lately(self, subscriber: Subscriber) -> bool:
        """What was written before the person left does not count: they ask anew."""
        now = timezone.now()
        left = subscriber.left_at or now - DAY
        others = subscriber.signups.exclude(pk=self.pk)
        if others.answered_since(max(now - ONE_MAIL_IN, left)).exists():
            return True
        return others.answered_since(now - DAY).count() >= MOST_MAILS_A_DAY


def network_hash(address: str | None) -> str:
    """How a network address is kept: recognisable, and not to be read back."""
    return keyed_hash(address or "", purpose="network address")
