from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Left

from articles.models import Article

from .search import about

if TYPE_CHECKING:
    from .comment import Comment

# What a list shows of a text: about two lines.
OPENING: Final = 220

# Of an article, and of no use beside its comments.
LONG_COLUMNS: Final = ("body", "html", "search_text", "head_vector", "search_vector")

HELD: Final = Q(state="held")
UNANSWERED: Final = Q(state="approved", staff=None, closed_at=None, pingback=False)


class CommentQuerySet(models.QuerySet["Comment"]):
    """The words in which comments are asked for; the piles on which staff find them."""

    def approved(self) -> Self:
        return self.filter(state="approved")

    def held(self) -> Self:
        return self.filter(HELD)

    def spam(self) -> Self:
        return self.filter(state="spam")

    def trashed(self) -> Self:
        return self.filter(state="trash")

    def written_by(self, email: str) -> Self:
        """All from one address, however its capitals are written; none without an address."""
        return self.filter(email__iexact=email) if email else self.none()

    def about(self, typed: str) -> Self:
        return about(self, typed)

    def listed(self) -> Self:
        """With what the staff's list shows of each, and without the long texts."""
        return (
            self.select_related("article")
            .annotate(opening=Left("text", OPENING))
            .defer("text", "html", *(f"article__{name}" for name in LONG_COLUMNS))
        )

    def on_piles(self) -> dict[str, int]:
        """How many lie on each of the staff's piles, in one query."""
        return self.aggregate(
            waiting=Count("pk", filter=HELD | UNANSWERED),
            held=Count("pk", filter=HELD),
            unanswered=Count("pk", filter=UNANSWERED),
            spam=Count("pk", filter=Q(state="spam")),
            trash=Count("pk", filter=Q(state="trash")),
            all=Count("pk"),
        )

    def in_states(self) -> dict[str, int]:
        """How many are in each state, for those states that occur."""
        return dict(self.order_by().values_list("state").annotate(Count("pk")))

    def by_readers(self) -> Self:
        return self.filter(staff=None)

    def awaiting_answer(self) -> Self:
        """Published words of readers that no staff member has answered or closed."""
        return self.filter(UNANSWERED)

    def waiting(self) -> Self:
        """All that waits for staff, held or unanswered."""
        return self.filter(HELD | UNANSWERED)

    def oldest_first(self) -> Self:
        return self.order_by("created_at", "pk")

    def later_than(self, other: Comment) -> Self:
        """Those that come after it where the oldest come first."""
        same_moment = Q(created_at=other.created_at, pk__gt=other.pk)
        return self.filter(Q(created_at__gt=other.created_at) | same_moment)

    def of_thread(self, article: Article) -> Self:
        """What an article's page shows, with the faces of staff, oldest first."""
        return (
            self.approved()
            .filter(article=article)
            .select_related("staff__author_profile__photo")
            .prefetch_related("staff__author_profile__held_credentials")
            .oldest_first()
        )
