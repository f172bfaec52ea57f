"""Medical review, and the public line of what changed."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from backsite.lib.records import Actor, Event, actor_fields

from .author import Author
from .credential import Credential

if TYPE_CHECKING:
    from .article import Article

# Long enough before the day to find the reviewer, and to renew a registration.
SOON: Final = dt.timedelta(days=30)


class ReviewRefused(ValueError):
    """Why a review cannot be recorded; `field` is what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ReviewQuerySet(models.QuerySet["Review"]):
    def standing(self) -> Self:
        """Those that nobody took back, the newest first."""
        return self.filter(withdrawn_at=None).order_by("-date", "-pk")

    def with_people(self) -> Self:
        return self.select_related("reviewer", "credential").prefetch_related(
            "reviewer__held_credentials"
        )

    def worth_a_look(self, day: dt.date) -> Self:
        """Those that are due or soon will be, whose credential does not hold, or whose
        article was saved since: what else may be said of a review is that all is well."""
        held = Q(credential__valid_from__lte=day) & (
            Q(credential__valid_until=None) | Q(credential__valid_until__gt=day + SOON)
        )
        return self.filter(
            Q(next_due__lte=day + SOON)
            | ~held
            | Q(credential__checked_at=None)
            | ~Q(revision=F("article__revision"))
        )

    def newest_of_each(self) -> Self:
        """The one of each article that counts."""
        newest = self.filter(withdrawn_at=None).order_by("article", "-date", "-pk")
        return newest.distinct("article")


class Review(models.Model):
    """Somebody with a credential read an article as it stood on a day and found it right.

    `content_hash` and `revision` say what was read. A review is never changed: it is
    followed by another, or taken back.
    """

    class Trouble(models.TextChoices):
        """Why it no longer says what it said."""

        EDITED = "edited", "edited since the review"
        OVERDUE = "overdue", "the next review is overdue"
        LAPSED = "lapsed", "the reviewer’s credential is not valid now"
        UNCHECKED = "unchecked", "nobody has checked the reviewer’s credential"

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="reviews"
    )
    reviewer = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="reviews")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="reviews")
    date = models.DateField("reviewed on")
    next_due = models.DateField("next review by")
    revision = models.PositiveIntegerField(default=0, editable=False)
    content_hash = models.CharField(max_length=64, editable=False)
    note = models.TextField(blank=True, help_text="For staff: what was looked at, what is open.")
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(next_due__gt=F("date")), name="review_due_later"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer.name} on {self.date:%-d %B %Y}"

    def troubles(self, content_hash: str, day: dt.date | None = None) -> list[Trouble]:
        """What keeps readers from seeing it on that day (today); the gravest first.

        There are no days of grace: the line that readers see names the day, and after it
        the line would contradict itself. Staff are told SOON before.
        """
        on = day or timezone.localdate()
        checks = [
            (self.Trouble.UNCHECKED, self.credential.checked_at is None),
            (self.Trouble.LAPSED, not self.credential.is_valid_on(on)),
            (self.Trouble.OVERDUE, on > self.next_due),
            (self.Trouble.EDITED, content_hash != self.content_hash),
        ]
        return [trouble for trouble, is_so in checks if is_so]

    @transaction.atomic
    def withdraw(self, *, by: Actor, why: str = "") -> None:
        """Takes it back: it was recorded by mistake, or the reviewer no longer stands by it."""
        if self.withdrawn_at is None:
            self.withdrawn_at = timezone.now()
            self.save(update_fields=["withdrawn_at"])
            self.events.create(verb="withdraw", why=why, **actor_fields(by))


class ReviewEvent(Event):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="events")


