from __future__ import annotations

from backsite.lib.bots import Vote
from backsite.lib.signs import HIDDEN, LOOK_ALIKES, votes_on_words

from ..case import Case


def hidden(case: Case) -> Vote | None:
    return _named(case, HIDDEN)


def look_alikes(case: Case) -> Vote | None:
    return _named(case, LOOK_ALIKES)


def _named(case: Case, name: str) -> Vote | None:
    text = f"{case.comment.name}\n{case.comment.text}"
    return next((vote for vote in votes_on_words(text) if vote.check == name), None)
