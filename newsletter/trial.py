"""Which of two subjects did better with the readers who had one of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import Count

from .models.delivery import Delivery, DeliveryQuerySet
from .models.hit import Hit, HitQuerySet

if TYPE_CHECKING:
    from .models import Issue


def better(issue: Issue) -> tuple[str, str]:
    """(variant, why). An empty variant where neither is better, or nothing was counted: a
    person has to say then, and the words say why."""
    sent = _by_variant(Delivery.objects.sent().filter(issue=issue))
    hits = Hit.objects.by_people().firsts().filter(issue=issue)
    for rows, what in ((hits.follows(), "followed a link"), (hits.openings(), "opened it")):
        counts = _by_variant(rows)
        if not counts["a"] + counts["b"]:
            continue
        share = {name: counts[name] / max(sent[name], 1) for name in "ab"}
        said = " and ".join(
            f"{counts[name]} of {sent[name]} with {name.upper()} {what}" for name in "ab"
        )
        if share["a"] == share["b"]:
            return "", f"Both did equally well: {said}."
        return max("ab", key=lambda name: share[name]), f"{said}."
    return "", "Nothing was counted by which the better one could be told."


def _by_variant(rows: DeliveryQuerySet | HitQuerySet) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list("variant").annotate(Count("pk"))))
