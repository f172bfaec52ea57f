"""What the classifier sees of a comment. Knows no language: words are runs of letters, and
pairs of characters where a script puts no spaces."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import ascii_letters, ascii_uppercase, digits
from typing import Final
from zlib import crc32

# Of a longer text the beginning and the end are looked at: an advertisement stands at one of
# them, and judging must cost the same whatever is sent.
BEGINNING: Final = 800
END: Final = 300
LONGEST_WORD: Final = 40

TAG: Final = re.compile(r"<[^<>]{0,2000}>")
HREF: Final = re.compile(r"""href\s{0,9}=\s{0,9}["']?([^"'\s>]+)""", re.IGNORECASE)
# Endings after which a dotted name is an address though nobody wrote http://. Others need it.
ENDINGS: Final = (
    "com|net|org|info|biz|edu|gov|io|co|me|tv|ly|gl|de|fr|it|es|nl|pl|ru|ua|cn|jp|in|br|uk|us|ca"
    "|au|eu|ch|at|se|no|dk|fi|cz|ro|tk|ml|cc|ws|xyz|top|site|online|shop|club|pro|mobi|app|dev"
    "|link|live|store|blog|fm|to"
)
ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+"
    r"|\b[a-z0-9-]{2,63}(?:\.[a-z0-9-]{2,63}){0,4}(?:\.|\s\.\s)(?:" + ENDINGS + r")\b"
    r"(?:/[^\s<>\"']*)?",
    re.IGNORECASE,
)
# Without one of these there is none: a quick look at what most texts and sentences are.
MAYBE_ADDRESS: Final = re.compile(r"\.\S|\s\.\s|://")
_BEFORE_HOST: Final = re.compile(r"^(?:https?://)?(?:www\.)?")
_AFTER_HOST: Final = re.compile(r"[/?#:]")
_SPACE: Final = re.compile(r"\s")
TOKEN: Final = re.compile(r"\x01|[#@]?[^\W_]+(?:['’][^\W_]+)*|[^\w\s]+")
WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
DRAWN_OUT: Final = re.compile(r"(.)\1{2,}")  # “sooooo” and “soooo” are one word
# Scripts that put no spaces between words: Thai to Khmer, kana, Han.
UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
SITE: Final = "site"  # the writer names a website, whichever
HERE: Final = "\x01"  # stands where an address was
LINK: Final = "<link>"
NAMED: Final = 10  # words of an address that are looked at

# Marks above and below letters carry little alone and are used to smear words; format
# characters (zero width, direction) hide them.
DROPPED: Final = frozenset({"Mn", "Mc", "Me", "Cf", "Cc", "Cs", "Co", "Cn"})

# Parts of words tell misspelt and inflected ones; they count less, being many.
PART: Final = "part"
PART_SIZES: Final = (4, 5)
# Features share places in the line where their numbers end alike: with some 100,000 features in
# use about one in three meets another, mostly a rare one; more places would cost memory and no
# error less.
PLACES: Final = 2**18
# The smallest integer is left free: the tables use it for all comments together.
NUMBERS_FROM: Final = -(2**31)
_LETTERS, _CAPITALS, _DIGITS = (
    chars.encode() for chars in (ascii_letters, ascii_uppercase, digits)
)


@dataclass(frozen=True)
class Features:
    """`told`: what both parts look at; `parts`: pieces of words by their places, for the line
    alone.

    Each feature is a kind and a value with a colon between; `pairs` are those of `told` that
    are pairs of words, `hosts` those that name an address the writer leads to.
    """

    told: frozenset[str]
    parts: frozenset[int]
    hosts: frozenset[str]
    pairs: frozenset[str]

    @cached_property
    def prints(self) -> dict[str, int]:
        """Of each feature of `told` the number by which tables and line know it."""
        return {feature: crc32(feature.encode()) for feature in self.told}

    @property
    def names_site(self) -> bool:
        return SITE in self.told


def in_the_tables(place: int) -> int:
    """The name in the tables of what has this print."""
    return (place or 1) + NUMBERS_FROM


def number(feature: str) -> int:
    """The name of a feature in the tables: the same in every process and on every machine."""
    return in_the_tables(crc32(feature.encode()))


def features_of(text: str, author: str | None = None, website: str | None = None) -> Features:
    """`author` None: not known, which says nothing; empty: the writer gave no name."""
    seen = plain(text)
    folded = seen.casefold()
    addresses: list[str] = []
    if MAYBE_ADDRESS.search(seen):
        addresses = [_SPACE.sub("", found.casefold()) for found in ADDRESS.findall(seen)]
        folded = ADDRESS.sub(f" {HERE} ", folded)
    words, signs = _tokens(folded)
    hosts = {f"host:{_host(address)}" for address in addresses}
    told = {f"word:{word}" for word in words}
    told.update(f"sign:{sign[:4]}" for sign in signs)
    told.update(_of_addresses(addresses), hosts, _shape(seen, len(words), len(addresses)))
    if author is not None:
        told.update(_of_writer(author))
    if website:
        host = f"site:{_host(plain(website).casefold())}"
        hosts.add(host)
        told.update((SITE, host))
    pairs = frozenset(map("pair:{} {}".format, ["^", *words], [*words, "$"]))
    parts = frozenset().union(*map(_parts, set(words)))
    return Features(pairs.union(told), parts, frozenset(hosts), pairs)


