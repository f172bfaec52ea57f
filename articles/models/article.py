"""Articles and pages, and what becomes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from backsite.lib.records import Actor, Event, Imported, actor_fields
from backsite.lib.work import DueWork, due_index

from ..rendering import render_body, words_in
from .author import Author
from .topic import Tag, Topic

# The usual pace of silent reading for adults (Brysbaert 2019, J Mem Lang: 238 a minute).
WORDS_A_MINUTE: Final = 238


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> ArticleQuerySet:
        return self.filter(state=Article.State.PUBLISHED)

    def seen_by_readers(self) -> ArticleQuerySet:
        """Published, now or once: those whose readers may have something to say."""
        return self.filter(state__in=[Article.State.PUBLISHED, Article.State.WITHDRAWN])

    def articles(self) -> ArticleQuerySet:
        return self.filter(kind=Article.Kind.ARTICLE)

    def pages(self) -> ArticleQuerySet:
        return self.filter(kind=Article.Kind.PAGE)

    def newest_first(self) -> ArticleQuerySet:
        return self.order_by("-published_at", "-pk")

    def featured(self) -> ArticleQuerySet:
        return self.filter(featured=True)

    def listed(self) -> ArticleQuerySet:
        """With all that a list shows of each, and without its long text."""
        return (
            self.select_related("topic")
            .prefetch_related("bylines__author")
            .defer("body", "html", "search_text")
        )

    def complete(self) -> ArticleQuerySet:
        """With all that its own page shows."""
        return self.select_related("topic").prefetch_related(
            "bylines__author", "tags", "references"
        )


class Article(Imported, DueWork):
    """Something to read: an article, or a page such as “About”.

    `body` is what the writer wrote, `html` what readers get: sanitised, with reference
    marks numbered. `render()` makes the one from the other.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "article"
        PAGE = "page", "page"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SCHEDULED = "scheduled", "scheduled"
        PUBLISHED = "published", "published"
        WITHDRAWN = "withdrawn", "withdrawn"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    title = models.CharField(max_length=200)
    slug = models.SlugField(
        max_length=200, unique=True, help_text="The end of the address; short and lasting."
    )
    standfirst = models.TextField(
        blank=True, help_text="One or two sentences under the title; lists and search show them."
    )
    body = models.TextField(blank=True)
    html = models.TextField(blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    key_points = models.TextField(
        "key points", blank=True, help_text="Three to five, one a line, for the box at the top."
    )
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="articles"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="articles")
    authors = models.ManyToManyField(Author, through="Byline", related_name="articles")
    picture = models.ImageField("lead picture", upload_to="pictures/", blank=True)
    picture_alt = models.CharField(
        "what the picture shows",
        max_length=200,
        blank=True,
        help_text="For those who cannot see it.",
    )
    picture_caption = models.CharField("caption", max_length=300, blank=True)
    featured = models.BooleanField(default=False, help_text="At the top of the home page.")
    comments_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField("published", null=True, blank=True)
    updated_at = models.DateTimeField(
        "updated", null=True, blank=True, help_text="When its content last changed for readers."
    )
    original_address = models.URLField(max_length=500, blank=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = "article"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="article_published_has_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled")
                | Q(due_at__isnull=False)
                | Q(gave_up_at__isnull=False),
                name="article_scheduled_has_time",
            ),
        ]
        indexes = [
            due_index("article_due"),
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(state="published", kind="article"),
                name="article_latest",
            ),
            models.Index(
                fields=["topic", "-published_at", "-id"],
                condition=Q(state="published", kind="article"),
                name="article_latest_of_topic",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        name = "articles:page" if self.is_page else "articles:article"
        return reverse(name, args=[self.slug])

    @property
    def is_page(self) -> bool:
        return self.kind == self.Kind.PAGE

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def minutes(self) -> int:
        """How long it takes to read, in minutes, at least one."""
        return max(1, round(words_in(self.search_text) / WORDS_A_MINUTE))

    @property
    def points(self) -> list[str]:
        return [line.strip() for line in self.key_points.splitlines() if line.strip()]

    def render(self) -> None:
        """Makes what readers get from body and references; the caller saves."""
        keys = [reference.key for reference in self.references.all()] if self.pk else []
        self.html, self.search_text = render_body(self.body, keys)

    def cited(self) -> list[Reference]:
        """Its references in the order of their numbers in the text."""
        return sorted(self.references.all(), key=lambda reference: reference.position)

    @transaction.atomic
    def publish(self, *, by: Actor, at: datetime | None = None) -> None:
        """Shows it to readers; `at` back-dates it (imports). Twice is the same as once."""
        if self.is_public:
            return
        self.state = self.State.PUBLISHED
        self.published_at = at or self.published_at or timezone.now()
        self.due_at = self.gave_up_at = None
        self.save(update_fields=["state", "published_at", "due_at", "gave_up_at"])
        self._record("publish", by)

    @transaction.atomic
    def schedule(self, *, at: datetime, by: Actor) -> None:
        """The worker publishes it at that time, or as soon after as it runs."""
        if self.is_public:
            return
        self.state, self.published_at = self.State.SCHEDULED, None
        self.due_at, self.gave_up_at, self.attempts = at, None, 0
        self.save(update_fields=["state", "published_at", "due_at", "gave_up_at", "attempts"])
        self._record("schedule", by, f"for {at:%Y-%m-%d %H:%M %Z}")

    @transaction.atomic
    def withdraw(self, *, by: Actor, why: str = "") -> None:
        """Takes it away from readers; nothing is deleted."""
        if self.state == self.State.WITHDRAWN:
            return
        self.state, self.due_at, self.gave_up_at = self.State.WITHDRAWN, None, None
        self.save(update_fields=["state", "due_at", "gave_up_at"])
        self._record("withdraw", by, why)

    def perform(self) -> None:
        """Publishes what was scheduled, dated with the time it was scheduled for."""
        if self.state == self.State.SCHEDULED:
            self.publish(by=None, at=self.due_at)

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))


class Byline(models.Model):
    """An author of an article, at a place in the order of its authors."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="bylines")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="bylines")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "author"], name="byline_once"),
        ]

    def __str__(self) -> str:
        return self.author.name


class Reference(models.Model):
    """A source that an article rests a claim on; `<cite data-ref="KEY">` marks the claim."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="references")
    key = models.SlugField(max_length=60, help_text="How the text names it, e.g. hartvigsen2018.")
    position = models.PositiveSmallIntegerField(default=0)
    authors = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=400)
    source = models.CharField("published in", max_length=200, blank=True)
    kind = models.CharField(
        "kind of source", max_length=60, blank=True, help_text="e.g. guideline, randomised trial"
    )
    doi = models.CharField("DOI", max_length=200, blank=True)
    url = models.URLField("address", max_length=500, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "key"], name="reference_key_once"),
            models.CheckConstraint(
                condition=~Q(doi="") | ~Q(url=""), name="reference_can_be_checked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authors} {self.year or ''}: {self.title}"

    @property
    def link(self) -> str:
        """Where a reader can check it."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


class ArticleEvent(Event):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="events")
