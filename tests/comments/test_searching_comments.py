"""Staff look for a comment."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from comments.models import Comment
from tests.factories import make_article, make_comment, make_staff

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[str]:
    return sorted(comment.name for comment in Comment.objects.about(typed))


def test_it_finds_by_words_writer_address_and_article() -> None:
    article = make_article("Sciatica")
    make_comment(article, name="Anna", text="It was walking that helped.")
    make_comment(make_article("Sleep"), name="Bo", email="bo.smith@mail.example", text="Thanks.")
    assert found("walk") == ["Anna"]
    assert found("sciatica") == ["Anna"]
    assert found("bo") == ["Bo"]
    assert found("bo.smith@mail.example") == ["Bo"]
    assert found("smith") == ["Bo"]
    assert found("walking -helped") == []
    assert found("thanks or walked") == ["Anna", "Bo"]


def test_the_last_word_may_be_its_beginning() -> None:
    make_comment(make_article(), name="Anna", text="Ibuprofen after paracetamol?")
    assert found("ibuprofen parac") == ["Anna"]


@pytest.mark.parametrize(
    "typed",
    [
        "\x00",
        '"',
        ":*&|!",
        "the",
        "-walking",
        "or",
        "x" * 5_000,
        "a:* | b",
        "\\",
        "🦴",
        "ألم",
        "%s",
    ],
)
def test_a_hostile_search_gets_the_list(client: Client, typed: str) -> None:
    make_comment(make_article())
    client.force_login(make_staff())
    answer = client.get("/admin/comments/comment/", {"pile": "all", "q": typed})
    assert answer.status_code == 200


def test_the_list_shows_what_was_looked_for(client: Client) -> None:
    article = make_article()
    make_comment(article, text="Does walking help?")
    make_comment(article, text="What about swimming?")
    client.force_login(make_staff())
    page = client.get("/admin/comments/comment/", {"pile": "all", "q": "swim"}).content.decode()
    assert "What about swimming?" in page
    assert "Does walking help?" not in page


def test_the_index_answers() -> None:
    make_comment(make_article())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, params = Comment.objects.about("walking").order_by().query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        assert "comment_search" in "\n".join(row[0] for row in cursor.fetchall())


def test_the_vector_is_read_by_no_list() -> None:
    make_comment(make_article())
    assert "search_vector" in Comment.objects.get().get_deferred_fields()
