"""Links in a text, and how many are usual on this site."""

from __future__ import annotations

import re
import time
from typing import Final

from django.db import models

# An address with or without its scheme; one in brackets of a markup is counted once.
LINK: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"'\]\)]+", re.IGNORECASE)
# Written for other systems; here it is shown as it stands, and helps nobody.
MARKUP: Final = re.compile(r"<a\s[^>]*href|\[url[=\]]|\[link[=\]]", re.IGNORECASE)

# As long as the site has published too few comments to tell what is usual on it.
USUAL: Final = 2
FEWEST: Final = 50
LOOKED_AT: Final = 1_000
# Nineteen of twenty published comments have no more.
SHARE: Final = 0.95
KEPT_SECONDS: Final = 600.0


def links_in(text: str) -> list[str]:
    return LINK.findall(text)


class Usual:
    """How many links a published comment of this site has at most, but for a few; looked
    up again every ten minutes in each process."""

    def __init__(self) -> None:
        self.looked_at: float | None = None
        self.value = USUAL

    def of(self, comments: models.QuerySet[models.Model]) -> int:
        now = time.monotonic()
        if self.looked_at is None or now - self.looked_at > KEPT_SECONDS:
            self.value, self.looked_at = _usual(comments), now
        return self.value

    def forget(self) -> None:
        self.looked_at = None


def _usual(comments: models.QuerySet[models.Model]) -> int:
    texts = comments.order_by("-pk").values_list("text", flat=True)[:LOOKED_AT]
    counts = sorted(len(links_in(text)) for text in texts)
    if len(counts) < FEWEST:
        return USUAL
    return max(1, counts[int(len(counts) * SHARE)])


usual = Usual()
