"""Which comments staff look at: a pile, and what they narrowed it to. The list and the way
from one comment to the next read the same words of an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Final, Self

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from backsite.lib.privacy import network_of

from .models import Claim, Comment, CommentVote
from .models.queries import CommentQuerySet
from .piles import Pile, pile_called

# The few names among many votes, each found by one look into the index.
NAMES: Final = """
WITH RECURSIVE found AS (
    (SELECT check_name FROM comments_commentvote ORDER BY check_name LIMIT 1)
    UNION ALL
    SELECT (SELECT vote.check_name FROM comments_commentvote vote
            WHERE vote.check_name > found.check_name ORDER BY vote.check_name LIMIT 1)
    FROM found WHERE found.check_name IS NOT NULL
)
SELECT check_name FROM found WHERE check_name IS NOT NULL"""


@dataclass(frozen=True)
class Place:
    """Where a comment lies among those that wait; taken before it is decided on."""

    pk: int
    urgency: int
    waits_since: datetime

    @classmethod
    def of(cls, comment: Comment) -> Place:
        return cls(comment.pk, comment.urgency, comment.waits_since)

    @property
    def after(self) -> Q:
        same = Q(urgency=self.urgency)
        later = Q(waits_since__gt=self.waits_since)
        next_to = Q(waits_since=self.waits_since, pk__gt=self.pk)
        return Q(urgency__lt=self.urgency) | same & (later | next_to)


@dataclass(frozen=True)
class View:
    """What an address asks for. Whatever stands in it: nothing is raised."""

    pile: Pile
    user: Any
    article: str = ""
    check: str = ""
    network: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any], user: Any) -> Self:
        return cls(
            pile=pile_called(query.get("pile")),
            user=user,
            article=query.get("article") or "",
            check=query.get("check") or "",
            network=query.get("network") or "",
            words=query.get("q") or "",
        )

    def rows(self) -> CommentQuerySet:
        rows = under(self.pile.pick(Comment.objects.all(), self.user), self.article)
        rows = sent_from(voted_by(rows, self.check), self.network)
        return rows.about(self.words) if self.words.strip() else rows

    def next_after(self, place: Place) -> Comment | None:
        """The next one that nobody else has taken, from the beginning again after the last."""
        free = self.rows().exclude(pk=place.pk).most_urgent_first().defer("text", "html")
        free = free.exclude(claim__in=Claim.objects.of_others(self.user))
        return free.filter(place.after).first() or free.first()

    def left_beside(self, comment: Comment, most: int) -> int:
        """How many more there are, up to `most`."""
        return self.rows().exclude(pk=comment.pk)[:most].count()


def is_key(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def under(rows: CommentQuerySet, article: str) -> CommentQuerySet:
    if not article:
        return rows
    return rows.filter(article_id=int(article)) if is_key(article) else rows.none()


def voted_by(rows: CommentQuerySet, check: str) -> CommentQuerySet:
    """Those that a check spoke against, or could not be asked about."""
    if not check:
        return rows
    votes = CommentVote.objects.filter(comment=OuterRef("pk"), check_name=check)
    return rows.filter(Exists(votes))


def sent_from(rows: CommentQuerySet, typed: str) -> CommentQuerySet:
    """Those from an address (203.0.113.7) or from all of its network (203.0.113.0/24); none
    for what is neither. Where a comment came from is known for some weeks only."""
    words = typed.strip()
    if not words:
        return rows
    try:
        network = ip_network(words, strict=False)
    except ValueError:
        return rows.none()
    if "/" not in words:
        return rows.filter(origin__address=words)
    return rows.filter(origin__network=network_of(str(network.network_address)))


def check_names() -> list[str]:
    """The checks that have ever said something."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        return [name for (name,) in cursor.fetchall()]
