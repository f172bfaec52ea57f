"""The same words, or nearly the same, sent again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from backsite.lib.bots import Vote

from ...models.comment import Comment
from ...models.judgement import Judgement
from ..case import Case
from ..sketch import alike

NAME: Final = "repeated text"
HOUR: Final = timedelta(hours=1)
# “Thank you, this helped me a lot” is written by many.
FEWEST_WORDS: Final = 8
MANY_THANKS: Final = 10
# From one sender to several articles; under several addresses it is no one's own question.
BY_ONE: Final = ((4, 3.0), (2, 1.5), (1, 0.5))
BY_SEVERAL: Final = ((4, 5.5), (2, 3.0), (1, 1.5))


@dataclass(frozen=True)
class Other:
    comment: int
    article: int
    email: str
    apart: timedelta


def repeats(case: Case) -> Vote | None:
    comment = case.comment
    others = _others(case)
    if not others:
        return None
    senders = {(other.article, other.email) for other in others}
    emails = {email for _, email in senders} - {comment.email.lower()}
    if len(case.words) < FEWEST_WORDS and not case.links:
        return _thanks(len(emails)) if len(emails) >= MANY_THANKS else None
    steps = BY_SEVERAL if emails else BY_ONE
    count = len(senders)
    weight = next(weight for least, weight in steps if count >= least)
    if count in {least for least, _ in steps}:
        _look_again_at(others, comment)
    return Vote(NAME, weight, _in_words(case, others), {"comments": [o.comment for o in others]})


def _others(case: Case) -> list[Other]:
    """Comments of about the same words, a day around it; not the same sender once more at
    the same place, who has put something right."""
    comment = case.comment
    own = (comment.article_id, comment.email.lower())
    return [
        Other(pk, article, email.lower(), timedelta(seconds=abs(seconds)))
        for pk, article, email, seconds, theirs in case.facts.prints
        if (article, email.lower()) != own and alike(case.sketch, theirs)
    ]


def _in_words(case: Case, others: list[Other]) -> str:
    articles = {other.article for other in others} | {case.comment.article_id}
    emails = {other.email for other in others} | {case.comment.email.lower()}
    near = all(other.apart <= HOUR for other in others)
    place = f"on {len(articles)} articles" if len(articles) > 1 else f"{len(others) + 1} times"
    under = f", under {len(emails)} e-mail addresses" if len(emails) > 1 else ""
    return f"The same text {place} in {'an hour' if near else 'a day'}{under}"


def _thanks(count: int) -> Vote:
    return Vote(NAME, 1.5, f"The same few words from {count + 1} e-mail addresses in a day")


def _look_again_at(others: list[Other], newcomer: Comment) -> None:
    """The first of a series was judged when nobody could know.

    A comment says so once, when it is judged for the first time: two that woke each other
    whenever they are judged would never come to rest.
    """
    if Judgement.objects.filter(comment=newcomer, judged_at__isnull=False).exists():
        return
    rows = Judgement.objects.filter(comment__in=[other.comment for other in others])
    free = rows.select_for_update(skip_locked=True, of=("self",)).filter(
        comment__person_decided_at=None, due_at=None
    )
    pks = list(free.values_list("pk", flat=True))
    Judgement.objects.filter(pk__in=pks).update(due_at=timezone.now(), attempts=0, gave_up_at=None)
