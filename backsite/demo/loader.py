"""Writes the demonstration content into an empty site."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from articles import legal
from articles.models import (
    Article,
    Author,
    Byline,
    Credential,
    Picture,
    Reference,
    Revision,
    Site,
    Tag,
    Topic,
)
from articles.models.call import BOOK, Call
from articles.rendering import cited_keys
from newsletter.models import Book, Course, Lesson, Letter
from newsletter.models.letter import FIRST

from . import content
from .threads import Threads

# Any number that no other advisory lock of the site uses: two loaders at once take turns.
LOCK: Final = 20_250_117
FOLDER: Final = "demo"
CHART: Final = ".svg"
PHOTOGRAPHS: Final = frozenset({".webp", ".png"})
LOCAL_PICTURE: Final = re.compile(r'(<img src=")([^"/:]+)(")')
# What only a demonstration says about itself on the privacy page.
DEMO_PARAGRAPH: Final = re.compile(r"<p>On this demonstration .*?</p>\n?")
# Articles come out in the morning, whenever the demonstration is loaded.
HOUR: Final = 7
CREDENTIALS_SINCE: Final = timedelta(days=3 * 365)
REVIEWED_AGAIN_AFTER: Final = timedelta(days=365)


def load(say: Callable[[str], None]) -> bool:
    """All of it or nothing, in one transaction; False where there are articles already.

    What staff have already written (the site's name, a topic, a book) is left as it is.
    Raises OSError when the pictures cannot be stored.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if Article.objects.articles().exists():
            return False
        _load(timezone.now(), say)
    return True


def load_privacy_page() -> bool:
    """The page that every form links to, as a text to start from; False where it exists."""
    text = next(text for text in content.pages() if text.slug == "privacy")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if Article.objects.filter(slug=text.slug).exists():
            return False
        if not settings.LANGUAGE_CODE.startswith("en"):
            title, body = legal.text_of(text.slug)
            facts = {**text.facts, "title": title, "standfirst": ""}
            text = replace(text, facts=facts, body=legal.without_gaps(body))
        _page(replace(text, body=DEMO_PARAGRAPH.sub("", text.body)), timezone.now())
    return True


def _load(now: datetime, say: Callable[[str], None]) -> None:
    facts = content.site()
    charts, pictures = _store_charts(), _take_pictures()
    say(f"{len(charts) + len(pictures)} pictures stored")
    _identify(facts)
    topics = {row["slug"]: _topic(row, place) for place, row in enumerate(facts["topics"])}
    _offer_letters(facts["letters"], topics)
    _begin_course(content.course())
    authors = {row["slug"]: _author(row, pictures) for row in facts["authors"]}
    say(f"{len(topics)} topics, {len(authors)} authors")
    articles = {}
    for text in content.articles():
        body = _with_charts(text.body, charts)
        article = _article(replace(text, body=body), topics[text.facts["topic"]], pictures, now)
        for place, slug in enumerate(text.facts["authors"]):
            Byline.objects.create(article=article, author=authors[slug], position=place)
        articles[text.slug] = article
    _face_of_the_login()
    for text in content.pages():
        if not Article.objects.filter(slug=text.slug).exists():
            _page(text, now)
    Revision.objects.keep_first_of(Article.objects.all(), by=None, why="the demonstration")
    reviews = _review(articles, authors, now)
    say(f"{len(articles)} articles, {len(content.pages())} pages, the book, {reviews} reviews")
    staff = {slug: author.user for slug, author in authors.items() if author.user}
    threads = Threads(articles, staff, now)
    threads.write(content.comments())
    say(f"{threads.count} comments")


def _take_pictures() -> dict[str, Picture]:
    """Lead pictures and portraits, as if somebody had uploaded them; by the name here."""
    taken = {}
    for path in sorted(content.PICTURES.iterdir()):
        if path.suffix in PHOTOGRAPHS:
            with path.open("rb") as file:
                taken[path.name], _ = Picture.take(file, path.name, by=None)
    return taken


def _store_charts() -> dict[str, str]:
    """The drawn charts, which are ours and need no new encoding, under lasting names;
    {name in the files here: name in the storage}.

    One left from an earlier load is kept if it is the same and replaced if it is not (a
    load that was killed may have left half of it).
    """
    names = {}
    for path in sorted(content.PICTURES.iterdir()):
        if path.suffix != CHART:
            continue
        name, wanted = f"{FOLDER}/{path.name}", path.read_bytes()
        if default_storage.exists(name):
            with default_storage.open(name) as stored:
                same = stored.read() == wanted
            if not same:
                default_storage.delete(name)
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(wanted))
        names[path.name] = name
    return names


def _identify(facts: dict[str, Any]) -> None:
    if not Site.objects.exists():
        Site(**facts["site"]).save()
    if Book.objects.current() is None:
        book = Book(**facts["book"], body=content.book())
        book.render()
        book.save()
    if not Call.objects.filter(key=BOOK).exists():
        Call.book().save()


def _topic(row: dict[str, Any], place: int) -> Topic:
    defaults = {"name": row["name"], "introduction": row["introduction"], "position": place}
    return Topic.objects.get_or_create(slug=row["slug"], defaults=defaults)[0]


