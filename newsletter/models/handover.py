"""That somebody got a book, and what became of it."""

from __future__ import annotations

from typing import Self

from django.db import models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from .. import emails, links
from .book import Book
from .consent import Evidence
from .subscriber import Subscriber
from .window import is_full, one_at_a_time


class HandoverQuerySet(models.QuerySet["Handover"]):
    def opened(self) -> Self:
        return self.filter(opened_at__isnull=False)


class Handover(models.Model):
    """One book in the hands of one person. Counted without a cookie: the link says whose it
    is, and a browser with JavaScript that it was read."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="handovers")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="handovers")
    at = models.DateTimeField("handed over", default=timezone.now, editable=False)
    edition_number = models.PositiveSmallIntegerField("edition then", editable=False)
    opened_at = models.DateTimeField("first opened", null=True, editable=False)
    opened_last_at = models.DateTimeField("last opened", null=True, editable=False)
    opened = models.PositiveIntegerField("times opened", default=0, editable=False)
    wants_news = models.BooleanField("wants to hear of new editions", default=False)
    told_number = models.PositiveSmallIntegerField(default=0, editable=False)
    mailed_at = models.DateTimeField("link sent anew", null=True, editable=False)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = "book handed over"
        verbose_name_plural = "books handed over"
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "book"], name="handover_once"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} to {self.subscriber_id}"

    @classmethod
    def give(cls, subscriber: Subscriber, book: Book) -> Handover:
        """Once for each book and person, however often they come for it."""
        known = {"edition_number": book.number}
        return cls.objects.get_or_create(subscriber=subscriber, book=book, defaults=known)[0]

    @property
    def path(self) -> str:
        token = links.make(links.BOOK, self.subscriber_id, self.subscriber.round)
        return reverse("newsletter:book", args=[token, self.book.slug])

    @property
    def has_newer(self) -> bool:
        return self.book.number > self.edition_number

    def count_opening(self) -> None:
        """Two at the same moment are both counted."""
        now = timezone.now()
        rows = Handover.objects.filter(pk=self.pk)
        rows.filter(opened_at=None).update(opened_at=now)
        rows.update(opened=F("opened") + 1, opened_last_at=now)

    @transaction.atomic
    def want_news(self, wanted: bool, *, evidence: Evidence) -> bool:
        """Whether a mail may tell of a newer edition; False where nothing changed."""
        self.refresh_from_db(from_queryset=Handover.objects.select_for_update())
        if self.wants_news == wanted:
            return False
        self.wants_news = wanted
        self.save(update_fields=["wants_news"])
        verb = "choose" if wanted else "drop"
        about = f"new editions of {self.book.slug}"
        self.subscriber.record(verb, evidence=evidence, about=about)
        return True

    @transaction.atomic
    def send_again(self) -> bool:
        """A fresh link, by mail to its owner; within a quarter of an hour only one."""
        one_at_a_time(self.subscriber.email)
        self.refresh_from_db(from_queryset=Handover.objects.select_for_update())
        if is_full(self.subscriber.email):
            return False
        self.mailed_at = timezone.now()
        self.save(update_fields=["mailed_at"])
        emails.send_book(self)
        return True