class ChangeNote(models.Model):
    """What changed in an article for its readers, in a sentence that they see."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="change_notes"
    )
    date = models.DateField(default=timezone.localdate)
    text = models.CharField(
        "what changed", max_length=300, help_text="e.g. The new guideline on rest is in."
    )
    by = models.CharField(max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return f"{self.date:%-d %B %Y}: {self.text}"


class Evidenced(models.Model):
    """An article that is reviewed and says what changed."""

    if TYPE_CHECKING:
        reviews: ReviewQuerySet
        change_notes: models.Manager[ChangeNote]

    class Meta:
        abstract = True

    def content_hash(self) -> str:
        """64 hex digits for what a reviewer reads: the words, and which source stands
        behind which mark. How a source is described may be completed without it."""
        article: Any = self
        words = [article.title, article.standfirst, article.key_points, article.body]
        rows = article.references.all() if article.pk else []
        sources = sorted(f"{row.key} {row.doi or row.pmid or row.url}".lower() for row in rows)
        return sha256("\x1f".join([*words, *sources]).encode()).hexdigest()

    @cached_property
    def latest_review(self) -> Review | None:
        """The one that counts. Asked once for each object."""
        return self.reviews.standing().with_people().first()

    @property
    def true_review(self) -> Review | None:
        """The latest review if all of it is true today, else None."""
        review = self.latest_review
        return review if review and not review.troubles(self.content_hash()) else None

    @transaction.atomic
    def review(
        self,
        *,
        reviewer: Author,
        credential: Credential,
        next_due: dt.date,
        by: Actor,
        on: dt.date | None = None,
        seen: str | None = None,
        note: str = "",
    ) -> Review:
        """Records that somebody found it right as it stands. Raises ReviewRefused.

        `seen` is the content hash that the reviewer had before them.
        """
        article: Any = self
        day = on or timezone.localdate()
        now = type(article)._default_manager.select_for_update(of=("self",)).get(pk=self.pk)
        content_hash = now.content_hash()
        if seen is not None and seen != content_hash:
            raise ReviewRefused("", "The article was changed while it was being reviewed.")
        refuse(article, reviewer, credential, day, next_due)
        review = Review.objects.create(
            article=article,
            reviewer=reviewer,
            credential=credential,
            date=day,
            next_due=next_due,
            revision=now.revision,
            content_hash=content_hash,
            note=note,
        )
        review.events.create(verb="review", **actor_fields(by))
        article.events.create(verb="review", why=str(review), **actor_fields(by))
        self.__dict__.pop("latest_review", None)
        return review

    @transaction.atomic
    def note_change(self, text: str, *, by: Actor, on: dt.date | None = None) -> ChangeNote:
        """Tells readers what changed; the article then counts as updated on that day."""
        article: Any = self
        day, now = on or timezone.localdate(), timezone.localtime()
        at = now if day >= now.date() else _noon(day)
        who = actor_fields(by)["actor"]
        note = ChangeNote.objects.create(article=article, text=text, date=day, by=who)
        if article.updated_at is None or article.updated_at < at:
            article.updated_at = at
            article.save(update_fields=["updated_at"])
        article.events.create(verb="note", why=text, **actor_fields(by))
        return note

    @transaction.atomic
    def take_back(self, note: ChangeNote, *, by: Actor) -> None:
        """Removes a line that was wrong; the event keeps it."""
        article: Any = self
        article.events.create(verb="take back note", why=str(note), **actor_fields(by))
        note.delete()


def refuse(
    article: Article, reviewer: Author, credential: Credential, day: dt.date, next_due: dt.date
) -> None:
    """Raises ReviewRefused where these do not make a review that could be true."""
    if credential.author_id != reviewer.pk:
        raise ReviewRefused("credential", f"This is no credential of {reviewer.name}.")
    if not credential.may_be_shown_on(day):
        raise ReviewRefused(
            "credential", "This credential is not checked, or was not valid on that day."
        )
    if day > timezone.localdate():
        raise ReviewRefused("date", "This day is still to come.")
    if next_due <= day:
        raise ReviewRefused("next_due", "The next review must come after this one.")
    if article.bylines.filter(author=reviewer).exists():
        raise ReviewRefused("reviewer", f"{reviewer.name} wrote it: somebody else must review it.")


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
