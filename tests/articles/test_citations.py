"""What writers paste to name a source, and what is understood of it."""

from __future__ import annotations

import pytest

from articles.citations import LONGEST_PASTE, MOST_ENTRIES, Found, normal_doi, read

ARTICLE = r"""
@article{hart, author = {Hartvigsen, Jan and M{\"u}ller-Schmidt, H{\'e}l{\`e}ne and
  {World Health Organization}}, title = {What {Low} back pain is \& why}, year = 2018,
  journal = {The Lancet}, doi = {https://doi.org/10.1016/S0140-6736(18)30480-X}}
"""
RIS = """TY  - JOUR
AU  - Foster, Nadine E.
AU  - Anema, Johannes R
TI  - Prevention and treatment of low back pain
JO  - Lancet
PY  - 2018/06/09
DO  - 10.1016/S0140-6736(18)30489-6
ER  -
"""


def only(text: str) -> Found:
    pasted = read(text)
    assert pasted.problems == []
    (found,) = pasted.found
    return found


@pytest.mark.parametrize(
    "typed",
    [
        "10.1016/S0140-6736(18)30480-X",
        "doi:10.1016/S0140-6736(18)30480-X",
        "DOI: 10.1016/S0140-6736(18)30480-X.",
        "https://doi.org/10.1016/S0140-6736(18)30480-X",
        "http://dx.doi.org/10.1016/S0140-6736(18)30480-X",
        "doi.org/10.1016%2FS0140-6736%2818%2930480-X",
        " 10.1016/S0140-6736(18)30480-X); ",
    ],
)
def test_a_doi_is_known_however_it_was_copied(typed: str) -> None:
    assert only(typed).doi == "10.1016/S0140-6736(18)30480-X"


@pytest.mark.parametrize(
    "typed", ["10.1016", "hello", "10.x/abc", "https://example.org/10.1/x", ""]
)
def test_what_is_no_doi_is_none(typed: str) -> None:
    assert normal_doi(typed) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "31278997",
        "PMID: 31278997",
        "pmid31278997",
        "https://pubmed.ncbi.nlm.nih.gov/31278997/",
        "https://www.ncbi.nlm.nih.gov/pubmed/31278997?dopt=Abstract",
    ],
)
def test_a_pubmed_id_is_known_however_it_was_copied(typed: str) -> None:
    found = only(typed)
    assert (found.pmid, found.doi, found.url) == ("31278997", "", "")


def test_several_ids_may_stand_on_lines_or_beside_each_other() -> None:
    found = read("10.1136/bmj.l689, 31278997\n\nhttps://example.org/guideline\n").found
    assert [one.doi or one.pmid or one.url for one in found] == [
        "10.1136/bmj.l689",
        "31278997",
        "https://example.org/guideline",
    ]


def test_a_line_that_names_nothing_is_named_in_the_complaint() -> None:
    pasted = read("10.1136/bmj.l689\nsome study I once saw")
    assert [one.doi for one in pasted.found] == ["10.1136/bmj.l689"]
    (problem,) = pasted.problems
    assert problem.startswith("“some study I once saw” is no DOI")


def test_bibtex_is_read_with_its_latex_as_letters() -> None:
    found = only(ARTICLE)
    assert found.authors == "Hartvigsen J, Müller-Schmidt H, World Health Organization"
    assert found.title == "What Low back pain is & why"
    assert (found.year, found.source, found.kind) == (2018, "The Lancet", "journal article")
    assert found.doi == "10.1016/S0140-6736(18)30480-X"
    assert found.free_key(set()) == "hartvigsen2018"


def test_ris_is_read() -> None:
    found = only(RIS)
    assert found.authors == "Foster NE, Anema JR"
    assert found.title == "Prevention and treatment of low back pain"
    assert (found.year, found.source, found.kind) == (2018, "Lancet", "journal article")
    assert found.doi == "10.1016/S0140-6736(18)30489-6"


def test_several_entries_are_read_and_each_broken_one_is_named() -> None:
    broken = "@article{unclosed, title = {It never ends, doi = {10.1000/never}\n"
    nowhere = "@book{nowhere, title = {No way to check}, author = {A. Nobody}, year = 2001}"
    pasted = read(ARTICLE + broken + nowhere + "@misc{w, title={A page}, url={https://e.org/a_b}}")
    assert [one.doi or one.url for one in pasted.found] == [
        "10.1016/S0140-6736(18)30480-X",
        "https://e.org/a_b",
    ]
    assert "Entry 2 (unclosed) cannot be read: a bracket" in pasted.problems[0]
    assert "Entry 3 (nowhere) has no DOI, no PubMed id and no address" in pasted.problems[1]


def test_of_several_ris_records_the_broken_one_is_named() -> None:
    pasted = read(RIS + "TY  - BOOK\nthis is no field\nER  - \n" + RIS.replace("30489-6", "1"))
    assert len(pasted.found) == 2
    (problem,) = pasted.problems
    assert problem.startswith("Entry 2 has no DOI")


def test_a_ris_record_without_its_last_line_is_read() -> None:
    assert only(RIS.replace("ER  -", "")).year == 2018


def test_the_same_source_pasted_twice_is_one() -> None:
    same = ["10.1136/bmj.l689", "https://doi.org/10.1136/BMJ.L689"]
    assert len(read("\n".join(same)).found) == 1


def test_the_address_of_an_id_is_the_id() -> None:
    entry = "@misc{x, title={T}, url={https://pubmed.ncbi.nlm.nih.gov/31278997/}}"
    assert (only(entry).pmid, only(entry).url) == ("31278997", "")


def test_more_than_six_authors_are_and_others() -> None:
    names = " and ".join(f"Name{letter}, A" for letter in "abcdefgh")
    found = only(f"@article{{x, author={{{names}}}, doi={{10.1000/x}}}}")
    assert found.authors == "Namea A, Nameb A, Namec A, Named A, Namee A, Namef A and others"


def test_keys_are_made_of_author_and_year_and_never_twice() -> None:
    found = Found(label="", family="van der Windt", year=2019, doi="10.1000/x")
    assert found.free_key(set()) == "vanderwindt2019"
    assert found.free_key({"vanderwindt2019"}) == "vanderwindt2019b"
    assert Found(label="", pmid="123").free_key(set()) == "pmid123"
    assert Found(label="", title="The back book", year=1996).free_key(set()) == "back1996"


@pytest.mark.parametrize(
    "text",
    [
        "@",
        "@article{",
        "@article{x, doi = {10.1000/x}" + "{" * 3_000,
        "@article{x, title = {" + r"\textbf{" * 3_000 + "}" * 3_000 + "}, doi={10.1000/x}}",
        "@article{x, author = { and and , , }, doi = {10.1000/x}}",
        "TY  - \nER  - ",
        "TY  - JOUR\n" * 300,
        "\x00\ufeff\n\r",
        "}" * 1_000,
        "https://[",
        "10." + "1" * 100_000,
    ],
)
def test_nothing_that_is_pasted_raises(text: str) -> None:
    pasted = read(text)
    assert all(one.can_be_checked for one in pasted.found)


def test_a_whole_library_is_too_much_at_once() -> None:
    assert "more than" in read("x" * (LONGEST_PASTE + 1)).problems[0]
    many = "\n".join(f"10.1000/{number}" for number in range(MOST_ENTRIES + 1))
    assert f"paste at most {MOST_ENTRIES}" in read(many).problems[0]
