"""The checks that need nothing but our own tables. Each is a function from a case to its
vote, or None where it has no opinion; its name is the name of its vote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backsite.lib import disposable, signs
from backsite.lib.bots import Vote

from ..case import Case
from . import learned, links, lists, rate, repeats, words, writer

Check = Callable[[Case], Vote | None]

CHECKS: Final[dict[str, Check]] = {
    lists.NAME: lists.blocklist,
    writer.BLOCKED: writer.blocked,
    writer.KNOWN: writer.known,
    writer.EARLIER: writer.earlier_spam,
    writer.NAME: writer.name,
    disposable.NAME: writer.disposable_address,
    rate.NAME: rate.rate,
    repeats.NAME: repeats.repeats,
    links.NAME: links.links,
    links.MARKUP: links.markup,
    signs.HIDDEN: words.hidden,
    signs.LOOK_ALIKES: words.look_alikes,
    learned.NAME: learned.learned,
}


def opinions(case: Case) -> list[Vote]:
    return [vote for check in CHECKS.values() if (vote := check(case)) is not None]
