"""Staff's answers to readers as blocks of an issue: comments and newsletter do not know each
other, so they are put together here. Only what is public on the site gets into a letter.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from html import unescape
from typing import Final

from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext

from articles.models import Topic
from comments.models import Comment
from newsletter.blocks import Card

MOST_NEW: Final = 5
MOST_CHOICES: Final = 40
# What a letter shows of each, in characters; the whole stands on the site.
QUESTION, ANSWER = 320, 700
_BLOCK_ENDS: Final = re.compile(r"</(?:p|li|blockquote|pre)>|<br ?/?>")


class Answers:
    all_new = "All answers to readers since the last issue"
    one = "Answer"

    def new(self, since: datetime, *, topic: Topic | None, but: Collection[str]) -> list[Card]:
        rows = Comment.objects.public_answers().filter(approved_at__gt=since)
        if topic is not None:
            rows = rows.filter(article__topic__in=Topic.objects.below(topic))
        rows = rows.exclude(pk__in=_numbers(but))
        return [_card(row) for row in rows[:MOST_NEW]]

    def named(self, keys: Collection[str]) -> dict[str, Card]:
        rows = Comment.objects.public_answers().filter(pk__in=_numbers(keys))
        return {str(row.pk): _card(row) for row in rows}

    def choices(self) -> list[tuple[str, str]]:
        rows = Comment.objects.public_answers()[:MOST_CHOICES]
        return [(str(row.pk), f"{_asker(row)} under “{row.article.title}”") for row in rows]


def _numbers(keys: Collection[str]) -> list[int]:
    return [int(key) for key in keys if key.isdecimal() and len(key) < 19]


def _asker(answer: Comment) -> str:
    return answer.parent.name if answer.parent else ""


def _card(answer: Comment) -> Card:
    question = answer.parent
    return Card(
        title=answer.article.title,
        address=answer.get_absolute_url(),
        words=_opening(answer.html, ANSWER),
        more=gettext("Read it on the site"),
        asked=_opening(question.html, QUESTION) if question else "",
        asked_by=_asker(answer),
        by=answer.name,
        mark=f"{answer.pk}:{_print(question)}" if question else "",
        changed_at=answer.approved_at,
    )


def _print(question: Comment) -> str:
    """Another one when its writer has put other words there."""
    return sha256(f"{question.name}\n{question.text}".encode()).hexdigest()[:16]


def _opening(html: str, most: int) -> str:
    words = " ".join(unescape(strip_tags(_BLOCK_ENDS.sub(" ", html))).split())
    return Truncator(words).chars(most)
