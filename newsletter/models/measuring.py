"""Whether the site counts openings of letters and the links that are followed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models, transaction

from backsite.lib.records import Actor, Event, actor_fields


class Measuring(models.Model):
    """One row; where there is none, nothing is counted."""

    class Mode(models.TextChoices):
        OFF = "off", "nothing"
        ANONYMOUS = "anonymous", "how often, not by whom"
        PERSON = "person", "how often, and by whom"

    ONLY: ClassVar[int] = 1

    mode = models.CharField(
        "what is counted",
        max_length=10,
        choices=Mode,
        default=Mode.OFF,
        help_text="Openings of letters, and links that are followed. The privacy page tells "
        "readers what you choose here. It holds for issues that begin to go out from now on; "
        "whatever you switch off stops at once, for all of them. Where you no longer count by "
        "whom, what was kept about persons is made anonymous for good.",
    )

    class Meta:
        verbose_name = "counting of openings and links"
        verbose_name_plural = "counting of openings and links"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="measuring_one_row")]

    def __str__(self) -> str:
        return f"Counted: {self.get_mode_display()}"

    @classmethod
    def now(cls) -> str:
        """The mode of this moment."""
        return cls.objects.values_list("mode", flat=True).first() or cls.Mode.OFF

    @classmethod
    @transaction.atomic
    def choose(cls, mode: str, *, by: Actor, why: str = "") -> None:
        from .hit import Hit

        cls.objects.get_or_create(pk=cls.ONLY)
        row = cls.objects.select_for_update().get(pk=cls.ONLY)
        if row.mode == mode:
            return
        row.mode = cls.Mode(mode)
        row.save(update_fields=["mode"])
        row.events.create(verb=f"count: {mode}", why=why, **actor_fields(by))
        if mode != cls.Mode.PERSON:
            Hit.objects.forget_persons()


class MeasuringEvent(Event):
    measuring = models.ForeignKey(Measuring, on_delete=models.CASCADE, related_name="events")

    class Meta(Event.Meta):
        verbose_name = "what was chosen"
        verbose_name_plural = "what was chosen"
