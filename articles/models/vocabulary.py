"""The words that the published articles use, for what a reader mistyped or is still typing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from backsite.lib.work import DueWork, due_index, soon

from .search import names_of, refresh_names

# Shorter ones have too many neighbours to be corrected, longer ones are addresses.
SHORTEST_WORD: Final = 3
LONGEST_WORD: Final = 30
WORDS: Final = re.compile(rf"[^\W\d_]{{{SHORTEST_WORD},{LONGEST_WORD}}}(?![^\W_])")
TEXTS: Final = ("title", "standfirst", "names_text", "search_text")
# Articles read in one attempt: about two seconds, so that mail need not wait behind it.
ARTICLES_AT_ONCE: Final = 1_000
PAUSE: Final = timedelta(seconds=5)
# What was withdrawn or rewritten leaves its words behind until the next round.
BETWEEN_ROUNDS: Final = timedelta(days=1)


def words_of(text: str) -> set[str]:
    """The words of a text that can be searched for, without capitals, each once."""
    return set(WORDS.findall(text.lower()))


class Word(models.Model):
    word = models.CharField(max_length=LONGEST_WORD, unique=True)
    articles = models.PositiveIntegerField(help_text="How many articles use it, about.")
    round = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["-articles"], name="word_most_used")]

    def __str__(self) -> str:
        return self.word


class Vocabulary(DueWork):
    """The one row that the counting of words hangs on.

    An article that is published adds its words at once. Once a day a round over all
    articles counts anew, some at a time (`after` is how far it came), and then drops the
    words that it did not meet. On its way it puts right the names in the articles' rows.
    """

    ONLY: ClassVar[int] = 1

    round = models.PositiveIntegerField(default=1, editable=False)
    after = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "words for the search"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="vocabulary_is_one_row"),
        ]
        indexes = [due_index("vocabulary_due")]

    def __str__(self) -> str:
        return "the words in use"

    @classmethod
    def current(cls) -> Vocabulary:
        due = timezone.now() + BETWEEN_ROUNDS
        return cls.objects.get_or_create(pk=cls.ONLY, defaults={"due_at": due})[0]

    @classmethod
    @transaction.atomic
    def learn(cls, article: Any) -> None:
        """The words of one article that readers get from now on."""
        article.names_text = names_of(article.pk)
        article.save(update_fields=["names_text"])
        _count(Counter(words_of(_text(article))), cls.current().round, anew=False)

    @classmethod
    def count_anew(cls) -> None:
        """A round begins now: much has changed at once (an import)."""
        row = cls.current()
        cls.objects.filter(pk=cls.ONLY).update(due_at=timezone.now(), gave_up_at=None)
        soon(row)

    def perform(self) -> None:
        """One portion; `_settle` says when the next one is due."""
        articles = apps.get_model("articles", "Article")._default_manager
        if self.after == 0:
            self.round += 1
        later = articles.filter(state="published", pk__gt=self.after).order_by("pk")
        keys = list(later.values_list("pk", flat=True)[:ARTICLES_AT_ONCE])
        refresh_names(keys)
        counted: Counter[str] = Counter()
        for row in articles.filter(pk__in=keys).only(*TEXTS):
            counted.update(words_of(_text(row)))
        _count(counted, self.round, anew=True)
        self.after = keys[-1] if len(keys) == ARTICLES_AT_ONCE else 0
        if self.after == 0:
            Word.objects.filter(round__lt=self.round).delete()
        self.save(update_fields=["round", "after"])

    def _settle(self) -> None:
        super()._settle()
        self.due_at = timezone.now() + (PAUSE if self.after else BETWEEN_ROUNDS)
        self.attempts = 0
        self.save(update_fields=["due_at", "attempts"])


def _text(article: Any) -> str:
    return "\n".join(getattr(article, name) for name in TEXTS)


def _count(counted: Counter[str], round_now: int, *, anew: bool) -> None:
    """Adds to what this round has counted; `anew`: what an earlier round counted is
    forgotten. In the order of the words, so that two who do this wait and never lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO articles_word AS word (word, articles, round) "
            "SELECT word, articles, %s FROM unnest(%s::text[], %s::int[]) AS new (word, articles) "
            "ORDER BY word ON CONFLICT (word) DO UPDATE SET round = excluded.round, articles = "
            "excluded.articles + CASE WHEN word.round < excluded.round AND %s "
            "THEN 0 ELSE word.articles END",
            [round_now, list(counted), list(counted.values()), anew],
        )


def known(words: Iterable[str]) -> dict[str, int]:
    """How many articles use each of the words; those that none uses are left out."""
    with connection.cursor() as cursor:
        # One array: a thousand parameters would be planned one by one.
        sql = "SELECT word, articles FROM articles_word WHERE word = ANY(%s)"
        cursor.execute(sql, [list(words)])
        return dict(cursor.fetchall())


def completions(beginning: str, most: int) -> list[str]:
    """The most used words that begin like that and are longer."""
    rows = Word.objects.filter(word__startswith=beginning).exclude(word=beginning)
    return list(rows.order_by("-articles", "word").values_list("word", flat=True)[:most])
