"""Which words mean danger on this site, and in which comments they were found."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction

from backsite.lib.statement import Statement

from ..danger import SAFETY_TEXT, found_in, plain
from .comment import Comment
from .discussion import Discussion
from .recorded import Recorded

SHORTEST: Final = 2


class DangerWordQuerySet(models.QuerySet["DangerWord"]):
    def in_use(self) -> DangerWordQuerySet:
        return self.filter(in_use=True)


class DangerWord(Recorded):
    """Words after which a comment comes first on the desk and its writer is told where help is."""

    words = models.CharField(
        max_length=120,
        unique=True,
        help_text="As a reader would write them. Capitals, accents and signs make no difference; "
        "only whole words count, unless a * at the end stands for any ending: suicid*",
    )
    advice = models.TextField(
        "what its writer is told",
        blank=True,
        help_text="Where to turn to, and nothing about what they may have. Empty: the text of "
        "the site, in the discussion settings.",
    )
    in_use = models.BooleanField(default=True)

    objects = models.Manager.from_queryset(DangerWordQuerySet)()

    class Meta:
        ordering = ["words"]
        verbose_name = "danger word"

    def __str__(self) -> str:
        return self.words

    def clean(self) -> None:
        if len(plain(self.words)) < SHORTEST:
            raise ValidationError({"words": "These words would be found in every comment."})


class DangerFound(models.Model):
    """Such words stand in this comment. `words` stays as it was when the entry is gone."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="dangers")
    entry = models.ForeignKey(
        DangerWord, null=True, on_delete=models.SET_NULL, related_name="found", editable=False
    )
    words = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "words"], name="danger_found_once"),
        ]

    def __str__(self) -> str:
        return self.words


# All as one text: every comment asks for them, and to read a hundred rows takes a tenth of what
# it takes to keep a comment.
_WORDS: Final = Statement(
    f"SELECT json_object_agg(words, id)::text FROM {DangerWord._meta.db_table} WHERE in_use"  # noqa: S608  # our own table
)


@lru_cache(maxsize=1)
def _entries(said: str) -> dict[str, int]:
    """What is asked is asked anew each time; the same answer is not read again."""
    entries: dict[str, int] = json.loads(said)
    return entries


def danger_in(comment: Comment) -> dict[str, int]:
    """Of the words of danger those that stand in it, with the keys of their entries."""
    [(said,)] = _WORDS.run()
    entries = _entries(said or "{}")
    return {words: entries[words] for words in found_in(f"{comment.name}\n{comment.text}", entries)}


def mark(comment: Comment, found: dict[str, int]) -> None:
    """That these were found in a comment which is kept."""
    rows = [DangerFound(comment=comment, entry_id=key, words=words) for words, key in found.items()]
    if rows:
        DangerFound.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic(savepoint=False)
def look_for_danger(comment: Comment) -> None:
    """Marks a comment that has such words; to be called whenever a reader's words have changed.
    What was found before stays: a person has to look at it all the same."""
    found = danger_in(comment)
    mark(comment, found)
    if found and not comment.danger:
        comment.danger = True
        comment.save(update_fields=["danger"])


def safety_text_for(comment: Comment) -> str:
    """What the writer of this comment is told at once; empty for nearly everybody."""
    if not comment.danger:
        return ""
    found: Any = comment.dangers.select_related("entry").order_by("pk")
    own = [row.entry.advice.strip() for row in found if row.entry and row.entry.advice.strip()]
    general = [] if own and len(own) == len(found) else [safety_text()]
    return "\n\n".join(dict.fromkeys([*own, *general]))


def safety_text() -> str:
    return Discussion.current().safety_text.strip() or SAFETY_TEXT
