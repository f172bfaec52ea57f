"""Rules that staff made: what they block, since when, and what they have caught."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Count, Q
from django.utils import timezone

from backsite.lib.records import Actor, Event, actor_fields

from .comment import Comment

LONGEST_VALUE: Final = 2_000


class BlockRuleQuerySet(models.QuerySet["BlockRule"]):
    def in_force(self) -> Self:
        return self.filter(switched_off_at=None)

    def with_catches(self) -> Self:
        """With how much each has caught, and how much of it a person published after all."""
        published = Q(
            hits__comment__state=Comment.State.APPROVED,
            hits__comment__person_decided_at__isnull=False,
        )
        return self.annotate(caught=Count("hits"), mistaken=Count("hits", filter=published))


class BlockRule(models.Model):
    """One thing that comments are held or condemned for, because a person said so."""

    class Kind(models.TextChoices):
        WORDS = "words", "words"
        PATTERN = "pattern", "pattern"
        ADDRESS = "address", "e-mail addresses"
        NETWORK = "network", "network addresses"

    class Effect(models.TextChoices):
        WEIGH = "weigh", "count it with the other checks"
        HOLD = "hold", "hold it for a person"
        SPAM = "spam", "put it into spam"

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WORDS)
    value = models.TextField("what to look for", max_length=LONGEST_VALUE)
    effect = models.CharField("what to do", max_length=5, choices=Effect, default=Effect.HOLD)
    weight = models.FloatField(
        default=2.0,
        validators=[MinValueValidator(0.5), MaxValueValidator(10.0)],
        help_text="Only where it is counted with the other checks: from 1.5 in all a comment is "
        "held, from 5 it is spam.",
    )
    note = models.CharField(
        max_length=300, blank=True, help_text="Why it is here, for colleagues and for yourself."
    )
    switched_off_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)

    objects = models.Manager.from_queryset(BlockRuleQuerySet)()

    class Meta:
        verbose_name = "blocking rule"
        ordering = ["kind", "value"]

    def __str__(self) -> str:
        first, _, rest = self.value.partition("\n")
        return f"{self.get_kind_display()}: {first[:60]}{' …' if rest or len(first) > 60 else ''}"

    @property
    def is_in_force(self) -> bool:
        return self.switched_off_at is None

    @transaction.atomic
    def keep(self, *, by: Actor, before: str = "") -> None:
        """Saves it as it is filled in; the event says how it was `before`."""
        is_new = self.pk is None
        self.changed_at, self.problem = timezone.now(), ""
        self.save()
        self._record("add" if is_new else "change", by, self.in_words if is_new else before)

    def switch_off(self, *, by: Actor) -> None:
        if self.is_in_force:
            self._switch("switch off", by, timezone.now())

    def switch_on(self, *, by: Actor) -> None:
        if not self.is_in_force:
            self._switch("switch on", by, None)

    @transaction.atomic
    def too_slow(self, comment: Comment) -> None:
        """Its pattern was stopped on a comment; staff see that in the list of rules."""
        self.problem = f"Stopped on comment {comment.pk}: it took too long there"
        type(self).objects.filter(pk=self.pk).update(problem=self.problem)

    @property
    def in_words(self) -> str:
        """All of it in one line, for the record."""
        what = " / ".join(self.value.splitlines())
        weight = f" (weight {self.weight:g})" if self.effect == self.Effect.WEIGH else ""
        return f"{self.get_kind_display()} “{what}”: {self.get_effect_display()}{weight}"

    @transaction.atomic
    def _switch(self, verb: str, by: Actor, at: datetime | None) -> None:
        self.switched_off_at, self.changed_at = at, timezone.now()
        self.save(update_fields=["switched_off_at", "changed_at"])
        self._record(verb, by)

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))


class BlockRuleEvent(Event):
    rule = models.ForeignKey(BlockRule, on_delete=models.CASCADE, related_name="events")


class RuleHit(models.Model):
    """A rule found something in a comment when it was judged."""

    rule = models.ForeignKey(BlockRule, on_delete=models.CASCADE, related_name="hits")
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="rule_hits")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "comment"], name="one_hit_a_comment"),
        ]

    def __str__(self) -> str:
        return f"Rule {self.rule_id} on comment {self.comment_id}"
