"""A reader's comment, where it came from and that it is to be judged are kept by one statement."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import DataError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from backsite.lib.bots import Submission
from backsite.lib.together import Together
from comments.models import Comment, DangerWord, Judgement, Origin
from tests.factories import make_article, make_comment

pytestmark = pytest.mark.django_db

SENT = Submission(
    form="comment",
    address="203.0.113.9",
    user_agent="Mozilla/5.0 “quoted” '",
    referrer="https://example.org/?a=%s",
    trap="\\x",
    elapsed_ms=41_000,
    key=uuid.uuid4(),
)
WORDS = {"name": "Zoë", "email": "zoe@example.org", "website": "", "text": "Does 5 % help?\n$1 '"}


def test_the_rows_are_those_that_django_would_write() -> None:
    article = make_article()
    parent = make_comment(article)
    kept = Comment.submit(SENT, article=article, parent=parent, **WORDS)
    assert not kept._state.adding
    meant = (kept, Origin.of(kept, SENT), Judgement.first_of(kept))
    for row in meant:
        written = type(row).objects.get(**{"pk" if row is kept else "comment": kept.pk})
        assert _values(written) == _values(_as_django_writes(row)), type(row)
    read = Comment.objects.get(pk=kept.pk)
    assert {name: getattr(read, name) for name in WORDS} == WORDS
    assert (read.parent, read.submission_key) == (parent, SENT.key)


def test_it_is_one_statement() -> None:
    article = make_article()
    make_comment(article)
    with CaptureQueriesContext(connection) as asked:
        make_comment(article, approved=False)
    assert len(asked) == 4  # locked, sent before, words of danger, kept


def test_what_does_not_fit_is_an_error_and_never_cut() -> None:
    article = make_article()
    rows = Together(Comment, "comment", Origin, Judgement)
    comment = Comment(article=article, **WORDS)
    origin = Origin.of(comment, Submission(form="x" * 41))
    with pytest.raises(DataError), transaction.atomic():
        rows.create(comment, origin, Judgement.first_of(comment))
    assert not Comment.objects.exists()


def test_it_is_marked_as_danger_from_the_first_moment() -> None:
    article = make_article()
    DangerWord.objects.all().delete()
    for words in ("numb between the legs", "nobody says this"):
        DangerWord.objects.create(words=words)
    DangerWord.objects.create(words="walking", in_use=False)
    text = "I am walking, and numb between the legs."
    comment = make_comment(article, text=text, approved=False)
    assert Comment.objects.get(pk=comment.pk).danger
    assert [found.words for found in comment.dangers.all()] == ["numb between the legs"]
    DangerWord.objects.update(in_use=False)
    assert not make_comment(article, text=text, approved=False).danger
    DangerWord.objects.all().delete()
    assert not make_comment(article, text=text, approved=False).danger


def _as_django_writes(row: models.Model) -> models.Model:
    """The same once more, by `save`; what only one row may have is another's."""
    fields = [
        field
        for field in row._meta.local_concrete_fields
        if not (field.primary_key or field.generated or field.unique)
    ]
    given: dict[str, Any] = {field.attname: getattr(row, field.attname) for field in fields}
    if not isinstance(row, Comment):
        given["comment"] = Comment.objects.create(article=make_article(), name="x", text="x")
    made = type(row)(**given)
    made.save()
    return made


def _values(row: models.Model) -> dict[str, Any]:
    [found] = type(row).objects.filter(pk=row.pk).values()  # type: ignore[attr-defined]  # each has one
    alone = {field.attname for field in row._meta.local_concrete_fields if field.unique}
    return {name: value for name, value in found.items() if name not in alone}
