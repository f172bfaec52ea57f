"""Calls to action: what a reader is asked to do, wherever staff place it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from .picture_key import PictureKey
from .topic import Topic

# As the editor and the import leave it in a text.
MARK: Final = re.compile(r'<aside data-cta="([^"]*)"></aside>')
BOOK: Final = "book"
DAYS: Final = 30


def is_address(value: str) -> None:
    """A page of ours (/about/) or any web address; raises ValidationError."""
    parts = urlsplit(value)
    ours = value.startswith("/") and not value.startswith(("//", "/\\"))
    if not ours and not (parts.scheme in ("http", "https") and parts.netloc):
        raise ValidationError(
            "Write a page of this site as /its-address/, or a full address with https://."
        )


class CallQuerySet(models.QuerySet["Call"]):
    def in_use(self) -> CallQuerySet:
        return self.filter(active=True)

    def with_numbers(self) -> CallQuerySet:
        """Each with `shown` and `followed`, of the last 30 days."""
        lately = Q(counts__day__gt=timezone.localdate() - timedelta(days=DAYS))
        return self.annotate(
            shown=Coalesce(Sum("counts__shown", filter=lately), 0),
            followed=Coalesce(Sum("counts__followed", filter=lately), 0),
        )


class Call(models.Model):
    """One block, written once. Texts place it by its key: `<aside data-cta="KEY">`."""

    class Target(models.TextChoices):
        ADDRESS = "address", "a page"
        BOOK = "book", "the free book"
        NEWSLETTER = "newsletter", "the newsletter"

    class Place(models.TextChoices):
        TEXT = "text", "only where a text has it"
        TOPICS = "topics", "at the end of articles on some topics"
        END = "end", "at the end of every article"

    key = models.SlugField(
        max_length=60, unique=True, help_text="How texts name it; it stays as it is."
    )
    title = models.CharField("heading", max_length=120)
    text = models.TextField(blank=True, help_text="One to three sentences, plain text.")
    picture = PictureKey(related_name="+")
    button = models.CharField("words on the button", max_length=60)
    target = models.CharField("leads to", max_length=10, choices=Target, default=Target.ADDRESS)
    address = models.CharField(
        max_length=500,
        blank=True,
        validators=[is_address],
        help_text="For a page: /about/ or https://… Empty for the free book and the newsletter.",
    )
    place = models.CharField("stands", max_length=6, choices=Place, default=Place.TEXT)
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(
        default=0, help_text="One stands at the end of an article: the smallest that fits."
    )
    active = models.BooleanField(
        "in use", default=True, help_text="Otherwise readers see it nowhere."
    )

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "call to action"
        verbose_name_plural = "calls to action"
        constraints = [
            models.CheckConstraint(
                condition=Q(target="address") ^ Q(address=""), name="call_leads_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.target == self.Target.ADDRESS and not self.address:
            raise ValidationError({"address": "Say which page it leads to."})
        if self.target != self.Target.ADDRESS and self.address:
            raise ValidationError({"address": f"It leads to {self.get_target_display()}: no page."})

    @classmethod
    def book(cls) -> Call:
        """What stands for the key “book” until staff write it anew."""
        return cls(
            key=BOOK, title="The free book", button="Get the free book", target=cls.Target.BOOK
        )

    def count(self, *, shown: int = 0, followed: int = 0) -> None:
        """Adds to today's numbers; two at the same moment are both counted."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO articles_callcount AS row (call_id, day, shown, followed) "
                "VALUES (%s, %s, %s, %s) ON CONFLICT (call_id, day) DO UPDATE SET "
                "shown = row.shown + excluded.shown, followed = row.followed + excluded.followed",
                [self.pk, timezone.localdate(), shown, followed],
            )

    def days(self) -> list[tuple[date, int, int]]:
        """(day, shown, followed) of the last 30 days, the oldest first, none left out."""
        today = timezone.localdate()
        since = today - timedelta(days=DAYS - 1)
        rows = self.counts.filter(day__gte=since).values_list("day", "shown", "followed")
        known = {day: (shown, followed) for day, shown, followed in rows}
        days = [since + timedelta(days=number) for number in range(DAYS)]
        return [(day, *known.get(day, (0, 0))) for day in days]


class CallCount(models.Model):
    """How often on one day; nothing about anybody."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="counts")
    day = models.DateField()
    shown = models.PositiveIntegerField(default=0)
    followed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "day"], name="call_count_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} on {self.day}: {self.shown} shown, {self.followed} followed"


def keys_in(html: str) -> list[str]:
    return list(set(MARK.findall(html)))


def calls_for(html: str, topic_ids: list[int]) -> tuple[dict[str, Call], Call | None]:
    """(those that the text has, by key; the one at its end), in one query."""
    wanted = keys_in(html)
    fits = Q(place=Call.Place.END) | Q(place=Call.Place.TOPICS, topics__in=topic_ids)
    named = Q(key__in=wanted)
    fits = Q(active=True) & (named | fits) | Q(key=BOOK) & named
    return in_place(html, Call.objects.filter(fits).select_related("picture").distinct())


def in_place(html: str, found: Iterable[Call]) -> tuple[dict[str, Call], Call | None]:
    """The same of those that are asked for already, the book among them though it be out of use.

    One of the article's topics goes before one for every article, and what stands in the
    text already does not stand at the end again.
    """
    wanted, rows = set(keys_in(html)), list(found)
    calls = [call for call in rows if call.active]
    inside = {call.key: call for call in calls if call.key in wanted}
    if BOOK in wanted and all(call.key != BOOK for call in rows):
        inside[BOOK] = Call.book()
    ends = [call for call in calls if call.key not in wanted and call.place != Call.Place.TEXT]
    ends.sort(key=lambda call: (call.place != Call.Place.TOPICS, call.position, call.pk))
    return inside, ends[0] if ends else None
