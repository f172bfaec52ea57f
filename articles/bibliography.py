"""BibTeX and RIS, as reference managers and PubMed write them, into sources."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import NameParts, SeparateCoAuthors, SplitNameParts
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    ImplicitComment,
    ParsingFailedBlock,
)
from pylatexenc.latex2text import LatexNodes2Text

from .citations import Found, Pasted, normal_doi, normal_pmid, read_lines, web_page

# As many names as a reader takes in; the rest are “and others”.
NAMES_SHOWN: Final = 6
# What the columns of a reference hold.
LONGEST: Final = {"authors": 300, "title": 400, "source": 200}
KINDS: Final = {
    "article": "journal article",
    "book": "book",
    "inbook": "book chapter",
    "incollection": "book chapter",
    "inproceedings": "conference paper",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "techreport": "report",
    "report": "report",
    "online": "web page",
    # RIS, "TY" (Research Information Systems, format specification)
    "JOUR": "journal article",
    "EJOUR": "journal article",
    "BOOK": "book",
    "EBOOK": "book",
    "CHAP": "book chapter",
    "CONF": "conference paper",
    "THES": "thesis",
    "RPRT": "report",
    "WEB": "web page",
}

_latex = LatexNodes2Text(math_mode="text")
# Its parser reports each broken entry in a block, and once more in the log.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


def read_bibtex(text: str, pasted: Pasted) -> None:
    layers = [SeparateCoAuthors(), SplitNameParts()]
    try:
        blocks = parse_string(text, append_middleware=layers).blocks
    except Exception as error:  # whatever a hostile text leads the parser to
        pasted.problems.append(f"This BibTeX cannot be read: {error}")
        return
    number = 0
    for block in blocks:
        if isinstance(block, ImplicitComment):
            read_lines(block.comment, pasted)
            continue
        entry = _entry_of(block)
        if entry is None and not isinstance(block, ParsingFailedBlock):
            continue  # @string, @comment, @preamble
        number += 1
        label = f"Entry {number}{_named(block)}"
        if entry is None:
            pasted.problems.append(f"{label} cannot be read: {_why(block)}")
        else:
            _take(pasted, label, _from_bibtex, entry)


def _entry_of(block: object) -> Entry | None:
    """The entry, also where its key was used before or it names a field twice: the key
    is not kept, and of two fields the last one stands."""
    if isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
        block = block.ignore_error_block
    return block if isinstance(block, Entry) else None


def _named(block: Any) -> str:
    key = re.match(r"\s*@\s*\w+\s*[{(]\s*([^\s,{}]{1,60})\s*,", str(getattr(block, "raw", "")))
    return f" ({key[1]})" if key else ""


def _why(block: object) -> str:
    error = getattr(block, "error", "")
    said = str(getattr(error, "abort_reason", error)).strip()
    if "Was still looking for" in said or "end of file" in said:
        return "a bracket or a quotation mark is never closed in it."
    return said if said.endswith(".") else f"{said}."


def _take(pasted: Pasted, label: str, read: Any, entry: Any) -> None:
    try:
        pasted.take(read(label, entry))
    except Exception as error:  # as above: nested too deep, no text where one must be
        pasted.problems.append(f"{label} cannot be read: {type(error).__name__}.")


def _from_bibtex(label: str, entry: Entry) -> Found:
    fields = {name.lower(): field.value for name, field in entry.fields_dict.items()}
    people = fields.get("author") or fields.get("editor") or []
    names = [_bibtex_name(name) for name in people if isinstance(name, NameParts)]

    def first(*wanted: str) -> str:
        return next((text for name in wanted if (text := _plain(fields.get(name)))), "")

    return _found(
        label,
        names=names,
        year=first("year", "date"),
        title=first("title"),
        source=first("journal", "journaltitle", "booktitle", "publisher", "institution", "school"),
        kind=KINDS.get(entry.entry_type.lower(), ""),
        doi=_raw(fields.get("doi")),
        pmid=_raw(fields.get("pmid")),
        urls=[_raw(fields.get("url")), first("howpublished")],
    )


def _bibtex_name(name: NameParts) -> tuple[str, str]:
    family = _plain(" ".join([*name.von, *name.last]))
    return family, _initials(_plain(" ".join(name.first)))


def _plain(value: object) -> str:
    """Without LaTeX: its accents as letters, its braces and commands gone."""
    return " ".join(_latex.latex_to_text(str(value)).split()) if value else ""


def _raw(value: object) -> str:
    """An identifier or address, in which % and _ mean themselves."""
    text = re.sub(r"\\([_%&#~$])", r"\1", str(value or "")).strip("{} \n")
    return re.sub(r"^\\url\{(.*)\}?$", r"\1", text).strip("{}")


def read_ris(text: str, pasted: Pasted) -> None:
    records = re.split(r"(?m)^\s*(?=TY\s{1,2}-)", text)
    if records[0].strip():
        read_lines(records[0], pasted)
    for number, record in enumerate(records[1:], start=1):
        label = f"Entry {number}"
        lines = [line.strip() for line in record.splitlines() if line.strip()]
        if not lines[-1].startswith("ER"):
            lines.append("ER  - ")
        # Some exports write one space before the hyphen and none after it.
        lines = [re.sub(r"^([A-Z][A-Z0-9])\s{1,2}-\s?", r"\1  - ", line) for line in lines]
        try:
            rows = rispy.loads("\n".join(lines))
        except Exception as error:  # KeyError on a line that belongs to no field, and others
            pasted.problems.append(f"{label} cannot be read as RIS ({error}).")
            continue
        for row in rows:
            _take(pasted, label, _from_ris, row)


def _from_ris(label: str, row: dict[str, Any]) -> Found:
    def first(*wanted: str) -> str:
        return next((text for name in wanted if (text := _one(row.get(name)))), "")

    people = row.get("authors") or row.get("first_authors") or row.get("editors") or []
    doi = first("doi")
    return _found(
        label,
        names=[_ris_name(str(name)) for name in people],
        year=first("year", "publication_year", "date"),
        title=first("title", "primary_title"),
        source=first(
            "journal_name",
            "alternate_title3",
            "secondary_title",
            "alternate_title1",
            "alternate_title2",
            "publisher",
        ),
        kind=KINDS.get(str(row.get("type_of_reference", "")), ""),
        doi=doi,
        pmid=first("accession_number") if "pubmed" in str(row).lower() else "",
        urls=[str(url) for url in row.get("urls") or []],
    )


def _one(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(str(value or "").split())


def _ris_name(name: str) -> tuple[str, str]:
    family, _, given = name.partition(",")
    return " ".join(family.split()), _initials(given.split(",")[0])


def _initials(given: str) -> str:
    """“Jan Peter” and “J. P.” and “JP” are all JP."""
    if given.isupper() and len(given) <= 3 and given.isalpha():
        return given
    return "".join(word[0].upper() for word in re.findall(r"[^\W\d_]+", given))[:4]


def _found(
    label: str,
    *,
    names: list[tuple[str, str]],
    year: str,
    title: str,
    source: str,
    kind: str,
    doi: str,
    pmid: str,
    urls: list[str],
) -> Found:
    number = re.search(r"\b(1[5-9]|20|21)\d\d\b", year)
    names = [(family, given) for family, given in names if family]
    texts = {
        "authors": _authors(names),
        "title": title.strip().rstrip("."),
        "source": source,
    }
    cut = {name: _at_most(LONGEST[name], text) for name, text in texts.items()}
    known = int(number[0]) if number else None
    page = next((url for text in urls if (url := web_page(text))), "")
    found = Found(label=label, year=known, kind=kind, family=names[0][0] if names else "", **cut)
    found.doi = normal_doi(doi) or normal_doi(page)
    pages = [url for url in urls if "/" in url]
    found.pmid = next(filter(None, map(normal_pmid, [pmid, *pages])), "")
    # The address of the DOI or of PubMed's page says nothing more than the id.
    is_id = bool(normal_doi(page) or normal_pmid(page))
    found.url = "" if is_id else page
    named = " ".join(part for part in (found.family, str(known or "")) if part)
    found.label = f"{label} ({named})" if named and "(" not in label else label
    return found


def _authors(names: list[tuple[str, str]]) -> str:
    is_cut = len(names) > NAMES_SHOWN or any(family.lower() == "others" for family, _ in names)
    shown = [f"{family} {given}".strip() for family, given in names if family.lower() != "others"]
    text = ", ".join(shown[:NAMES_SHOWN])
    return f"{text} and others" if is_cut and text else text


def _at_most(longest: int, text: str) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
