"""Whether a check suddenly condemns far more than it used to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import exp, lgamma, log
from typing import Final

from django.utils import timezone

from ..models.comment import Comment
from ..models.records import CommentVote

RECENT: Final = timedelta(hours=24)
# As many comments before the last day say what is usual.
USUAL_FROM: Final = 2_000
# Below these, chance alone makes leaps.
LEAST_RECENT: Final = 20
LEAST_CONDEMNED: Final = 10
LEAST_BEFORE: Final = 100
# Some fifteen checks are looked at every hour: at this level chance rings once in years.
CHANCE: Final = 1e-6
# Twice as often is worth a look, whatever the numbers prove beyond that.
TIMES: Final = 2.0


def leaps() -> Iterator[str]:
    """A sentence for each check that stands out."""
    written = Comment.objects.by_readers().filter(import_key=None).order_by("-pk")
    rows = list(written.values_list("pk", "created_at")[: 2 * USUAL_FROM])
    since = timezone.now() - RECENT
    recent = [pk for pk, at in rows if at >= since]
    before = [pk for pk, at in rows if at < since][:USUAL_FROM]
    if len(recent) < LEAST_RECENT or len(before) < LEAST_BEFORE:
        return
    now, usually = _condemned(recent), _condemned(before)
    for check, count in sorted(now.items()):
        if is_leap(count, len(recent), usually[check], len(before)):
            yield (
                f"“{check}” spoke against {count} of the {len(recent)} comments of the last day; "
                f"before that it was {usually[check]} of {len(before)}."
            )


def is_leap(count: int, of: int, usually: int, of_before: int) -> bool:
    if count < LEAST_CONDEMNED or of < LEAST_RECENT or of_before < LEAST_BEFORE:
        return False
    share = (usually + 1) / (of_before + 2)  # never none and never all (Laplace's rule)
    return count / of >= TIMES * share and _at_least(count, of, share) < CHANCE


def _condemned(pks: list[int]) -> Counter[str]:
    votes = CommentVote.objects.filter(comment__in=pks, weight__gt=0, unknown=False)
    return Counter(votes.order_by().values_list("check_name", flat=True))


def _at_least(count: int, of: int, share: float) -> float:
    """How likely chance alone makes so many, were the share unchanged (binomial)."""
    ways = (
        lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share)
        + (of - k) * log(1 - share)
        for k in range(count, of + 1)
    )  # fmt: skip
    return sum(map(exp, ways))
