"""Every version of the format is read, and what is broken is mended and named, so that the
owner of an old blog need not know what is wrong with the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from backsite.wordpress.export import Item
from backsite.wordpress.reader import Export, read

from .wxr import comment, export, item, written


def only(export: Export) -> Item:
    (found,) = export.items()
    return found


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_it_reads_each_version(tmp_path: Path, version: str) -> None:
    text = export(item(3, comment(8, "Well said."), title="Sitting"), version=version)
    found = read(written(tmp_path, text))
    one = only(found)
    assert (one.number, one.title, one.remarks[0].content) == (3, "Sitting", "Well said.")
    assert found.head.origin == "blog.example"
    assert found.mended == []


def test_it_reads_a_file_that_names_no_version_and_says_so(tmp_path: Path) -> None:
    text = export(item(1)).replace("<wp:wxr_version>1.2</wp:wxr_version>", "")
    (sentence,) = read(written(tmp_path, text)).mended
    assert "names no WXR version" in sentence


def test_it_knows_elements_by_namespace_and_not_by_prefix(tmp_path: Path) -> None:
    text = export(item(5)).replace("wp:", "w:").replace("xmlns:wp", "xmlns:w")
    text = text.replace(
        "</item>", '<w:post_id xmlns:w="http://other.example/">9</w:post_id></item>'
    )
    assert only(read(written(tmp_path, text))).number == 5


def test_it_names_authors_and_terms_that_only_the_items_name(tmp_path: Path) -> None:
    filed = '<category domain="category" nicename="backs"><![CDATA[Backs]]></category>'
    head = read(written(tmp_path, export(item(1, filed, creator="ben&gt;"), people=""))).head
    assert list(head.people) == ["ben"]
    assert [term.name for term in head.terms.values()] == ["Backs"]


def test_it_removes_characters_that_xml_forbids_and_names_the_lines(tmp_path: Path) -> None:
    text = export(item(1, body="one\x08two\x0b"))
    found = read(written(tmp_path, text))
    assert only(found).content == "onetwo"
    line = text[: text.index("\x08")].count("\n") + 1
    assert found.mended == [f"2 characters that XML forbids removed, on line {line}."]


def test_it_gives_back_the_backslash_and_zero_that_became_a_nul(tmp_path: Path) -> None:
    found = read(written(tmp_path, export(item(1, body="echo '\x0033[01;32m'"))))
    assert only(found).content == r"echo '\033[01;32m'"
    (sentence,) = found.mended
    assert "1 NUL character, which XML forbids" in sentence


def test_it_reads_windows_bytes_in_a_file_that_claims_to_be_utf_8(tmp_path: Path) -> None:
    text = export(item(1, title="Café – “back”"))
    found = read(written(tmp_path, text.encode("cp1252")))
    assert only(found).title == "Café – “back”"
    assert "read as Windows-1252" in found.mended[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_it_reads_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = export(item(1, title="Grüße")).replace('"UTF-8"', f'"{encoding}"')
    assert only(read(written(tmp_path, text.encode(encoding)))).title == "Grüße"


def test_it_passes_over_what_php_printed_around_the_export(tmp_path: Path) -> None:
    text = f"\n<br />\n<b>Warning</b>: no time zone<br />\n{export(item(1))}<b>Fatal error</b>"
    found = read(written(tmp_path, text))
    assert only(found).number == 1
    assert any("Text before the export itself left out" in said for said in found.mended)
    assert any("not well-formed" in said for said in found.mended)


def test_it_closes_texts_where_they_really_end(tmp_path: Path) -> None:
    body = "Write <![CDATA[ data ]]> so. <p>And <b>more</b>.</p>"
    found = read(written(tmp_path, export(item(1, body=body))))
    assert only(found).content == body
    assert any("CDATA" in said for said in found.mended)


def test_it_reads_bare_ampersands_and_entities_of_html(tmp_path: Path) -> None:
    found = read(written(tmp_path, export(item(1, title="Q&A &nbsp;&eacute; &#0;&amp; on"))))
    assert only(found).title == "Q&A \xa0é & on"
    assert any("not well-formed" in said for said in found.mended)


def test_it_takes_what_is_complete_of_a_file_that_breaks_off(tmp_path: Path) -> None:
    whole = export(item(1, title="Whole"), item(2, title="Torn", body="half of a sentence"))
    found = read(written(tmp_path, whole[: whole.index("of a sentence")]))
    assert [one.title for one in found.items()] == ["Whole"]
    assert [one.title for one in found.cut_off] == ["Torn"]


def test_it_can_be_gone_through_again_and_again(tmp_path: Path) -> None:
    found = read(written(tmp_path, export(item(1), item(2))))
    assert list(found.items()) == list(found.items())
    assert found.count == 2
