"""The classifier's vote on a comment, with its reasons in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

from backsite.lib.bots import Vote

from ...models.lessons import Training
from .counts import Counts
from .explain import evidence_for, reason_for
from .features import Features, features_of
from .lessons import Learned, learned_of
from .limits import has_learned_enough, weight_of
from .line import Line, Lines
from .opinion import opinion_on
from .sentences import sentences_of

CHECK: Final = "learned from decisions"


def vote_on(text: str, author: str, website: str) -> Vote | None:
    """None while too little was learned."""
    features = features_of(text, author, website)
    return vote_of(features, learned_of(features), text, author)


def vote_of(features: Features, learned: Learned, text: str, author: str) -> Vote | None:
    """The same of what was asked for already: the features are those of this text."""
    if not has_learned_enough(learned.total):
        return None
    counts, lines = Counts(learned.total, learned.of), lines_of(learned.drawn_at)
    line = lines.of(features) if lines else None
    opinion = opinion_on(features, counts, line, lambda: sentences_of(text, author))
    evidence = evidence_for(features, counts, line, opinion)
    return Vote(CHECK, weight_of(opinion), reason_for(opinion, evidence), evidence)


@dataclass
class _Kept:
    """The lines last read; two megabytes, the same for every comment until they are drawn
    anew."""

    drawn_at: datetime | None = None
    lines: Lines | None = None


_kept = _Kept()
_lock = Lock()


def lines_of(drawn_at: datetime | None) -> Lines | None:
    """The lines that were drawn then, or the newest if they were drawn anew since. Read only when
    they are others than those kept."""
    if drawn_at is None:
        return None
    with _lock:
        if drawn_at != _kept.drawn_at:
            rows: Any = Training.objects.filter(pk=Training.KEY)
            row = rows.values_list("drawn_at", "line", "line_with_site").first()
            _kept.drawn_at, without_site, with_site = row or (None, None, None)
            _kept.lines = _read(without_site, with_site) if without_site else None
        return _kept.lines


def _read(without_site: bytes, with_site: bytes | None) -> Lines:
    """Before they are first drawn by a program that knows of two, the one serves both."""
    line = Line.from_bytes(bytes(without_site))
    return Lines(line, Line.from_bytes(bytes(with_site)) if with_site else line)
