from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from backsite.lib import captcha, work
from backsite.lib.bots import Submission, Vote, votes_on
from backsite.lib.disposable import vote_on_address
from backsite.lib.privacy import keyed_hash
from backsite.lib.signs import votes_on_words
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails, links
from .book import Book
from .subscriber import Subscriber
from .suppression import Suppression
from .welcome import give_books
from .window import is_full, one_at_a_time

# Once, after so long, whoever has not pressed the button is asked again.
REMIND_AFTER: Final = timedelta(days=2)
# The link to confirm is dead by then: what was typed is of no more use, and is forgotten.
FORGET_AFTER: Final = timedelta(days=40)
ASK_A_COMPLAINER_EVERY: Final = timedelta(days=30)
# Whoever looks this much like a bot is not reminded, though the first mail may go out.
NOT_REMINDED: Final = 2.0
# Votes that weigh this much together are a bot's; the form then asks once more, openly.
BOT_WEIGHT: Final = 5.0


class SignupQuerySet(DueQuerySet):
    def to_address(self, email: str) -> Self:
        return self.alias(lower=Lower("email")).filter(lower=email.lower())

    def forget(self) -> int:
        """What came of it stays; who it was goes, and nothing more is done about it."""
        return self.update(
            email="", first_name="", captcha="", bot_reasons="", last_error="", due_at=None
        )

    def asking(self) -> Self:
        """Those of somebody who wants the letter."""
        return self.filter(kind=Signup.Kind.SIGN_UP)

    def unanswered(self) -> Self:
        return self.waiting().filter(answered_at=None).exclude(outcome=Signup.Outcome.BOT)

    def answered_since(self, since: datetime) -> Self:
        """Those that had a mail written to their address at that time or later."""
        return self.filter(answered_at__gte=since)


