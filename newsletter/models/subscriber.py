from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backsite.lib.privacy import keyed_hash
from backsite.lib.records import Actor, actor_fields

from .. import emails, links
from .choice import Choice
from .consent import LONGEST_ABOUT, MOST_REASONS, WHY, ConsentEvent, Evidence
from .letter import Letter
from .suppression import Suppression, address_is_suppressed

if TYPE_CHECKING:
    from .handover import Handover

# How long letters stay away for somebody who asks for a pause; they then come by themselves.
PAUSE: Final = timedelta(days=30)
AWAY: Final = Q(state="left", erased_at=None)


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def pending(self) -> Self:
        return self.filter(state=Subscriber.State.PENDING)

    def confirmed(self) -> Self:
        return self.filter(state=Subscriber.State.CONFIRMED)

    def left(self) -> Self:
        return self.filter(state=Subscriber.State.LEFT)

    def mailable(self, now: datetime | None = None) -> Self:
        """Whom a letter may go to at this moment: confirmed, not in a pause, and
        with an address that mail arrives at.

        The one word by which anybody picks the people of a letter.
        """
        now = now or timezone.now()
        awake = self.confirmed().filter(Q(paused_until=None) | Q(paused_until__lte=now))
        return awake.exclude(address_is_suppressed())

    def wanting(self, letter: Letter) -> Self:
        """Those who have chosen that letter."""
        chosen = Choice.objects.standing().filter(letter=letter, subscriber=OuterRef("pk"))
        return self.filter(Exists(chosen))

    def erased_with(self, email: str) -> Self:
        """Who had that address and asked to be forgotten; nobody may add them again but they
        themselves."""
        return self.filter(erased_at__isnull=False, erased_mark=mark_of(email))

    def with_address(self, email: str) -> Self:
        """Whoever has that address, however its capitals are written."""
        return self.alias(lower=Lower("email")).filter(lower=email.lower())


