"""What a mail server answers, and what that means for the letter."""

from __future__ import annotations

from typing import Final, NamedTuple

from newsletter.bounces.judging import judge

LONGEST_REPLY: Final = 1_000
SERVICE_CLOSING: Final = 421


class Reply(NamedTuple):
    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_final(self) -> bool:
        """Trying again cannot help (RFC 5321, 4.2.1)."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.text}"[:LONGEST_REPLY]


class Outcome(NamedTuple):
    """What became of one attempt: `sent`, `later` or `refused`. `gone`: the address is."""

    kind: str
    answer: str
    gone: bool = False

    @classmethod
    def of(cls, reply: Reply) -> Outcome:
        if reply.is_good:
            return cls("sent", str(reply))
        if not reply.is_final:
            return cls("later", str(reply))
        verdict = judge(str(reply), "", "failed", "")
        return cls("refused", str(reply), gone=verdict.kind == "hard")


class Lost(Exception):
    """The connection is gone, or says nothing; the message says at what."""


class Closed(Exception):
    """The server cannot be reached, or takes nothing at all from us; the message says why."""


class SenderRefused(Exception):
    """The server does not take letters of this sender; the message is its answer."""
