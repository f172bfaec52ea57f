"""`manage.py render`: the stored HTML follows the language of the site and what renders it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.utils.translation import override

from articles.models import Article
from backsite.lib import catalogues
from comments.models import Comment
from newsletter.models import Book
from tests.factories import make_article, make_comment, make_staff
from tests.newsletter.readers import make_book

pytestmark = pytest.mark.django_db

TABLE = "<h2>Walking</h2><table><tbody><tr><td>Daily</td></tr></tbody></table>"


def rendered() -> str:
    said = StringIO()
    call_command("render", stdout=said)
    return said.getvalue()


@pytest.fixture
def in_german(settings: Any, tmp_path: Path) -> Any:
    settings.LOCALE_PATHS = [
        catalogues.compiled(Path(site_settings.BASE_DIR) / "locale", tmp_path / "locale")
    ]
    settings.LANGUAGE_CODE = "de"
    with override("de"):  # as each request of a German site
        yield


def test_what_was_written_before_speaks_the_new_language(in_german: None) -> None:
    staff = make_staff("ada")
    with override("en"):
        article = make_article("Walking", body=TABLE)
        comment = make_comment(article, text="Write to me: livia@example.org")
        answer = comment.answer("Write to us: help@example.org", by=staff)
        make_book()
    assert 'aria-label="Table"' in Article.objects.get().html
    assert "address not shown" in Comment.objects.get(pk=comment.pk).html
    said = rendered()
    assert 'aria-label="Tabelle"' in Article.objects.get().html
    shown = Comment.objects.get(pk=comment.pk).html
    assert "address not shown" not in shown
    assert "livia" not in shown
    assert "help@example.org" in Comment.objects.get(pk=answer.pk).html
    assert "articles and pages: 1, 1 changed." in said
    assert "comments: 2, 1 changed." in said
    assert "books: 1, 0 changed." in said


def test_a_second_run_finds_nothing_to_do(in_german: None) -> None:
    with override("en"):
        make_comment(make_article("Walking", body=TABLE))
        make_book()
    rendered()
    assert rendered().count(" 0 changed.") == 4


def test_it_restores_what_was_damaged_and_nothing_else_moves(in_german: None) -> None:
    book, article = make_book(), make_article("Walking", body=TABLE)
    Book.objects.update(html="")
    before = Article.objects.values().get(pk=article.pk)
    rendered()
    assert Book.objects.get().html == book.html
    assert Article.objects.values().get(pk=article.pk) == before
