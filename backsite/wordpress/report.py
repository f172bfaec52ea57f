"""What an import found, mended and left out: the counts describe the file, so they are the
same on every run.

The object that `--json` prints holds in `mended` one sentence for each kind of mending, with
the number of times or the first of the things it happened to; in `skipped` objects with
`what` and `why`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

NAMED: Final = 5

COMMENT_STATES: Final = ("approved", "held", "spam", "trash")


@dataclass
class Report:
    posts: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    attachments: int = 0
    authors: int = 0
    topics: int = 0
    tags: int = 0
    comments: Counter[str] = field(default_factory=Counter)
    pingbacks: int = 0
    replies: int = 0
    deepest: int = 0
    # What this run wrote; not part of the JSON, which is the same on every run.
    written: Counter[str] = field(default_factory=Counter)
    _mended: dict[str, list[str]] = field(default_factory=dict)
    _counted: Counter[str] = field(default_factory=Counter)
    _skipped: dict[tuple[str, str], int] = field(default_factory=dict)

    def mend(self, sentence: str, what: str = "") -> None:
        """`sentence` says what was done, without a full stop; `what` to which thing."""
        things = self._mended.setdefault(sentence, [])
        if what:
            things.append(what)

    def count_mended(self, changes: Counter[str]) -> None:
        self._counted.update(changes)

    def skip(self, what: str, why: str) -> None:
        self._skipped[what, why] = self._skipped.get((what, why), 0) + 1

    @property
    def mended(self) -> list[str]:
        named = [_with_things(sentence, things) for sentence, things in self._mended.items()]
        return named + self._changes()

    def _changes(self) -> list[str]:
        """Of the texts; a key reads "what was done", or "what was done<tab>to what"."""
        grouped: dict[str, list[str]] = {}
        for change, number in self._counted.most_common():
            sentence, _, what = change.partition("\t")
            grouped.setdefault(sentence, []).append(f"{what} {_times(number)}".strip())
        return [f"{sentence}: {', '.join(times)}." for sentence, times in grouped.items()]

    @property
    def skipped(self) -> list[dict[str, str]]:
        return [
            {"what": what if n == 1 else f"{what} ({n})", "why": why}
            for (what, why), n in self._skipped.items()
        ]

    def as_json(self) -> dict[str, object]:
        return {
            "posts": dict(self.posts),
            "pages": dict(self.pages),
            "attachments": self.attachments,
            "authors": self.authors,
            "topics": self.topics,
            "tags": self.tags,
            "comments": {
                **{state: self.comments[state] for state in COMMENT_STATES},
                "pingbacks": self.pingbacks,
            },
            "replies": self.replies,
            "deepest": self.deepest,
            "mended": self.mended,
            "skipped": self.skipped,
        }

    def lines(self) -> Iterable[str]:
        """The same for a person to read."""
        yield f"Posts        {_states(self.posts)}"
        yield f"Pages        {_states(self.pages)}"
        yield f"Authors      {self.authors}"
        yield f"Topics       {self.topics}, tags {self.tags}"
        yield f"Comments     {_states(self.comments)}; replies {self.replies}, {self._depth()}"
        yield f"Pingbacks    {self.pingbacks}"
        yield f"Attachments  {self.attachments} ({self._at_hand()})"
        if self.mended:
            yield "Mended:"
            yield from (f"  - {sentence}" for sentence in self.mended)
        if self.skipped:
            yield "Left out:"
            yield from (f"  - {entry['what']}: {entry['why']}" for entry in self.skipped)

    def _at_hand(self) -> str:
        taken = self._counted["Pictures taken in with their files"]
        if taken:
            return f"pictures were taken in {_times(taken)}, other files stay where they are"
        return "pictures and files stay where they are"

    def _depth(self) -> str:
        return f"nested {self.deepest} deep at most" if self.deepest else "none nested"


def _with_things(sentence: str, things: list[str]) -> str:
    if not things:
        return sentence if sentence.endswith(".") else f"{sentence}."
    more = f", and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return f"{sentence}: {', '.join(things[:NAMED])}{more}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _states(states: Counter[str]) -> str:
    total = states.total()
    parts = ", ".join(f"{number} {state}" for state, number in states.most_common() if number)
    return f"{total} ({parts})" if parts else "none"
