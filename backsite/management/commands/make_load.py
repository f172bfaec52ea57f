"""`manage.py make_load`: a large site to measure on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from articles.models import Article, Author, Byline, Topic, Vocabulary
from articles.models.vocabulary import ARTICLES_AT_ONCE
from backsite import crowd
from backsite.copying import copy, reserve_keys
from backsite.lib.pagecache.triggers import in_bulk
from backsite.made_up import Texts

BATCH: Final = 2_000
TOPICS: Final = 12
AUTHORS: Final = 20
KEY: Final = "load"


class Command(BaseCommand):
    help = (
        "Fills the database with made-up articles, comments and subscribers, to measure how the "
        "site bears them. The same seed makes the same ones. Never meant for a site that has "
        "readers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--articles", type=int, default=100_000, metavar="NUMBER")
        parser.add_argument("--comments", type=int, default=2_000_000, metavar="NUMBER")
        parser.add_argument("--subscribers", type=int, default=1_000_000, metavar="NUMBER")
        parser.add_argument("--seed", type=int, default=1, metavar="NUMBER")
        parser.add_argument(
            "--yes", action="store_true", help="fill this database, though it has articles"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("articles", "comments", "subscribers"):
            if options[name] < 0:
                raise CommandError(f"--{name} takes a number of at least 0.")
        wanted, self.verbosity = int(options["articles"]), int(options["verbosity"])
        self._refuse_a_real_site(sure=bool(options["yes"]))
        texts = Texts(options["seed"])
        topics, authors = _topics(texts), _authors()
        done = 0
        while done < wanted:
            with transaction.atomic(), in_bulk(connection):
                keys = reserve_keys(Article, min(BATCH, wanted - done))
                copy(_articles(texts, keys, done, topics, authors), Article)
                copy(_bylines(keys, authors), Byline)
            done += len(keys)
            self._told("articles", wanted)(done)
        self._count_words(done)
        crowd.comments(texts, options["comments"], self._told("comments", options["comments"]))
        people = options["subscribers"]
        crowd.subscribers(people, self._told("subscribers", people))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        if self.verbosity:
            made = f"{done:,} articles, {options['comments']:,} comments, {people:,} subscribers"
            self.stdout.write(self.style.SUCCESS(f"Made up and in place: {made}."))

    def _told(self, what: str, wanted: int) -> Callable[[int], None]:
        """Says how far it is."""

        def say(done: int) -> None:
            if self.verbosity:
                self.stdout.write(f"  {done:,} of {wanted:,} {what}   ", ending="\r")
                self.stdout.flush()

        return say

    def _count_words(self, articles: int) -> None:
        """What the worker does in pieces, here at once."""
        row, done = Vocabulary.current(), 0
        while done == 0 or row.after:
            row.perform()
            done += ARTICLES_AT_ONCE
            self._told("articles, whose words are counted", articles)(min(done, articles))

    def _refuse_a_real_site(self, *, sure: bool) -> None:
        if Article.objects.filter(import_key__startswith=f"{KEY}:").exists():
            raise CommandError(
                "This database has made-up articles already: nothing was added. Begin with an "
                "empty database, e.g. another --data folder."
            )
        if not sure and Article.objects.exists():
            raise CommandError(
                f"The database “{connection.settings_dict['NAME']}” has articles: nothing was "
                "added. If it is no site that anybody reads, say --yes."
            )


def _topics(texts: Texts) -> list[Topic]:
    return [
        Topic.objects.create(
            name=texts.title(), slug=f"load-topic-{number}", import_key=f"{KEY}:topic-{number}"
        )
        for number in range(TOPICS)
    ]


def _authors() -> list[Author]:
    return [
        Author.objects.create(
            name=f"Dr Load {number}",
            slug=f"load-author-{number}",
            import_key=f"{KEY}:author-{number}",
        )
        for number in range(AUTHORS)
    ]


def _articles(
    texts: Texts, keys: range, done: int, topics: list[Topic], authors: list[Author]
) -> Iterator[Article]:
    """One an hour, back from now: the first is the newest."""
    now = timezone.now()
    for place, key in enumerate(keys):
        number = done + place
        html, text, headings = texts.body()
        moment, title = now - timedelta(hours=number), texts.title()
        topic = topics[texts.pick(len(topics))]
        yield Article(
            pk=key,
            import_key=f"{KEY}:article-{number}",
            title=title,
            slug=f"load-article-{number}",
            standfirst=texts.sentence(24),
            body=html,
            html=html,
            search_text=text,
            headings_text=headings,
            names_text=f"{topic.name}\n{authors[key % len(authors)].name}",
            topic=topic,
            state=Article.State.PUBLISHED,
            created_at=moment,
            published_at=moment,
        )


def _bylines(keys: range, authors: list[Author]) -> list[Byline]:
    rows = reserve_keys(Byline, len(keys))
    return [
        Byline(pk=row, article_id=key, author=authors[key % len(authors)], position=1)
        for row, key in zip(rows, keys, strict=True)
    ]
