from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.core.files.storage import storages
from django.core.validators import FileExtensionValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from articles.rendering import headings_in, render_body
from backsite.lib import work
from backsite.lib.records import Actor, actor_fields
from backsite.lib.work import DueQuerySet, DueWork, due_index

from .. import emails

if TYPE_CHECKING:
    from django.core.files.storage import Storage

# So many people are told of a new edition in one transaction.
TOLD_AT_ONCE: Final = 100


def kept_back() -> Storage:
    """Where no address leads: a file is handed out by the view behind the signed link only."""
    return storages["originals"]


class BookQuerySet(models.QuerySet["Book"]):
    def on_offer(self) -> Self:
        return self.filter(offered=True)

    def for_newcomers(self) -> Self:
        """What new subscribers get who came for none in particular, the newest first."""
        return self.on_offer().filter(for_everyone=True).order_by("-pk")

    def current(self) -> Book | None:
        return self.for_newcomers().first()


class Book(models.Model):
    """A free book: handed over by a signed link once a subscriber has confirmed. What stands
    here is its newest edition; links of older ones lead to it."""

    title = models.CharField(max_length=160)
    slug = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Its page to sign up for it is /newsletter/books/…/. It stays as it is.",
    )
    standfirst = models.TextField(blank=True)
    edition = models.CharField(max_length=40, default="First edition")
    number = models.PositiveSmallIntegerField("edition number", default=1, editable=False)
    body = models.TextField(
        blank=True,
        help_text="Plain HTML: h2 begins a chapter, h3 a part of one. Chapters make the contents.",
    )
    html = models.TextField(editable=False, blank=True)
    file = models.FileField(
        "as a file",
        upload_to="books/",
        storage=kept_back,
        blank=True,
        max_length=200,
        validators=[FileExtensionValidator(["pdf", "epub"])],
        help_text="PDF or EPUB, if there is one. Only people with a link of their own get it.",
    )
    offered = models.BooleanField(
        default=True, help_text="Otherwise it is handed to nobody new; who has it keeps it."
    )
    for_everyone = models.BooleanField(
        "a welcome for everyone",
        default=True,
        help_text="Whoever signs up gets it; of several, the newest. Otherwise only those who "
        "sign up on its own page or by a call to action that leads there.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("newsletter:book_offer", args=[self.slug])

    def render(self) -> None:
        """Makes what readers get from the body; the caller saves."""
        self.html, _ = render_body(self.body, [])

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """(id, title) of each chapter."""
        return headings_in(self.html)

    @transaction.atomic
    def bring_out(self, *, name: str, news: str, by: Actor) -> Edition:
        """What the book says now is a new edition. Whoever asked to be told is told; the
        same name twice is one edition."""
        self.refresh_from_db(from_queryset=Book.objects.select_for_update())
        known: Edition | None = Edition.objects.filter(book=self, name=name).first()
        if known is not None:
            return known
        self.number, self.edition = self.number + 1, name
        self.save(update_fields=["number", "edition"])
        edition = Edition(
            book=self, number=self.number, name=name, news=news, due_at=timezone.now()
        )
        for field, value in actor_fields(by).items():
            setattr(edition, field, value)
        edition.save()
        work.soon(edition)
        return edition


class Edition(DueWork):
    """That an edition came out, and the telling of those who asked to be told."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveSmallIntegerField(editable=False)
    name = models.CharField(max_length=40, editable=False)
    news = models.TextField("what is new", blank=True, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    actor = models.CharField(max_length=150, blank=True, editable=False)

    objects = DueQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="edition_number_once"),
        ]
        indexes = [due_index("edition_due")]

    def __str__(self) -> str:
        return f"{self.book}, {self.name}"

    def perform(self) -> datetime | None:
        """Tells some; there is more to do until nobody is left who was not told."""
        from .subscriber import Subscriber

        if self.number < self.book.number:
            return None  # a newer one is out: its own mail says more
        untold = Q(told_number__lt=self.number, edition_number__lt=self.number)
        waiting = self.book.handovers.filter(untold, wants_news=True)
        mailable = Subscriber.objects.mailable().values("pk")
        rows = waiting.filter(subscriber__in=mailable).select_for_update(of=("self",))
        for handover in rows.select_related("subscriber", "book").order_by("pk")[:TOLD_AT_ONCE]:
            handover.told_number = self.number
            handover.save(update_fields=["told_number"])
            emails.tell_of_edition(handover, self)
        more = waiting.filter(subscriber__in=mailable).exists()
        return timezone.now() if more else None
