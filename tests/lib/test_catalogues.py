"""Catalogues of translations, compiled without GNU gettext."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext, ngettext

from backsite import messages
from backsite.lib import catalogues


def test_a_catalogue_is_compiled_as_gettext_reads_it(tmp_path: Path, settings: Any) -> None:
    source = tmp_path / "locale" / "de" / "LC_MESSAGES"
    source.mkdir(parents=True)
    (source / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "odd words"\nmsgstr ""\n"„Wörter“\\n"\n"in zwei \\"Zeilen\\""\n\n'
        'msgid "%(n)s odd thing"\nmsgid_plural "%(n)s odd things"\n'
        'msgstr[0] "%(n)s Ding"\nmsgstr[1] "%(n)s Dinge"\n\n'
        'msgid "odd and untranslated"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "odd and guessed"\nmsgstr "geraten"\n'
    )
    settings.LOCALE_PATHS = [catalogues.compiled(tmp_path / "locale", tmp_path / "made")]
    settings.LANGUAGE_CODE = "de"
    assert gettext("odd words") == '„Wörter“\nin zwei "Zeilen"'
    assert gettext("odd and untranslated") == "odd and untranslated"
    assert gettext("odd and guessed") == "odd and guessed"
    assert [ngettext("%(n)s odd thing", "%(n)s odd things", n) for n in (1, 2)] == [
        "%(n)s Ding",
        "%(n)s Dinge",
    ]


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    source = tmp_path / "de" / "LC_MESSAGES"
    source.mkdir(parents=True)
    (source / "django.po").write_text('msgid "open"\nmessage ""\n')
    with pytest.raises(ImproperlyConfigured, match=r"django\.po"):
        catalogues.compiled(tmp_path, tmp_path / "made")


@pytest.mark.parametrize("typed", ["klingon", "", "../de"])
def test_an_unknown_language_stops_the_start(typed: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_LANGUAGE"):
        catalogues.known_language("SITE_LANGUAGE", typed)
    assert catalogues.known_language("SITE_LANGUAGE", "pt_BR") == "pt-br"


def test_a_new_text_waits_in_as_many_forms_as_the_language_has(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\\n"\n\n'
        'msgid "gone"\nmsgstr "nie ma"\n\n#, fuzzy\nmsgid "kept"\nmsgstr "zgadnięte"\n'
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}{% translate "kept" %}{% blocktranslate count n=n %}{{ n }} word'
        "{% plural %}{{ n }} words{% endblocktranslate %}"
    )
    assert messages.renew(tmp_path, "pl") == 2
    found = {one.msgid: one for one in catalogues.catalogue(messages.catalogue(tmp_path, "pl"))}
    assert catalogues.said(found["%(n)s word"]) == ("", "", "")
    assert catalogues.said(found["kept"]) == ("zgadnięte",)
    assert "gone" not in found
    assert len(messages.missing(tmp_path, "pl")) == 2
