"""Catalogues of translations, compiled without GNU gettext."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext, ngettext

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
        'msgid "odd and untranslated"\nmsgstr ""\n'
    )
    settings.LOCALE_PATHS = [catalogues.compiled(tmp_path / "locale", tmp_path / "made")]
    settings.LANGUAGE_CODE = "de"
    assert gettext("odd words") == '„Wörter“\nin zwei "Zeilen"'
    assert gettext("odd and untranslated") == "odd and untranslated"
    assert [ngettext("%(n)s odd thing", "%(n)s odd things", n) for n in (1, 2)] == [
        "%(n)s Ding",
        "%(n)s Dinge",
    ]


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    source = tmp_path / "de" / "LC_MESSAGES"
    source.mkdir(parents=True)
    (source / "django.po").write_text('msgid "open\nmsgstr ""\n')
    with pytest.raises(ImproperlyConfigured, match=r"django\.po"):
        catalogues.compiled(tmp_path, tmp_path / "made")


@pytest.mark.parametrize("typed", ["klingon", "", "../de"])
def test_an_unknown_language_stops_the_start(typed: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_LANGUAGE"):
        catalogues.known_language("SITE_LANGUAGE", typed)
    assert catalogues.known_language("SITE_LANGUAGE", "pt_BR") == "pt-br"
