"""What becomes of an article: written, scheduled, shown, taken away, shown again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone

from backsite.lib.ages import clock
from backsite.lib.records import Actor, actor_fields
from backsite.lib.work import DueWork

from .vocabulary import Vocabulary

# What the verbs decide on. Another process (the worker, a colleague) may have decided it
# since this object was read, so each verb reads them again with the row locked.
FATE: Final = ("state", "published_at", "withdraw_at", "due_at", "gave_up_at", "attempts")


class Publishing(DueWork):
    """The states of an article and the verbs between them.

    `due_at` is when the worker acts next: it publishes what is scheduled, and withdraws
    what is published and has a `withdraw_at`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SCHEDULED = "scheduled", "scheduled"
        PUBLISHED = "published", "published"
        WITHDRAWN = "withdrawn", "withdrawn"

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField("published", null=True, blank=True)
    withdraw_at = models.DateTimeField(
        "withdraw at",
        null=True,
        blank=True,
        editable=False,
        help_text="When readers no longer get it. Empty: it stays.",
    )

    # The manager of its ArticleEvent rows; mypy knows relations of concrete models only.
    events: Any

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    @property
    def was_public(self) -> bool:
        """Readers have seen it, now or before."""
        return self.published_at is not None

    @transaction.atomic
    def publish(self, *, by: Actor, at: datetime | None = None) -> None:
        """Shows it to readers; `at` dates it (imports, scheduled ones). Twice is the same as
        once. What readers have seen before is republished under its first date."""
        from .address import OldAddress

        self._read_fate()
        if self.is_public:
            return
        again = self.was_public and self.is_withdrawn
        self.state = self.State.PUBLISHED
        if not again:
            self.published_at = at or self.published_at or timezone.now()
        self._keep_fate(due_at=self.withdraw_at)
        self._record("republish" if again else "publish", by)
        Vocabulary.learn(self)
        article: Any = self
        OldAddress.objects.give_up(article.get_absolute_url())

    def republish(self, *, by: Actor) -> None:
        """Shows again what was withdrawn, under its first date. Raises ValueError for what
        readers have never seen."""
        if not self.was_public:
            raise ValueError("Only what readers have seen before can be republished.")
        self.publish(by=by)

    @transaction.atomic
    def schedule(self, *, at: datetime, by: Actor) -> None:
        """The worker publishes it at that time, or as soon after as it runs."""
        self._read_fate()
        if self.is_public or (self.is_scheduled and self.due_at == at):
            return
        self.state = self.State.SCHEDULED
        self._keep_fate(due_at=at)
        self._record("schedule", by, f"for {clock(at)}")

    @transaction.atomic
    def unschedule(self, *, by: Actor, why: str = "") -> None:
        """It waits for a person again: as a draft, or withdrawn if readers once had it."""
        self._read_fate()
        if not self.is_scheduled:
            return
        self.state = self.State.WITHDRAWN if self.was_public else self.State.DRAFT
        self._keep_fate(due_at=None)
        self._record("unschedule", by, why)

    @transaction.atomic
    def withdraw(self, *, by: Actor, why: str = "") -> None:
        """Takes it away from readers; nothing is deleted."""
        self._read_fate()
        if self.is_withdrawn:
            return
        self.state, self.withdraw_at = self.State.WITHDRAWN, None
        self._keep_fate(due_at=None)
        self._record("withdraw", by, why)

    @transaction.atomic
    def draft(self, *, by: Actor, why: str = "") -> None:
        """Back to the writers: what was withdrawn is worked on again."""
        self._read_fate()
        if self.is_public or self.state == self.State.DRAFT:
            return
        self.state = self.State.DRAFT
        self._keep_fate(due_at=None)
        self._record("draft", by, why)

    @transaction.atomic
    def expire(self, *, at: datetime | None, by: Actor) -> None:
        """The worker withdraws it at that time, once it is published; None: it stays."""
        self._read_fate()
        if self.withdraw_at == at or self.is_withdrawn:
            return
        self.withdraw_at = at
        self._keep_fate(due_at=at if self.is_public else self.due_at)
        self._record("expire", by, f"on {clock(at)}" if at else "it stays")

    def perform(self) -> None:
        """Publishes or withdraws what is due; a decision since the claim stands above it."""
        self._read_fate()
        if self.due_at is None or self.due_at > timezone.now():
            return
        if self.is_scheduled:
            self.publish(by=None, at=self.due_at)
        elif self.is_public:
            self.withdraw(by=None, why="its time was over")
        else:
            self.due_at = None

    def _settle(self) -> None:
        """The verb has said what is due next: what was published may have its end to come."""
        self.leased_until, self.last_error, self.attempts = None, "", 0
        self.save(update_fields=["due_at", "leased_until", "last_error", "attempts"])

    def _read_fate(self) -> None:
        """Locks the row until the transaction ends."""
        rows = type(self)._default_manager.select_for_update().filter(pk=self.pk)
        fate: dict[str, Any] = rows.values(*FATE).get()
        for name, value in fate.items():
            setattr(self, name, value)

    def _keep_fate(self, *, due_at: datetime | None) -> None:
        self.due_at, self.gave_up_at, self.attempts = due_at, None, 0
        self.save(update_fields=FATE)

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))
