"""An article with everything that its own page shows, in two questions to the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import models
from django.db.models import Q

from backsite.lib.prepared import Given, Prepared, Question, among, keep

from .figures import numbers_in
from .models import (
    Article,
    Author,
    Byline,
    Call,
    ChangeNote,
    Credential,
    Picture,
    Reference,
    Review,
    SeriesPart,
    Tag,
    Topic,
)
from .models.call import BOOK, keys_in


@dataclass(frozen=True)
class Parts:
    """What stands in and around a text, read together with it."""

    calls: list[Call] = field(default_factory=list)
    pictures: dict[int, Picture] = field(default_factory=dict)
    series: list[SeriesPart] = field(default_factory=list)


def _article() -> Mapping[str, Question]:
    """The long columns that only staff and the search need are left out."""
    shown = Article.objects.published().filter(slug=Given("slug"), kind=Given("kind"))
    return {"article": shown.select_related("topic__parent__parent", "picture", "share_picture")}


def _parts() -> Mapping[str, Question]:
    article = Given("article")
    lines = Byline.objects.filter(article=article)
    reviews = Review.objects.filter(article=article).standing()
    people = Q(author__in=lines.values("author")) | Q(author__in=reviews.values("reviewer"))
    topics = Q(topic=Given("topic")) | Q(
        topic__in=Article.further_topics.through.objects.filter(article=article).values("topic")
    )
    on_topic = Call.topics.through.objects.filter(topics).values("call")
    placed = Q(place=Call.Place.END) | Q(place=Call.Place.TOPICS, pk__in=on_topic)
    named = Q(key__in=among("keys", "text"))
    # A book that staff have put out of use is not replaced by the one that there is without.
    calls = Call.objects.filter(Q(active=True) & (named | placed) | Q(key=BOOK) & named)
    return {
        "bylines": lines.select_related("author__photo"),
        "credentials": Credential.objects.filter(people),
        "tags": Tag.objects.filter(articles=article),
        "further_topics": Topic.objects.filter(further_articles=article),
        "references": Reference.objects.filter(article=article),
        "reviews": reviews.select_related("reviewer", "credential")[:1],
        "change_notes": ChangeNote.objects.filter(article=article),
        "series": SeriesPart.objects.beside(article),
        "calls": calls.select_related("picture"),
        "pictures": Picture.objects.present().filter(pk__in=among("pictures")),
    }


def _named() -> Mapping[str, Question]:
    slug = Given("slug", models.SlugField())
    shown = Article.objects.articles().published().filter(slug=slug)
    lines = Byline.objects.filter(article__slug=slug)
    return {
        "article": shown.only(*NAMED),
        "bylines": lines.select_related("author"),
        "credentials": Credential.objects.filter(author__in=lines.values("author")),
    }


def _listed() -> Mapping[str, Question]:
    keys = among("keys")
    articles = Article.objects.filter(pk__in=keys).select_related("topic", "picture").newest_first()
    return {
        "articles": articles.defer(*LONG),
        "bylines": Byline.objects.filter(article__in=keys).select_related("author"),
    }


LONG: Final = ("body", "html", "search_text", "headings_text", "names_text")
# What pages that belong to an article say of it.
NAMED: Final = ("kind", "title", "slug", "state", "comments_open", "published_at")
_LISTED: Final = Prepared(_listed)
_NAMED: Final = Prepared(_named)
_ARTICLE: Final = Prepared(_article)
_PARTS: Final = Prepared(_parts)


def published(slug: str, kind: Article.Kind) -> Article | None:
    """As readers get it at its address; None where they get nothing there."""
    found = _ARTICLE.ask(slug=slug, kind=kind)["article"]
    return completed(found[0]) if found else None


def of(pk: int) -> Article:
    """For a page that shows it to one reader, whatever its state."""
    seen = Article.objects.select_related("topic__parent__parent", "picture", "share_picture")
    return completed(seen.get(pk=pk))


def named(slug: str) -> Article | None:
    """What a page beside it needs to name it: its title, address and authors. One query."""
    found = _NAMED.ask(slug=slug)
    for article in found["article"]:
        hand_out(found["credentials"], [line.author for line in found["bylines"]])
        keep(article, "bylines", found["bylines"])
    return next(iter(found["article"]), None)


def hand_out(credentials: Iterable[Credential], people: Iterable[Author]) -> None:
    """To each the own ones, as if they had been prefetched."""
    held: dict[int, list[Credential]] = defaultdict(list)
    for credential in credentials:
        held[credential.author_id].append(credential)
    for person in people:
        keep(person, "held_credentials", held[person.pk])


def listed(keys: list[int]) -> list[Article]:
    """Those articles as lists show them, the newest first, in one query."""
    found = _LISTED.ask(keys=keys)
    lines: dict[int, list[Byline]] = defaultdict(list)
    for line in found["bylines"]:
        lines[line.article_id].append(line)
    for article in found["articles"]:
        keep(article, "bylines", lines[article.pk])
    return found["articles"]


def completed(article: Article) -> Article:
    """Brings along what its page shows; `article` has its topics and pictures already."""
    found = _PARTS.ask(
        article=article.pk,
        topic=article.topic_id,
        keys=keys_in(article.html),
        pictures=numbers_in(article.html),
    )
    review = next(iter(found["reviews"]), None)
    people = [line.author for line in found["bylines"]]
    hand_out(found["credentials"], [*people, *([review.reviewer] if review else [])])
    for name in ("bylines", "tags", "further_topics", "references", "change_notes"):
        keep(article, name, found[name])
    article.__dict__["latest_review"] = review  # asked once for each object: it is asked now
    pictures = {picture.pk: picture for picture in found["pictures"]}
    article.parts = Parts(found["calls"], pictures, found["series"])
    return article
