"""A file that is dangerous, or is no WordPress export, is refused with one line that says
what it is; nothing is written and nothing outside the file is read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article

from .wxr import export, item, written

pytestmark = pytest.mark.django_db

LAUGHS = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE rss [<!ENTITY lol0 "lol">{LAUGHS}]>'
GOOD = export(item(1))


def with_prolog(prolog: str) -> str:
    return GOOD.replace("<rss", f"{prolog}<rss", 1)


def refusal(path: Path) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("import_wordpress", str(path))
    assert Article.objects.count() == 0
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "prolog",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x.dtd"> %remote;]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!doctype rss>",
        f"<!-- <rss> --><?note <rss>?>{BOMB}",
        f"a line of rubbish {BOMB}",
    ],
)
def test_it_refuses_every_document_type(tmp_path: Path, prolog: str) -> None:
    assert "DOCTYPE" in refusal(written(tmp_path, with_prolog(prolog)))


def test_it_refuses_a_bomb_written_in_utf_16(tmp_path: Path) -> None:
    text = with_prolog(BOMB).replace('"UTF-8"', '"UTF-16"')
    assert "DOCTYPE" in refusal(written(tmp_path, text.encode("utf-16")))


def test_it_refuses_a_document_type_hidden_between_the_items(tmp_path: Path) -> None:
    text = export('<!DOCTYPE x [<!ENTITY a "b">]>', item(1, title="&a;"))
    assert "DOCTYPE" in refusal(written(tmp_path, text))


def test_a_document_type_quoted_in_an_article_is_only_text(tmp_path: Path) -> None:
    path = written(tmp_path, export(item(1, body="<pre>&lt;!DOCTYPE html></pre> <!DOCTYPE x>")))
    call_command("import_wordpress", str(path), "--json")
    assert Article.objects.count() == 1


def test_it_includes_no_other_file(tmp_path: Path) -> None:
    secret = written(tmp_path, "the secret words", "secret.txt")
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" '
        f'href="{secret.as_uri()}"/>'
    )
    path = written(tmp_path, export(item(1, title=f"Title {include}")))
    call_command("import_wordpress", str(path), "--json")
    assert Article.objects.get().title == "Title"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"Dear all,", "is not XML: it begins with “Dear all,”"),
        (b'{"posts": []}', "is not XML"),
        (b"-- MySQL dump\nINSERT INTO wp_posts VALUES (1 < 2);", "is not XML"),
        (bytes(200), "is not XML"),
        (gzip.compress(GOOD.encode()), "is packed with gzip"),
        (b"PK\x03\x04 and so on", "is packed with zip"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
        (b"<html><body>Log in</body></html>", "is a web page"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "begins with <feed>"),
        (b"<rss><channel><item><title>a</title></item></channel></rss>", "not a WordPress export"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "“klingon”"),
        (b'<?xml version="1.0" encoding="rot13"?><rss/>', "“rot13”"),
    ],
)
def test_it_says_what_the_file_is_instead(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refusal(written(tmp_path, content))


def test_it_says_that_a_file_is_missing_or_a_folder(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing.xml")
    assert "is a folder" in refusal(tmp_path)


def test_it_refuses_trees_that_no_export_has(tmp_path: Path) -> None:
    deep = export("<item>" + "<a>" * 400 + "</a>" * 400 + "</item>")
    assert "nested deeper" in refusal(written(tmp_path, deep))
    long = export(item(1, body="x" * 10_500_000))
    assert "a single text of over 10 MB" in refusal(written(tmp_path, long))
