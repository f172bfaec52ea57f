"""What of the evidence needs somebody's hand: reviews that are due, credentials that end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.utils import timezone

from .models import Article, Credential, Review
from .models.evidence import SOON

# Columns with a text in them, for queries that can do without.
LONG: Final = ("body", "html", "search_text", "standfirst", "key_points")
# What `Evidenced.content_hash` is made of.
WORDS: Final = ("title", "standfirst", "key_points", "body")
# Articles saved since their review whose words the desk's front page compares: some 30 ms.
MOST_READ: Final = 200


@dataclass(frozen=True)
class Standing:
    """An article's latest review, and in words what is the matter with it."""

    article: Article
    review: Review
    matters: list[str]
    urgent: bool


@dataclass
class Report:
    reviews: list[Standing] = field(default_factory=list)
    ending: list[Credential] = field(default_factory=list)
    unchecked: list[Credential] = field(default_factory=list)
    reviewed: int = 0
    unreviewed: int = 0

    @property
    def urgent(self) -> int:
        return sum(row.urgent for row in self.reviews)


def report(day: date | None = None) -> Report:
    """All that is due, overdue, about to end, or edited since its review; the urgent first.

    Reads the text of every reviewed article: about a second for a thousand of them.
    """
    on = day or timezone.localdate()
    made = Report()
    published = Article.objects.articles().published()
    newest = Review.objects.newest_of_each().filter(article__in=published)
    rows = newest.with_people().select_related("article").prefetch_related("article__references")
    for review in rows.iterator(chunk_size=200):
        made.reviewed += 1
        matters, urgent = _matters(review, review.article, on)
        if matters:
            made.reviews.append(Standing(review.article, review, matters, urgent))
    made.reviews.sort(key=lambda row: (not row.urgent, row.review.next_due))
    made.unreviewed = published.count() - made.reviewed
    credentials = Credential.objects.select_related("author")
    made.ending = list(
        credentials.ending_by(on + SOON).filter(valid_until__gte=on).order_by("valid_until")
    )
    made.unchecked = list(credentials.filter(checked_at=None))
    return made


@dataclass(frozen=True)
class Due:
    """How many reviews readers do not see (any more), since when the first of them is
    overdue, and how many more will end soon."""

    now: int
    since: date | None
    soon: int


def due_reviews(day: date | None = None) -> Due:
    """As `report` counts them, at a price that does not grow with the site: the words of an
    article are read only where it was saved since its review, and of MOST_READ at most."""
    on = day or timezone.localdate()
    newest = Review.objects.newest_of_each().filter(
        article__in=Article.objects.articles().published()
    )
    rows = (
        Review.objects.filter(pk__in=newest.values("pk"))
        .worth_a_look(on)
        .select_related("credential", "article")
        .defer(*(f"article__{name}" for name in LONG))
    )
    pending, due, overdue, soon = [], 0, [], 0
    for review in rows:
        # As if nobody had touched its words, which are not read yet.
        if troubles := review.troubles(review.content_hash, on):
            due += 1
            if Review.Trouble.OVERDUE in troubles:
                overdue.append(review.next_due)
        elif review.revision != review.article.revision:
            pending.append(review)
        else:
            soon += 1
    edited = _edited(pending[:MOST_READ])
    return Due(due + edited, min(overdue, default=None), soon)


def _edited(reviews: list[Review]) -> int:
    """How many of their articles say something else now than what was reviewed."""
    texts = Article.objects.only(*WORDS).prefetch_related("references")
    articles = texts.in_bulk([review.article_id for review in reviews]) if reviews else {}
    return sum(articles[row.article_id].content_hash() != row.content_hash for row in reviews)


def review_findings(article: Article, day: date | None = None) -> list[str]:
    """In sentences, what an editor should know about the review of an article; empty where
    it was never reviewed or all is well."""
    review = article.latest_review
    if review is None:
        return []
    return _matters(review, article, day or timezone.localdate())[0]


def _matters(review: Review, article: Article, on: date) -> tuple[list[str], bool]:
    troubles = review.troubles(article.content_hash(), on)
    words = {
        Review.Trouble.UNCHECKED: "Nobody has checked the reviewer’s credential: readers see "
        "nothing of the review.",
        Review.Trouble.LAPSED: "The reviewer’s credential is not valid now: readers see nothing "
        "of the review.",
        Review.Trouble.OVERDUE: f"The next review was due on {review.next_due:%-d %B %Y}: readers "
        "see nothing of the last one.",
        Review.Trouble.EDITED: f"It was edited since its review on {review.date:%-d %B %Y}: "
        "readers see the day and “edited since”, and no name.",
    }
    matters = [words[trouble] for trouble in troubles]
    if Review.Trouble.OVERDUE not in troubles and review.next_due <= on + SOON:
        matters.append(f"The next review is due by {review.next_due:%-d %B %Y}.")
    ends = review.credential.valid_until
    if ends and on <= ends <= on + SOON:
        matters.append(f"{review.reviewer.name}’s credential ends on {ends:%-d %B %Y}.")
    return matters, bool(troubles)
