"""What people decided about earlier comments, applied to this one's words."""

from __future__ import annotations

from backsite.lib.bots import Vote

from ..case import Case
from ..classifier.vote import CHECK, vote_of

NAME = CHECK


def learned(case: Case) -> Vote | None:
    comment = case.comment
    return vote_of(case.features, case.facts.learned, comment.text, comment.name)