class Subscriber(models.Model):
    """Somebody who asked for the newsletter. Mail goes to the confirmed ones only."""

    class State(models.TextChoices):
        PENDING = "pending", _("not confirmed yet")
        CONFIRMED = "confirmed", _("subscribed")
        LEFT = "left", _("has left")

    class Frequency(models.TextChoices):
        """How often letters may come. `least_gap` is the time between two of them."""

        EACH = "each", _("every letter, as it comes")
        WEEKLY = "weekly", _("one letter a week at most")
        MONTHLY = "monthly", _("one letter a month at most")

        @property
        def least_gap(self) -> timedelta:
            return {"weekly": timedelta(days=7), "monthly": timedelta(days=30)}.get(
                self.value, timedelta(0)
            )

    email = models.EmailField("e-mail", max_length=254)
    first_name = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING, editable=False)
    # Counted up by each leaving, so that links of an earlier subscription are dead.
    round = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("first asked", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField("confirmed", null=True, blank=True, editable=False)
    left_at = models.DateTimeField("left", null=True, blank=True, editable=False)
    frequency = models.CharField(
        "how often", max_length=10, choices=Frequency, default=Frequency.EACH, editable=False
    )
    paused_until = models.DateTimeField("paused until", null=True, blank=True, editable=False)
    erased_at = models.DateTimeField("erased", null=True, blank=True, editable=False)
    # By which the address is known again if somebody wants to add it: it cannot be read back.
    erased_mark = models.CharField(max_length=64, blank=True, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("left_at", condition=AWAY, name="subscriber_left"),
            # Staff's list, and how many there are on their first page.
            models.Index(fields=["-created_at", "-id"], name="subscriber_newest"),
            models.Index(fields=["state"], name="subscriber_states"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="subscriber_address_once"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="subscriber_confirmed_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="left") | Q(left_at__isnull=False),
                name="subscriber_left_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_confirmed(self) -> bool:
        return self.state == self.State.CONFIRMED

    @property
    def has_left(self) -> bool:
        return self.state == self.State.LEFT

    @classmethod
    def of_link(cls, purpose: str, token: str, *, however_old: bool = False) -> Subscriber:
        """Whose link it is. Raises links.BadLink or links.OutdatedLink.

        Leaving works for ever; every other link only in the round it was made for.
        """
        pk, round_ = links.read(purpose, token, however_old=however_old)
        found = cls.objects.filter(pk=pk).first()
        if (
            found is None
            or found.erased_at is not None
            or (purpose not in links.LASTING and found.round != round_)
        ):
            raise links.OutdatedLink
        return found

    @property
    def confirm_path(self) -> str:
        return self._path("newsletter:confirm", links.CONFIRM)

    @property
    def leave_path(self) -> str:
        return self._path("newsletter:leave", links.LEAVE)

    @property
    def preferences_path(self) -> str:
        return self._path("newsletter:preferences", links.PREFERENCES)

    @transaction.atomic
    def confirm(self, *, by: Actor = None, evidence: Evidence | None = None) -> None:
        """The address has shown that it wants the mail; the welcome goes out once.

        Changes nothing for somebody who has left since this object was read.
        """
        from .welcome import bring

        round_read = self.round
        self.lock()
        if self.round != round_read:
            return
        # Whoever was subscribed, and was not reached, shows by this that they are again.
        Suppression.objects.lifted_by_owner(self.email)
        if self.is_confirmed:
            return
        self.state, self.confirmed_at = self.State.CONFIRMED, timezone.now()
        self.left_at = self.paused_until = None
        self.save(update_fields=["state", "confirmed_at", "left_at", "paused_until"])
        letters = Letter.of_sign_up()
        self._open(letters)
        about = ", ".join(letter.key for letter in letters)
        self.record("confirm", by=by, evidence=evidence, about=about)
        bring(self)
        emails.welcome(self)

    @transaction.atomic
    def leave(self, *, by: Actor = None, evidence: Evidence | None = None, why: str = "") -> None:
        """No more mail, from now on. Safe to call again and again."""
        from .move import Move

        self.lock()
        # Also for who has left: what was agreed to since must not bring them back.
        Move.objects.to_address(self.email).stop()
        if self.has_left:
            return
        self.state, self.left_at, self.round = self.State.LEFT, timezone.now(), self.round + 1
        self.save(update_fields=["state", "left_at", "round"])
        self.choices.end(self.left_at)
        self.enrolments.all().end("left")  # before mails are taken back: it waits for the worker
        self.record("leave", by=by, evidence=evidence, why=why)
        emails.take_back(self)

    @property
    def waits_for_button(self) -> bool:
        """Asked, and has never confirmed."""
        return self.state == self.State.PENDING and self.confirmed_at is None

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()

    def joined(self) -> ConsentEvent | None:
        """The request that the confirmation of now answered: when, and on which page."""
        asked = self.events.filter(verb="ask")
        if self.confirmed_at:
            asked = asked.filter(at__lte=self.confirmed_at)
        return asked.order_by("-at", "-pk").first()

    def books(self) -> list[Handover]:
        """Those that were handed to them and are on offer, in the order of their coming."""
        mine = self.handovers.filter(book__offered=True).select_related("book", "subscriber")
        return list(mine.order_by("pk"))

    def letters(self) -> list[Letter]:
        """Those that they have chosen, in the order in which they are offered."""
        chosen = Q(choices__subscriber=self, choices__ended_at=None)
        return list(Letter.objects.filter(chosen).order_by("position", "pk"))

    @transaction.atomic
    def choose(
        self, letters: Iterable[Letter], *, by: Actor = None, evidence: Evidence | None = None
    ) -> bool:
        """These letters from now on, and no others. Leaving them all is not leaving the list:
        who wants nothing for a while may stay. False where nothing changed, or for somebody
        who is not subscribed."""
        self.lock()
        if not self.is_confirmed:
            return False
        wanted = {letter.pk: letter for letter in letters}
        standing = {letter.pk: letter for letter in self.letters()}
        added = [letter for pk, letter in wanted.items() if pk not in standing]
        dropped = [letter for pk, letter in standing.items() if pk not in wanted]
        self._open(added)
        self.choices.filter(letter__in=dropped).end()
        for verb, changed in (("choose", added), ("drop", dropped)):
            for letter in changed:
                # The words beside the box are what was agreed to, not those of the whole page.
                shown = {**(evidence or {}), "wording": letter.words}
                self.record(verb, by=by, evidence=shown, about=letter.key)
        return bool(added or dropped)

    @transaction.atomic
    def set_frequency(
        self, frequency: Frequency, *, by: Actor = None, evidence: Evidence | None = None
    ) -> bool:
        self.lock()
        if not self.is_confirmed or self.frequency == frequency:
            return False
        self.frequency = frequency
        self.save(update_fields=["frequency"])
        shown = {**(evidence or {}), "wording": str(frequency.label)}
        self.record("set frequency", by=by, evidence=shown, about=frequency.value)
        return True

    @transaction.atomic
    def pause(self, *, by: Actor = None, evidence: Evidence | None = None) -> bool:
        """No letters for a month, then again by itself. Asked for twice it is one pause."""
        self.lock()
        if not self.is_confirmed or self.is_paused:
            return False
        self.paused_until = timezone.now() + PAUSE
        self.save(update_fields=["paused_until"])
        until = f"until {self.paused_until.date().isoformat()}"
        self.record("pause", by=by, evidence=evidence, about=until)
        return True

    @transaction.atomic
    def resume(self, *, by: Actor = None, evidence: Evidence | None = None) -> bool:
        """Letters again, before the pause is over."""
        self.lock()
        if not self.is_confirmed or not self.is_paused:
            return False
        self.paused_until = None
        self.save(update_fields=["paused_until"])
        self.enrolments.all().wake()
        self.record("end pause", by=by, evidence=evidence)
        return True

    @transaction.atomic
    def rename(self, name: str, *, by: Actor = None, evidence: Evidence | None = None) -> bool:
        self.lock()
        if self.first_name == name:
            return False
        self.first_name = name
        self.save(update_fields=["first_name"])
        self.record("rename", by=by, evidence=evidence)
        return True

    @transaction.atomic
    def say_why(self, reason: str, words: str = "") -> bool:
        """Why somebody has left, said afterwards if they like; the same thing twice is once."""
        self.lock()
        if not self.has_left:
            return False
        said = self.events.filter(verb=WHY, at__gte=self.left_at)
        if said.count() >= MOST_REASONS or said.filter(about=reason, why=words).exists():
            return False
        self.record(WHY, about=reason, why=words)
        return True

    def readdress(self, email: str) -> bool:
        """False when the address is another row's, also one that came this very moment.
        Links sent to the old address are dead then, but those to leave."""
        before = self.email
        self.email, self.round = email, self.round + 1
        try:
            with transaction.atomic():
                self.save(update_fields=["email", "round"])
        except IntegrityError:
            self.email, self.round = before, self.round - 1
            return False
        Suppression.objects.lifted_by_owner(email)
        return True

    def take_over(self, person: Subscriber, *, evidence: Evidence) -> bool:
        """What `person` had chosen comes to this address from now on, which has just shown
        that it wants that. Returns whether this address was subscribed before."""
        self.lock()
        Suppression.objects.lifted_by_owner(self.email)
        was_subscribed = self.is_confirmed
        if not was_subscribed:
            self.state, self.confirmed_at = self.State.CONFIRMED, timezone.now()
            self.left_at, self.paused_until = None, person.paused_until
            self.frequency = person.frequency
            self.first_name = self.first_name or person.first_name
            columns = ["state", "confirmed_at", "left_at", "paused_until", "frequency"]
            self.save(update_fields=[*columns, "first_name"])
        letters = person.letters()
        self._open(letters)
        about = ", ".join(letter.key for letter in letters)
        self.record("take over", evidence=evidence, about=about)
        return was_subscribed

    def come_back(self, *, evidence: Evidence) -> None:
        """As it was before the leaving that is taken back."""
        self.lock()
        if not self.has_left:
            return
        ended = list(self.choices.filter(ended_at=self.left_at).select_related("letter"))
        self.state, self.left_at = self.State.CONFIRMED, None
        self.save(update_fields=["state", "left_at"])
        self._open([choice.letter for choice in ended])
        self.record("come back", evidence=evidence)

    @transaction.atomic
    def erase(self, *, by: Actor = None, why: str = "", remember: bool = True) -> bool:
        """Nothing stays that says who it was. The proofs stay, without a name; so does a mark
        by which the address is recognised, so that no import brings it back."""
        from .erasing import forget_elsewhere

        self.lock()
        if self.erased_at is not None:
            return False
        self.leave(by=by, why=why)
        address, self.erased_at = self.email, timezone.now()
        self.erased_mark = mark_of(address) if remember else ""
        self.email = f"erased-{self.pk}@erased.invalid"
        self.first_name = ""
        self.save(update_fields=["email", "first_name", "erased_at", "erased_mark"])
        forget_elsewhere(self, address)
        self.record("erase", by=by, why=why)
        return True

    def record(
        self,
        verb: str,
        *,
        by: Actor = None,
        evidence: Evidence | None = None,
        why: str = "",
        about: str = "",
        at: datetime | None = None,
    ) -> None:
        """Writes the proof; `about` names what was changed, `at` when it happened, if that
        was not just now."""
        fields: dict[str, Any] = {**(evidence or {}), **actor_fields(by)}
        fields["about"] = (about or fields.get("about", ""))[:LONGEST_ABOUT]
        fields["at"] = at or timezone.now()
        self.events.create(verb=verb, why=why, **fields)

    def _open(self, letters: Iterable[Letter]) -> None:
        """A choice that stands already stands."""
        new = [Choice(subscriber=self, letter=letter) for letter in letters]
        Choice.objects.bulk_create(new, ignore_conflicts=True)

    def lock(self) -> None:
        """The row as it is now, and nobody else's until the transaction ends."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())

    def _path(self, name: str, purpose: str) -> str:
        return reverse(name, args=[links.make(purpose, self.pk, self.round)])


def mark_of(email: str) -> str:
    return keyed_hash(email.strip().lower(), purpose="erased address")
