"""Whether readers can still write under an article, and by which rules: the site's, and
those of the article where it has its own. The one place that decides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from articles.models import Article
from articles.whole import NAMED
from backsite.lib.prepared import Given, Prepared, Question

from .models import ArticleDiscussion, Discussion


def _rules() -> dict[str, Question]:
    return {
        "site": Discussion.objects.filter(pk=Discussion.ONLY),
        "own": ArticleDiscussion.objects.filter(article=Given("article")),
    }


def _asked() -> dict[str, Question]:
    seen = Article.objects.articles().seen_by_readers().filter(pk=Given("article"))
    return {"article": seen.only(*NAMED), **_rules()}


_RULES: Final = Prepared(_rules)
_ASKED: Final = Prepared(_asked)


@dataclass(frozen=True)
class Rules:
    """The site's rules and what one article says otherwise, read in one query."""

    site: Discussion
    own: ArticleDiscussion | None = None

    @classmethod
    def of(cls, article: Article) -> Rules:
        return cls._read(_RULES.ask(article=article.pk))

    @classmethod
    def _read(cls, found: Mapping[str, list[Any]]) -> Rules:
        site, own = (next(iter(found[name]), None) for name in ("site", "own"))
        return cls(site or Discussion(), own)

    @property
    def closed_after_days(self) -> int | None:
        if self.own is not None and self.own.closed_after_days is not None:
            return self.own.closed_after_days
        return self.site.closed_after_days

    @property
    def moderation(self) -> str:
        return (self.own and self.own.moderation) or self.site.moderation


def asked(article_id: int) -> tuple[Article | None, Rules]:
    """What a form was sent to, and by which rules; None where readers never saw it. One
    query: this stands before every comment."""
    found = _ASKED.ask(article=article_id)
    return next(iter(found["article"]), None), Rules._read(found)


def is_open(article: Article, rules: Rules | None = None) -> bool:
    """Whether its form is shown. What is sent all the same is kept, and held."""
    if not article.comments_open:
        return False
    rules = rules or Rules.of(article)
    if not rules.site.open:
        return False
    end = closes_at(article, rules)
    return end is None or timezone.now() < end


def closes_at(article: Article, rules: Rules) -> datetime | None:
    """The moment at which its comments close by themselves; None for never."""
    days = rules.closed_after_days
    if days is None or article.published_at is None:
        return None
    try:
        return article.published_at + timedelta(days=days)
    except OverflowError:  # more days than a calendar has
        return None