def _offer_letters(rows: list[dict[str, Any]], topics: dict[str, Topic]) -> None:
    """What people can choose from, where staff have set up nothing yet."""
    if Letter.objects.exclude(key=FIRST).exists():
        return
    for place, row in enumerate(rows):
        known = {**row, "position": place}
        if "topic" in row:
            known["topic"] = topics[row["topic"]]
        Letter.objects.get_or_create(key=row["key"], defaults=known)


def _begin_course(facts: dict[str, Any]) -> None:
    """Seven letters, where staff have written no course yet."""
    if Course.objects.exists():
        return
    course = Course.objects.create(
        name=facts["name"], active=True, book=Book.objects.current(), begins_at_confirmation=True
    )
    for position, row in enumerate(facts["lessons"], start=1):
        lesson = Lesson(course=course, position=position, **row)
        lesson.render()
        lesson.save()


def _author(row: dict[str, Any], pictures: dict[str, Picture]) -> Author:
    """With an account that carries the name of the answers and that nobody can log in to."""
    author, is_new = Author.objects.get_or_create(
        slug=row["slug"],
        defaults={
            "name": row["name"],
            "credentials": row["credentials"],
            "biography": row["biography"],
            "photo": pictures[row["photo"]],
        },
    )
    if is_new or author.user is None:
        first, _, last = row["name"].partition(" ")
        names = {"first_name": first, "last_name": last, "is_active": False}
        user, made = User.objects.get_or_create(username=f"demo-{row['slug']}", defaults=names)
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        author.user = user
        author.save(update_fields=["user"])
    return author


def _credential(author: Author, row: dict[str, str], now: datetime) -> Credential:
    """Says of itself that it is none, wherever readers see it."""
    known = author.held_credentials.filter(what=row["what"]).first()
    if known is not None:
        return known
    since = (now - CREDENTIALS_SINCE).date()
    made = Credential.objects.create(author=author, valid_from=since, **row)
    made.check_off(by=None, why="the demonstration")
    return made


def _review(articles: dict[str, Article], authors: dict[str, Author], now: datetime) -> int:
    """How many were reviewed, each by an invented person who did not write it."""
    held = {
        row["slug"]: _credential(authors[row["slug"]], row["credential"], now)
        for row in content.site()["authors"]
        if "credential" in row
    }
    texts = [text for text in content.articles() if "review" in text.facts]
    for text in texts:
        facts = text.facts["review"]
        day = timezone.localdate(now) - timedelta(days=facts["days_ago"])
        articles[text.slug].review(
            reviewer=authors[facts["reviewer"]],
            credential=held[facts["reviewer"]],
            on=day,
            next_due=day + REVIEWED_AGAIN_AFTER,
            note="Part of the demonstration: nobody has reviewed it.",
            by=None,
        )
    return len(texts)


def _face_of_the_login() -> None:
    """Whoever tries the demonstration answers under a name, not as an account."""
    login = User.objects.filter(is_superuser=True, author_profile=None).order_by("pk").first()
    if login is not None:
        Author.objects.get_or_create(
            slug="team",
            defaults={
                "name": "The Steady Back team",
                "credentials": "Demonstration profile",
                "biography": "Whoever is logged in to this demonstration. Nobody here is a doctor.",
                "user": login,
            },
        )


def _article(
    text: content.Text, topic: Topic, pictures: dict[str, Picture], now: datetime
) -> Article:
    facts, changed = text.facts, text.facts.get("updated_days_ago")
    article = Article.objects.create(
        slug=text.slug,
        title=facts["title"],
        standfirst=facts["standfirst"],
        body=text.body,
        key_points="\n".join(facts["key_points"]),
        topic=topic,
        featured=facts.get("featured", False),
        picture=pictures[facts["picture"]] if "picture" in facts else None,
        picture_alt=facts.get("picture_alt", ""),
        created_at=_morning(now, facts["published_days_ago"]),
        updated_at=_morning(now, changed) if changed else None,
    )
    for place, key in enumerate(cited_keys(text.body), start=1):
        Reference.objects.create(
            article=article, key=key, position=place, **content.references()[key]
        )
    for name in facts["tags"]:
        tag, _ = Tag.objects.get_or_create(slug=slugify(name), defaults={"name": name})
        article.tags.add(tag)
    _publish(article, facts["published_days_ago"], now)
    return article


def _page(text: content.Text, now: datetime) -> None:
    page = Article.objects.create(
        kind=Article.Kind.PAGE,
        slug=text.slug,
        title=text.facts["title"],
        standfirst=text.facts["standfirst"],
        body=text.body,
        comments_open=False,
    )
    _publish(page, text.facts.get("published_days_ago", 0), now)


def _publish(article: Article, days_ago: int, now: datetime) -> None:
    article.render()
    article.save(update_fields=Article.RENDERED)
    article.publish(by=None, at=_morning(now, days_ago))


def _with_charts(body: str, charts: dict[str, str]) -> str:
    """With the addresses under which readers get the pictures that it names."""
    return LOCAL_PICTURE.sub(
        lambda image: f"{image[1]}{default_storage.url(charts[image[2]])}{image[3]}", body
    )


def _morning(now: datetime, days_ago: int) -> datetime:
    """Never later than now, though the day may have only begun."""
    return min(now, (now - timedelta(days=days_ago)).replace(hour=HOUR, minute=0, second=0))
