"""Articles and pages, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone

from backsite.lib.records import Event, Imported
from backsite.lib.web import address_of
from backsite.lib.work import due_index, gave_up_index

from ..rendering import heading_words, render_body, words_in
from .author import Author
from .evidence import Evidenced
from .found import Findable
from .picture_key import PictureKey
from .publishing import Publishing
from .reference import Reference
from .revising import Revised
from .search import Searchable, WithoutVectors, names_of, search_indexes
from .topic import Tag, Topic

if TYPE_CHECKING:
    from ..whole import Parts

# The usual pace of silent reading for adults (Brysbaert 2019, J Mem Lang: 238 a minute).
WORDS_A_MINUTE: Final = 238


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> ArticleQuerySet:
        return self.filter(state=Article.State.PUBLISHED)

    def scheduled(self) -> ArticleQuerySet:
        return self.filter(state=Article.State.SCHEDULED)

    def seen_by_readers(self) -> ArticleQuerySet:
        """Published, now or once: those whose readers may have something to say."""
        return self.filter(state__in=[Article.State.PUBLISHED, Article.State.WITHDRAWN])

    def taken_away(self) -> ArticleQuerySet:
        """Those that readers had and have no longer."""
        return self.filter(state=Article.State.WITHDRAWN, published_at__isnull=False)

    def untouched_since(self, moment: datetime) -> ArticleQuerySet:
        """Published before that moment, and saved by nobody since."""
        return self.published().filter(published_at__lt=moment).exclude(revisions__at__gte=moment)

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
            self.select_related("topic", "picture")
            .prefetch_related(Prefetch("bylines", Byline.objects.select_related("author")))
            .defer("body", "html", "search_text")
        )

    def complete(self) -> ArticleQuerySet:
        """With all that its own page shows."""
        return self.select_related(
            "topic__parent__parent", "picture", "share_picture"
        ).prefetch_related(
            Prefetch("bylines", Byline.objects.select_related("author__photo")),
            "bylines__author__held_credentials",
            "tags",
            "further_topics",
            "references",
        )

    def keys_filed_under(
        self, topics: Collection[int]
    ) -> models.QuerySet[Article, tuple[int, datetime | None]]:
        """(key, when published) of those with one of these topics, as their own or as a
        further one, the newest first: two lists put together, each of which an index gives
        in its order. “One or the other” reads every article to find the few of a small
        topic."""
        further = Article.further_topics.through.objects.filter(topic_id__in=topics)
        others = self.filter(pk__in=further.values("article_id")).exclude(topic__in=topics)
        both = self.filter(topic__in=topics).values_list("pk", "published_at")
        rows = both.union(others.values_list("pk", "published_at"), all=True)
        return rows.order_by("-published_at", "-pk")


class Article(Imported, Evidenced, Findable, Searchable, Revised, Publishing):
    """Something to read: an article, or a page such as “About”.

    `body` is what the writer wrote, `html` what readers get: sanitised, with reference
    marks numbered. `render()` makes the one from the other.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "article"
        PAGE = "page", "page"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
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
    further_topics = models.ManyToManyField(
        Topic,
        blank=True,
        related_name="further_articles",
        help_text="Other topics whose pages show it too.",
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="articles")
    authors = models.ManyToManyField(Author, through="Byline", related_name="articles")
    picture = PictureKey(verbose_name="lead picture", related_name="leads")
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
    updated_at = models.DateTimeField(
        "updated", null=True, blank=True, help_text="When its content last changed for readers."
    )
    original_address = models.URLField(max_length=500, blank=True, editable=False)

    # What `articles.whole` has brought along in one go; None where nobody asked it to.
    parts: Parts | None = None
    # The columns that render() fills; who calls it saves them.
    RENDERED: ClassVar[tuple[str, ...]] = ("html", "search_text", "headings_text", "names_text")

    objects = WithoutVectors.from_queryset(ArticleQuerySet)()

    class Meta:
        verbose_name = "article"
        # Beside "change": who has only that writes drafts, which somebody else publishes.
        permissions = [("publish_article", "Can publish, schedule and withdraw articles")]
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
            gave_up_index("article_gave_up"),
            # Staff's list, and the choice of an article by its title.
            models.Index(fields=["-created_at", "-id"], name="article_newest_made"),
            models.Index(fields=["title"], name="article_by_title"),
            *search_indexes("article"),
            # The few pages that the foot of every page names.
            models.Index(
                fields=["title"],
                condition=Q(state="published", kind="page"),
                name="article_pages",
            ),
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
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(state="published", kind="article", featured=True),
                name="article_featured",
            ),
            models.Index(
                fields=["id"],
                include=["updated_at", "published_at"],
                condition=Q(state="published", kind="article", noindex=False, canonical_address=""),
                name="article_sitemap",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.address_of(self.slug, self.kind)

    @classmethod
    def address_of(cls, slug: str, kind: str) -> str:
        name = "articles:page" if kind == cls.Kind.PAGE else "articles:article"
        return address_of(name, slug)

    @property
    def is_page(self) -> bool:
        return self.kind == self.Kind.PAGE

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
        self.headings_text = heading_words(self.html)
        self.names_text = names_of(self.pk) if self.pk else ""

    def cited(self) -> list[Reference]:
        """Its references in the order of their numbers in the text."""
        return sorted(self.references.all(), key=lambda reference: reference.position)


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


class ArticleEvent(Event):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="events")