class Signup(DueWork):
    """Somebody typed an address into a form: to sign up, or to get the link to their page.

    Kept as it came, and looked at afterwards by the worker: the page that answers is
    the same, and as quick, whether the address is new, subscribed, or has left.
    """

    class Outcome(models.TextChoices):
        ASKED = "asked", "asked to confirm"
        SUBSCRIBED = "subscribed", "was subscribed already, told so"
        RECENT = "recent", "no second mail: had one a moment ago"
        BOT = "bot", "taken for a bot, asked to press again"
        LINK = "link", "sent the link"
        NOBODY = "nobody", "no such address on the list, no mail"

    class Kind(models.TextChoices):
        SIGN_UP = "sign-up", "sign-up"
        LINK = "link", "asked for their page"
        DATA = "data", "asked for their data"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SIGN_UP, editable=False)
    email = models.EmailField("e-mail", max_length=254, editable=False)
    first_name = models.CharField(max_length=80, blank=True, editable=False)
    source_page = models.CharField(max_length=500, blank=True, editable=False)
    form = models.CharField(max_length=40, editable=False)
    campaign = models.CharField(max_length=80, blank=True, editable=False)
    wording = models.TextField("wording shown", editable=False)
    address_hash = models.CharField(
        "network address (hash)", max_length=64, blank=True, editable=False
    )
    # The book whose page or call to action they came by.
    book = models.ForeignKey(
        Book, null=True, on_delete=models.SET_NULL, related_name="signups", editable=False
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
        indexes = [
            due_index("signup_due"),
            models.Index(Lower("email"), "answered_at", name="signup_to_address"),
        ]

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
        kind: Kind = Kind.SIGN_UP,
        campaign: str = "",
        book: Book | None = None,
    ) -> Signup:
        """Keeps the request, with the evidence of what was asked where and how."""
        votes = list(votes_on(submission))
        weight = sum(vote.weight for vote in votes)
        is_bot = weight >= BOT_WEIGHT
        signup = cls.objects.create(
            kind=kind,
            email=email,
            first_name=first_name,
            source_page=source_page,
            campaign=campaign,
            book=book,
            form=submission.form,
            wording=wording,
            address_hash=network_hash(submission.address),
            bot_weight=weight,
            bot_reasons="\n".join(vote.reason for vote in [*votes, *_noticed(email, first_name)]),
            captcha=submission.captcha if settings.RECAPTCHA_ON else "",
            outcome=cls.Outcome.BOT if is_bot else "",
            # A bot's is looked at once more, to be forgotten.
            due_at=timezone.now() + (FORGET_AFTER if is_bot else timedelta(0)),
        )
        if not is_bot:
            work.soon(signup)
        return signup

    @classmethod
    def of_data_link(cls, token: str) -> Signup:
        """The request that a link to all that is held answers. Raises links.BadLink or
        links.OutdatedLink, that also once everything is deleted."""
        pk, _ = links.read(links.DATA, token)
        rows = cls.objects.filter(pk=pk, kind=cls.Kind.DATA).exclude(email="")
        found: Signup | None = rows.first()
        if found is None:
            raise links.OutdatedLink
        return found

    @property
    def data_path(self) -> str:
        return reverse("your_data", args=[links.make(links.DATA, self.pk, 0)])

    @property
    def evidence(self) -> dict[str, str]:
        return {
            "source_page": self.source_page,
            "form": self.form,
            "wording": self.wording,
            "address_hash": self.address_hash,
            "about": f"campaign: {self.campaign}" if self.campaign else "",
        }

    def perform(self) -> datetime | None:
        """Writes the one mail that fits: please confirm, or you are already subscribed, or
        the link that was asked for. Who was asked to confirm is looked at again later."""
        if self.answered_at is not None:
            return self._afterwards()
        if not self.email or self._is_an_old_bots():
            self.email = self.first_name = self.captcha = self.bot_reasons = ""
            self.save(update_fields=["email", "first_name", "captcha", "bot_reasons"])
            return None
        if self.captcha and self._is_bot_to_captcha():
            self.outcome = self.Outcome.BOT
            self.save(update_fields=["outcome", "captcha", "bot_weight", "bot_reasons"])
            return self.created_at + FORGET_AFTER
        one_at_a_time(self.email)
        self._ask() if self.kind == self.Kind.SIGN_UP else self._send_link()
        self.save()
        return self._next_look() if self.outcome == self.Outcome.ASKED else None

    def _is_an_old_bots(self) -> bool:
        """Nobody has let it through in all that time."""
        return self.is_taken_for_bot and self.created_at <= timezone.now() - FORGET_AFTER

    def _ask(self) -> None:
        self.subscriber = subscriber = self._subscriber()
        # What was written before the person left does not count: they ask anew.
        if is_full(self.email, since=subscriber.left_at) or self._has_asked_a_complainer():
            self.outcome = self.Outcome.RECENT
        elif subscriber.is_confirmed and not Suppression.objects.holds(subscriber.email):
            self.outcome, self.answered_at = self.Outcome.SUBSCRIBED, timezone.now()
            self.save(update_fields=["subscriber"])
            give_books(subscriber)
            emails.already_subscribed(subscriber, key=f"signup:{self.pk}")
        else:
            self.outcome, self.answered_at = self.Outcome.ASKED, timezone.now()
            emails.ask_to_confirm(subscriber, key=f"signup:{self.pk}")

    def _has_asked_a_complainer(self) -> bool:
        """Who called a mail spam is asked once a month at most, whoever types their address."""
        held = Suppression.objects.in_force().of(self.email)
        if held is None or held.reason != Suppression.Reason.COMPLAINT:
            return False
        since = max(held.at, timezone.now() - ASK_A_COMPLAINER_EVERY)
        return Signup.objects.to_address(self.email).answered_since(since).exists()

    def _send_link(self) -> None:
        subscriber = Subscriber.objects.with_address(self.email).first()
        is_data = self.kind == self.Kind.DATA
        if not (import_string(settings.IS_KNOWN)(self.email) if is_data else subscriber):
            # Nothing is kept of an address that we have nothing to do with.
            self.outcome, self.email = self.Outcome.NOBODY, ""
        elif is_full(self.email):
            self.outcome = self.Outcome.RECENT
        else:
            self.outcome, self.answered_at = self.Outcome.LINK, timezone.now()
            self.subscriber = subscriber
            if is_data:
                emails.send_data_link(self)
            elif subscriber is not None:
                emails.send_page_link(subscriber, key=f"signup:{self.pk}")

    def _next_look(self) -> datetime | None:
        """When the person is reminded, and later forgotten; None when there is nothing to do."""
        if self.answered_at is None:
            return None
        now = timezone.now()
        looks = (self.answered_at + REMIND_AFTER, self.answered_at + FORGET_AFTER)
        return next((at for at in looks if at > now), None)

    def _afterwards(self) -> datetime | None:
        """One reminder in all, and after a time nothing is kept of who never confirmed."""
        subscriber = self.subscriber
        if subscriber is None or self.answered_at is None:
            return None
        one_at_a_time(self.email)
        subscriber.lock()
        if not subscriber.waits_for_button:
            return None
        now = timezone.now()
        if now >= self.answered_at + FORGET_AFTER:
            if not subscriber.signups.asking().answered_since(now - FORGET_AFTER).exists():
                subscriber.erase(why="never confirmed", remember=False)
            return None
        if now >= self.answered_at + REMIND_AFTER and self._may_remind():
            emails.remind(subscriber)
        return self._next_look()

    def _may_remind(self) -> bool:
        if self.bot_weight >= NOT_REMINDED or Suppression.objects.holds(self.email):
            return False
        return not is_full(self.email)

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


def _noticed(email: str, first_name: str) -> list[Vote]:
    """Told to staff, and counted against nobody: whoever asks gets the mail that asks back,
    and the page that answers tells nobody what was noticed."""
    thrown_away = vote_on_address(email)
    return [*votes_on_words(first_name), *([thrown_away] if thrown_away else [])]


def network_hash(address: str | None) -> str:
    """How a network address is kept: recognisable, and not to be read back."""
    return keyed_hash(address or "", purpose="network address")
