"""Whether a rule of the staff's finds something in a comment."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import regex

from backsite.lib.signs import plain

from ..models.block_rule import BlockRule

# A pattern that needs longer on one comment is stopped. One that is well made takes a
# thousandth of it on the longest comment there can be.
PATIENCE_SECONDS: Final = 0.05
MOST_REPEATED: Final = 1_000
COUNTED: Final = re.compile(r"\{[^{}]*\}")
SHOWN: Final = 80

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# What it found, as it stood there; None for nothing. May raise TooSlow.
Finder = Callable[["Subject"], str | None]


class TooSlow(Exception):
    """A pattern was stopped."""


class Mistake(ValueError):
    """The rule cannot be understood; the message says why, for staff."""


@dataclass(frozen=True)
class Subject:
    """A comment as rules look at it. `plain` is in one case, without hidden characters."""

    words: str
    plain: str
    email: str
    address: str | None

    @classmethod
    def of(cls, name: str, email: str, website: str, text: str, address: str | None) -> Subject:
        words = f"{name}\n{email}\n{website}\n{text}"
        return cls(words, " ".join(plain(words).split()), email.lower(), address)


@dataclass(frozen=True)
class Matcher:
    rule: BlockRule
    find: Finder


def matcher_of(rule: BlockRule) -> Matcher:
    """Raises Mistake for a rule that means nothing."""
    return Matcher(rule, MAKERS[BlockRule.Kind(rule.kind)](rule.value))


def lines_of(value: str) -> list[str]:
    return [line for raw in value.splitlines() if (line := " ".join(raw.split()))]


def _words(value: str) -> Finder:
    lines = [" ".join(plain(line).split()) for line in lines_of(value)]
    for line in lines:
        if len(line.rstrip("*")) < 2:
            raise Mistake(f"“{line}” is too short: it would be found in almost every comment.")
        if "*" in line[:-1]:
            raise Mistake(f"“{line}”: a star may stand at the end only, for any ending.")
    if not lines:
        raise Mistake("Write at least one word.")
    found = re.compile("|".join(map(_whole, sorted(lines, key=len, reverse=True))))

    def find(subject: Subject) -> str | None:
        hit = found.search(subject.plain)
        return hit[0][:SHOWN] if hit else None

    return find


def _whole(line: str) -> str:
    """Found as whole words; with a star also as the beginning of one."""
    stem = re.escape(line.rstrip("*"))
    before = r"(?<!\w)" if line[0].isalnum() else ""
    after = r"\w*" if line.endswith("*") else (r"(?!\w)" if line[-1].isalnum() else "")
    return f"{before}{stem}{after}"


def _pattern(value: str) -> Finder:
    # Only the search can be stopped, and each counted repetition is written out before it.
    counts = [int(count[:9]) for count in re.findall(r"\d+", "".join(COUNTED.findall(value)))]
    if math.prod(max(count, 1) for count in counts) > MOST_REPEATED:
        raise Mistake(f"This pattern repeats something more than {MOST_REPEATED:,} times.")
    try:
        pattern = regex.compile(value.strip(), regex.IGNORECASE | regex.MULTILINE)
        empty = pattern.search("", timeout=PATIENCE_SECONDS)
    except regex.error as error:
        raise Mistake(f"This pattern cannot be read: {error}.") from error
    except (TimeoutError, RecursionError, OverflowError, MemoryError) as error:
        raise Mistake("This pattern is too large.") from error
    if empty is not None or not value.strip():
        raise Mistake("This pattern is found in every comment, an empty one too.")

    def find(subject: Subject) -> str | None:
        try:
            hit = pattern.search(subject.words, timeout=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise TooSlow from error
        return " ".join(hit[0].split())[:SHOWN] if hit else None

    return find


def _addresses(value: str) -> Finder:
    lines = [line.lower() for line in lines_of(value)]
    for line in lines:
        local, at, domain = line.rpartition("@")
        if not at or "." not in domain or " " in line or (local and "@" in local):
            raise Mistake(f"“{line}” is neither an address nor, with @ before it, a domain.")
    if not lines:
        raise Mistake("Write at least one address, or a domain with @ before it.")
    exact = {line for line in lines if not line.startswith("@")}
    domains = {line[1:] for line in lines if line.startswith("@")}

    def find(subject: Subject) -> str | None:
        domain = subject.email.rpartition("@")[2]
        parents = {domain.split(".", count)[-1] for count in range(domain.count(".") + 1)}
        return subject.email if subject.email in exact or parents & domains else None

    return find


def _networks(value: str) -> Finder:
    networks = [_network(line) for line in lines_of(value)]
    if not networks:
        raise Mistake("Write at least one network address.")

    def find(subject: Subject) -> str | None:
        if subject.address is None:
            return None
        address = ipaddress.ip_address(subject.address)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return subject.address if any(address in network for network in networks) else None

    return find


def _network(line: str) -> Network:
    try:
        return ipaddress.ip_network(line, strict=False)
    except ValueError as error:
        raise Mistake(
            f"“{line}” is no network address; it should look like 203.0.113.9, 203.0.113.0/24 "
            "or 2001:db8::/48."
        ) from error


MAKERS: Final[dict[BlockRule.Kind, Callable[[str], Finder]]] = {
    BlockRule.Kind.WORDS: _words,
    BlockRule.Kind.PATTERN: _pattern,
    BlockRule.Kind.ADDRESS: _addresses,
    BlockRule.Kind.NETWORK: _networks,
}


def matchers(rules: Iterable[BlockRule]) -> list[Matcher]:
    """Of those that can be understood: one from an older version holds up nothing."""
    found = []
    for rule in rules:
        try:
            found.append(matcher_of(rule))
        except Mistake:
            continue
    return found
