"""Personal letters a second, beside what Postfix's smtp-source and a plain Django loop reach
against the same mail sink in the same run; what signing costs; the ledger for a million readers,
and a sender's memory while the list grows.

Everything shares this machine's processors: senders, database, sink. So beside each rate stands
the processor time that a letter costs all three together, what two processors could carry at
that price, and how much of the machine others had meanwhile.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .common import EFFORT, Row
from .mailing import TICKS, Postfix, Site, peak_kilobytes, processor_seconds, wait_until

BYTES: Final = 20_480
SENDERS: Final = 2
PER_SECOND: Final = 2_500
LEDGER_SECONDS: Final = 30.0
# "Flat": what the interpreter itself gives and takes.
MEMORY_SPARE: Final = 1.15

# As the tutorials do it: one connection, each message built by Django's classes.
PLAIN_LOOP: Final = """
import json, time
from django.core.mail import EmailMultiAlternatives, get_connection
from newsletter.models import Issue, Subscriber
issue = Issue.objects.latest("pk")
people = list(Subscriber.objects.all()[:%d])
begin = time.monotonic()
with get_connection() as way_out:
    for person in people:
        text, html = (part.replace("[[first_name|friend]]", person.first_name)
                      for part in (issue.text, issue.html))
        mail = EmailMultiAlternatives("Walking", text, None, [person.email], connection=way_out,
                                      headers={"List-Unsubscribe": person.leave_path})
        mail.attach_alternative(html, "text/html")
        mail.send()
print("RESULT", json.dumps({"seconds": time.monotonic() - begin}))
"""


@dataclass(frozen=True)
class Counts:
    letters: int = 20_000
    loop: int = 2_000
    lists: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    # Of a list so many are sent before a sender's memory is read.
    enough: int = 10_000


SHORT: Final = Counts(letters=2_000, loop=200, lists=(1_000, 5_000, 20_000), enough=1_000)


@dataclass(frozen=True)
class Rate:
    """`cost`: processor seconds a letter, of senders, database and sink. `others`: the part of
    the machine that other programs had."""

    per_second: float
    cost: dict[str, float]
    others: float

    @property
    def in_words(self) -> str:
        parts = ", ".join(f"{name} {each * 1000:.2f}" for name, each in self.cost.items())
        most = 2 / sum(self.cost.values())
        return (
            f"processor ms a letter: {parts}; so two processors carry {most:,.0f}/s; "
            f"others had {self.others:.0%} of the machine"
        )


def rates() -> list[Row]:
    """Letters a second, beside their peers."""
    counts = SHORT if EFFORT.is_short else Counts()
    with Postfix.found() as postfix, postfix.sink() as (port, sink), Site(port) as site:
        say(f"a list of {counts.letters:,} readers")
        site.grow_to(counts.letters)
        say("smtp-source")
        source = postfix.source(port, counts.letters, BYTES) if postfix.is_there else 0.0
        beside = f"smtp-source {source:,.0f}/s" if source else "smtp-source is not here"
        say("letters, not signed")
        off = rate(site, sink, counts.letters)
        say("a plain Django loop")
        plain = counts.loop / site.run(PLAIN_LOOP % counts.loop)["seconds"]
        say("letters, signed")
        site.manage("make_dkim_key", "--selector", "bench")
        site.environment["DKIM_SELECTOR"] = "bench"
        on = rate(site, sink, counts.letters)
    promised = f"limit {PER_SECOND:,}/s; " if not EFFORT.is_short else ""
    return [
        Row(
            f"letters of 20 kB, {counts.letters:,} readers",
            f"{off.per_second:,.0f}/s",
            f"{promised}{beside}; {off.in_words}",
            failed=bool(promised) and off.per_second < PER_SECOND,
        ),
        Row(
            "the same, signed (DKIM, 2,048 bits)",
            f"{on.per_second:,.0f}/s",
            f"{beside}; {on.in_words}",
        ),
        Row("the same by a plain Django loop, not signed", f"{plain:,.0f}/s", "one process"),
    ]


def rate(site: Site, sink: int | None, letters: int) -> Rate:
    """From the first letter that was written down to the last, by senders that were waiting."""
    with site.senders(SENDERS) as senders:
        before = _spent(site, senders, sink)
        issue = site.begin_issue()["issue"]
        wait_until(lambda: site.sent(issue) >= letters, f"{letters:,} letters")
        after = _spent(site, senders, sink)
    begin, last = site.ask(
        "SELECT min(settled_at), max(settled_at) FROM newsletter_delivery WHERE issue_id = %s",
        issue,
    )
    ours = {name: after[name] - before[name] for name in before}
    busy, machine = ours.pop("busy"), ours.pop("machine")
    others = max(0.0, busy - sum(ours.values())) / machine
    del ours["beginning"]
    cost = {name: seconds / letters for name, seconds in ours.items()}
    return Rate(letters / (last - begin).total_seconds(), cost, others)


def _spent(site: Site, senders: list[int], sink: int | None) -> dict[str, float]:
    """Processor seconds so far: ours by name, all that were spent, and all that there were."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "senders": sum(map(processor_seconds, senders)),
        "PostgreSQL": site.database_seconds(),
        **({"sink": processor_seconds(sink)} if sink else {}),
        # What began the issue, and has ended.
        "beginning": children.ru_utime + children.ru_stime,
        "busy": (sum(fields) - fields[3] - fields[4]) / TICKS,
        "machine": sum(fields) / TICKS,
    }


def lists() -> list[Row]:
    """The ledger of the longest list, and a sender's memory with each."""
    counts = SHORT if EFFORT.is_short else Counts()
    rows: list[Row] = []
    first = 0
    with Postfix.found() as postfix, postfix.sink() as (port, _), Site(port) as site:
        for readers in counts.lists:
            say(f"a list of {readers:,} readers")
            site.grow_to(readers)
            say(f"their ledger, and letters to {min(readers, counts.enough):,} of them")
            peak, ledger, spent = _peak(site, min(readers, counts.enough), rows_of=readers)
            first = first or peak
            rows.append(
                Row(
                    f"a sender’s memory, {readers:,} readers",
                    f"{peak / 1024:.0f} MB",
                    f"limit {MEMORY_SPARE:.2f} times that with {counts.lists[0]:,}",
                    failed=peak > first * MEMORY_SPARE,
                )
            )
    return [
        *rows,
        Row(
            f"the ledger for {counts.lists[-1]:,} readers",
            f"{ledger:.1f} s",
            f"limit {LEDGER_SECONDS:.0f} s; {spent:.1f} s of a processor",
            failed=ledger > LEDGER_SECONDS,
        ),
    ]


def _peak(site: Site, letters: int, *, rows_of: int) -> tuple[int, float, float]:
    """The most kilobytes that one sender needed until so many letters were out; how long the
    ledger took, and how long PostgreSQL was at work meanwhile."""
    with site.senders(1) as (sender,):
        before = site.database_seconds()
        begun = site.begin_issue()
        spent = site.database_seconds() - before
        if begun["rows"] != rows_of:
            raise RuntimeError(f"The ledger has {begun['rows']:,} rows instead of {rows_of:,}.")
        wait_until(lambda: site.sent(begun["issue"]) >= letters, f"{letters:,} letters")
        peak = peak_kilobytes(sender)
        # What is left of it must not go out beside the next one's.
        site.ask(
            "UPDATE newsletter_issue SET state = 'cancelled' WHERE id = %s RETURNING id",
            begun["issue"],
        )
    return peak, float(begun["seconds"]), spent


def say(what: str) -> None:
    print(f"  {what} …", file=sys.stderr, flush=True)
