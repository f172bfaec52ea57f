"""Reads what writers paste to name a source: DOIs, PubMed ids, addresses, BibTeX, RIS.

Nothing is looked up anywhere: what the text does not say stays empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from django.utils.text import slugify

# About 500 entries of a reference manager; more is a whole library pasted by mistake.
LONGEST_PASTE: Final = 300_000
MOST_ENTRIES: Final = 200

# DOI Handbook 2.2: a prefix that begins with 10., a slash, and a suffix of any signs.
DOI: Final = re.compile(r"10\.\d{1,9}(?:\.\d{1,9})*/\S{1,180}")
DOI_BEFORE: Final = re.compile(r"^(?:https?://)?(?:dx\.)?doi\.org/|^doi:?\s*", re.IGNORECASE)
# PubMed ids are running numbers, with eight digits since 2020.
PMID: Final = re.compile(r"(?:pmid:?\s*)?(\d{1,8})", re.IGNORECASE)
PUBMED_PAGE: Final = re.compile(
    r"(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed)"
    r"/(\d{1,8})/?(?:[?#].*)?",
    re.IGNORECASE,
)
LONGEST_KEY: Final = 60


@dataclass(kw_only=True)
class Found:
    """A source as far as a pasted entry describes it. `label` names the entry in
    messages; `family` is the first author's family name, for the key."""

    label: str
    family: str = ""
    authors: str = ""
    year: int | None = None
    title: str = ""
    source: str = ""
    kind: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""

    @property
    def can_be_checked(self) -> bool:
        return bool(self.doi or self.pmid or self.url)

    def is_same(self, other: Found) -> bool:
        return bool(
            (self.doi and self.doi.lower() == other.doi.lower())
            or (self.pmid and self.pmid == other.pmid)
            or (self.url and page_address(self.url) == page_address(other.url))
        )

    def free_key(self, taken: set[str]) -> str:
        """Author and year (hartvigsen2018), with a letter where that is taken."""
        name = slugify(self.family).replace("-", "")
        if not name and self.title:
            name = next((slugify(word) for word in self.title.split() if len(word) > 3), "")
        if not name:
            name = f"pmid{self.pmid}" if self.pmid else slugify(self.doi) or "source"
        base = f"{name[: LONGEST_KEY - 8]}{self.year or ''}"
        endings = ["", *"bcdefghijklmnopqrstuvwxyz"]
        endings += [f"-{number}" for number in range(2, MOST_ENTRIES * 2)]
        keys: list[str] = [base + ending for ending in endings]
        return next(key for key in keys if key not in taken)


@dataclass
class Pasted:
    """What a pasted text holds, and in words what in it cannot be used."""

    found: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def take(self, entry: Found) -> None:
        """Each source once: an entry that comes twice in one paste is one."""
        if not entry.can_be_checked:
            self.problems.append(
                f"{entry.label} has no DOI, no PubMed id and no address, so nobody could check "
                "it. Add one of them to the entry."
            )
        elif not any(entry.is_same(other) for other in self.found):
            self.found.append(entry)


def read(text: str) -> Pasted:
    """Everything in a pasted text, of whatever kind. Never raises."""
    from .bibliography import read_bibtex, read_ris  # they need the words above

    pasted = Pasted()
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if len(text) > LONGEST_PASTE:
        pasted.problems.append(
            f"This is more than {LONGEST_PASTE:,} characters. Paste fewer entries at a time."
        )
    elif re.search(r"^\s*TY\s{1,2}-", text, re.MULTILINE):
        read_ris(text, pasted)
    elif re.search(r"@\s*\w+\s*[{(]", text):
        read_bibtex(text, pasted)
    else:
        read_lines(text, pasted)
    if len(pasted.found) > MOST_ENTRIES:
        pasted.problems.append(
            f"These are {len(pasted.found)} entries; paste at most {MOST_ENTRIES} at a time."
        )
    return pasted


def read_lines(text: str, pasted: Pasted) -> None:
    """One DOI, PubMed id or web address a line; several ids may share a line."""
    lines = (line.strip().strip(",;") for line in text.splitlines())
    for line in filter(None, lines):
        entry = of_identifier(line)
        if entry is not None:
            pasted.take(entry)
            continue
        parts = [of_identifier(part) for part in re.split(r"[\s,;]+", line)]
        if all(parts):
            for part in parts:
                pasted.take(part or Found(label=line))
        else:
            pasted.problems.append(
                f"“{line[:80]}{'…' if len(line) > 80 else ''}” is no DOI, PubMed id, web address, "
                "BibTeX or RIS entry. A DOI looks like 10.1136/bmj.l689, a PubMed id like 31278997."
            )


def of_identifier(text: str) -> Found | None:
    """The source that a DOI, a PubMed id or an address alone names, else None."""
    if pmid := normal_pmid(text):
        return Found(label=f"PubMed id {pmid}", pmid=pmid)
    if doi := normal_doi(text):
        return Found(label=f"DOI {doi}", doi=doi)
    if url := web_page(text):
        return Found(label=url, url=url)
    return None


def normal_doi(text: str) -> str:
    """The DOI alone, however it was written (an address, `doi:`, percent signs); else ""."""
    text = DOI_BEFORE.sub("", " ".join(text.split()))
    if "%" in text:
        text = unquote(text)
    if not DOI.fullmatch(text):
        return ""
    text = text.rstrip(".,;")
    while text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].rstrip(".,;")
    return text


def normal_pmid(text: str) -> str:
    """The digits of a PubMed id or of its page's address; else ""."""
    match = PUBMED_PAGE.fullmatch(text.strip()) or PMID.fullmatch(text.strip())
    return match[1].lstrip("0") if match else ""


def web_page(text: str) -> str:
    """A full web address of at most 500 signs; else ""."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    usable = parts.scheme in ("http", "https") and "." in parts.netloc and len(text) <= 500
    return text if usable and not re.search(r"[\s<>\"]", text) else ""


def page_address(url: str) -> str:
    """By which two spellings of one page's address are known as the same; not to be opened."""
    return re.sub(r"^https?://(www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/")