def plain(text: str) -> str:
    """As a person sees it: no tags but the addresses they lead to, no hidden characters."""
    if len(text) > BEGINNING + END:
        text = f"{text[:BEGINNING]} {text[-END:]}"
    if "<" in text:
        text = TAG.sub(lambda tag: f" {' '.join(HREF.findall(tag[0]))} ", text)
    text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[: 2 * (BEGINNING + END)]
    elif text.isprintable():
        return text
    return text.translate(_VISIBLE)


class _Visible(dict[int, str]):
    """What each character is seen as, looked up once in a process; the rarer planes anew each
    time, or somebody could fill the memory with them."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isalnum() or unicodedata.category(char) not in DROPPED:
            seen = char
        else:
            seen = "\n" if char in "\n\r\x0b\x0c\x85" else " " if char == "\t" else ""
        if code < 0x10000:
            self[code] = seen
        return seen


_VISIBLE: Final = _Visible()


def _tokens(text: str) -> tuple[list[str], list[str]]:
    """(words in their order, signs)."""
    words: list[str] = []
    signs: list[str] = []
    is_drawn_out = DRAWN_OUT.search(text) is not None
    for run in TOKEN.findall(text):
        if run.isascii() and run.isalpha():  # nearly all are
            word = DRAWN_OUT.sub(r"\1\1", run) if is_drawn_out else run
            words.append(word[:LONGEST_WORD])
            continue
        for token in _cut(run):
            (words if _is_word(token) else signs).append(token)
    return words, signs


def _cut(run: str) -> Iterator[str]:
    if run == HERE:
        yield LINK
    elif run.isdecimal():
        yield _figure(run)
    elif run[0] in "#@" and len(run) > 1:
        yield f"<{run[0]}>"
        yield from _words(run[1:])
    elif run[0].isalnum():
        yield from _words(run)
    else:
        yield run


def _words(token: str) -> Iterator[str]:
    if not token.isascii() and UNSPACED.search(token):
        yield from (token[place : place + 2] for place in range(max(len(token) - 1, 1)))
    else:
        yield DRAWN_OUT.sub(r"\1\1", token)[:LONGEST_WORD]


def _figure(token: str) -> str:
    """Numbers by their length: which one it is says little."""
    is_year = len(token) == 4 and token[:2] in ("19", "20")
    return "<year>" if is_year else f"<{min(len(token), 12)} digits>"


def _is_word(token: str) -> bool:
    return token[0].isalnum() or (token[0] == "<" and len(token) > 1 and token[-1] == ">")


@lru_cache(maxsize=20_000)  # most words are said again and again
def _parts(word: str) -> frozenset[int]:
    if word[0] == "<":
        return frozenset()
    padded = f" {word} "
    return frozenset(
        crc32(f"{PART}:{padded[place : place + size]}".encode()) % PLACES
        for size in PART_SIZES
        for place in range(len(padded) - size + 1)
    )


def _host(address: str) -> str:
    return _AFTER_HOST.split(_BEFORE_HOST.sub("", address), maxsplit=1)[0][:100]


def _of_addresses(addresses: list[str]) -> Iterator[str]:
    for address in addresses[:20]:
        host = _host(address)
        path = address.partition(host)[2] if host else ""
        yield f"ending:{host.rpartition('.')[2]}"
        yield "link with a path" if len(path) > 1 else "link without a path"
        for word in WORD.findall(path)[:NAMED]:
            if word.isalpha():
                yield f"path:{word[:12]}"


@lru_cache(maxsize=1_000)  # asked again for each sentence
def _of_writer(author: str) -> tuple[str, ...]:
    words = WORD.findall(plain(author).casefold())
    count = f"words in the name:{min(len(words), 3)}"
    return (count, *(f"name:{word[:LONGEST_WORD]}" for word in words[:NAMED]))


def _shape(seen: str, words: int, links: int) -> Iterator[str]:
    letters, capitals, digits = _counted(seen)
    yield f"links:{min(links, 3)}"
    yield f"length:{words.bit_length()}"
    yield f"capitals:{min(3, 4 * capitals // letters) if letters else 'none'}"
    yield f"digits:{min(3, digits.bit_length())}"
    for sign in "!?.,":
        yield f"how many {sign}:{min(4, seen.count(sign).bit_length())}"


def _counted(seen: str) -> tuple[int, int, int]:
    """How many letters, capitals and digits."""
    if seen.isascii():  # bytes are counted forty times as fast
        text = seen.encode()
        rest = text.translate(None, _LETTERS)
        digits = len(rest) - len(rest.translate(None, _DIGITS))
        return len(text) - len(rest), len(text) - len(text.translate(None, _CAPITALS)), digits
    letters, capitals = sum(map(str.isalpha, seen)), sum(map(str.isupper, seen))
    return letters, capitals, sum(map(str.isdecimal, seen))
