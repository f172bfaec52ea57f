from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final, Self

from django.db import models
from django.db.models import Count, F, Q
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
DOUBTED: Final = Q(state="spam", doubted=True)


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

    def lock(self, keys: Collection[int]) -> None:
        """Whoever decides about comments locks them by this, and so in one order: of two who
        meet, one waits for the other and never both. To decide about an answer by staff is
        to decide about its question as well."""
        answers = self.filter(pk__in=keys, staff__isnull=False, parent__isnull=False)
        questions = answers.order_by().values_list("parent", flat=True)
        rows = self.filter(pk__in={*keys, *questions}).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))

    def listed(self) -> Self:
        """With what the staff's list shows of each, and without the long texts."""
        return (
            self.select_related("article", "claim__by__author_profile")
            .annotate(
                opening=Left("text", OPENING),
                to_name=F("parent__name"),
                to_staff=F("parent__staff"),
                asked_by=F("parent__parent__email"),
            )
            .defer("text", "html", *(f"article__{name}" for name in LONG_COLUMNS))
        )

    def in_states(self) -> dict[str, int]:
        """How many are in each state, for those states that occur."""
        return dict(self.order_by().values_list("state").annotate(Count("pk")))

    def decided_by_people(self) -> Self:
        """Those about which a person has decided, here or on the site they came from."""
        return self.filter(Q(person_decided_at__isnull=False) | Q(import_key__isnull=False))

    def by_readers(self) -> Self:
        return self.filter(staff=None)

    def public_answers(self) -> Self:
        """What staff have answered readers where both can be read, the newest first."""
        public = self.approved().filter(parent__state="approved", article__state="published")
        answers = public.filter(staff__isnull=False, parent__staff=None, parent__pingback=False)
        newest = answers.order_by("-approved_at", "-pk")
        return newest.select_related("article", "parent").defer(
            *(f"article__{name}" for name in LONG_COLUMNS)
        )

    def awaiting_answer(self) -> Self:
        """Published words of readers that no staff member has answered or closed."""
        return self.filter(UNANSWERED)

    def waiting(self) -> Self:
        """All that waits for staff."""
        return self.filter(urgency__gt=0)

    def unsettled(self) -> Self:
        """Readers' words that nobody has decided on, or answered, yet."""
        return self.filter(HELD | UNANSWERED, staff=None, pingback=False)

    def in_danger(self) -> Self:
        """Words of danger that nobody has dealt with, whatever the checks said of them."""
        return self.filter(danger=True, urgency__gt=0, staff=None)

    def doubted(self) -> Self:
        """What the checks took for spam and may be a reader's after all."""
        return self.filter(DOUBTED, urgency__gt=0)

    def on_the_desk(self) -> Self:
        """All that waits, in the order in which it is to be done."""
        return self.waiting().most_urgent_first()

    def most_urgent_first(self) -> Self:
        return self.order_by("-urgency", "waits_since", "pk")

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
