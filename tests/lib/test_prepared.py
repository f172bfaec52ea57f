"""Questions that are put into SQL once, and asked in one go."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from articles.models import Article, ChangeNote, Picture, Tag, Topic
from backsite.lib.prepared import Given, Prepared, Rows, among, keep
from tests.factories import make_article, make_author, make_topic

pytestmark = pytest.mark.django_db

ABOUT = Prepared(
    lambda: {
        "article": Article.objects.filter(pk=Given("article")).select_related("topic__parent"),
        "notes": ChangeNote.objects.filter(article=Given("article")),
        "tags": Tag.objects.filter(pk__in=among("tags")),
        "sum": Rows("SELECT 1, 'two'", columns=2),
    }
)


def asked(article: Article, *tags: Tag) -> dict[str, list[Any]]:
    return ABOUT.ask(article=article.pk, tags=[tag.pk for tag in tags])


def test_several_questions_are_one_query(django_assert_num_queries: Any) -> None:
    article = make_article(topic=make_topic(parent=make_topic("Backs")))
    tag = Tag.objects.create(name="Walks", slug="walks")
    with django_assert_num_queries(1):
        found = asked(article, tag)
        [same] = found["article"]
        assert same.topic.parent.name == "Backs"
    assert found["tags"] == [tag]
    assert found["sum"] == [[1, "two"]]


def test_every_column_is_what_the_model_makes_of_it() -> None:
    article = make_article("100 % “true” \\ 'quoted' \U0001f600\ttab", body="<p>5 < 6 & %s</p>")
    article.note_change("Put right.", by=None, on=date(2026, 2, 28))
    found = asked(article)
    [same], fresh = found["article"], Article.objects.get(pk=article.pk)
    for field in Article._meta.concrete_fields:
        if field.attname in fresh.__dict__:
            assert getattr(same, field.attname) == getattr(fresh, field.attname), field.name
    [note] = found["notes"]
    assert (note.date, note.created_at) == (
        date(2026, 2, 28),
        ChangeNote.objects.get(article=article).created_at,
    )


def test_what_json_is_in_the_database_comes_back_as_it_was() -> None:
    made: dict[str, Any] = {"folder": "a/b", "whole": {"sizes": [[1, 2]], "tag": None}}
    one = Picture.objects.create(title="One", renditions=made, width=1, height=1, size=1)
    both = Prepared(
        lambda: {"first": Picture.objects.filter(pk=Given("pk")), "others": Topic.objects.all()}
    )
    alone = Prepared(lambda: {"only": Picture.objects.filter(pk=Given("pk"))})
    assert both.ask(pk=one.pk)["first"][0].renditions == made
    assert alone.ask(pk=one.pk)["only"][0].renditions == made


def test_each_asking_gets_the_answer_of_its_moment() -> None:
    article, other = make_article("One"), make_article("Two")
    assert [row.title for row in asked(article)["article"]] == ["One"]
    assert [row.title for row in asked(other)["article"]] == ["Two"]
    Article.objects.filter(pk=article.pk).update(title="Three", updated_at=timezone.now())
    assert [row.title for row in asked(article)["article"]] == ["Three"]
    assert asked(article)["notes"] == asked(article)["tags"] == []


def test_the_order_and_the_limit_of_a_question_hold() -> None:
    for name in ("b", "c", "a"):
        Topic.objects.create(name=name, slug=name)
    two = Prepared(
        lambda: {
            "first": Topic.objects.filter(~Q(name=Given("not"))).order_by("-name")[:2],
            "rest": Topic.objects.order_by("name"),
        }
    )
    found = two.ask(**{"not": "c"})
    assert [row.name for row in found["first"]] == ["b", "a"]
    assert [row.name for row in found["rest"]] == ["a", "b", "c"]


def test_kept_rows_are_found_as_if_they_had_been_prefetched(
    django_assert_num_queries: Any,
) -> None:
    article = make_article(authors=[make_author()])
    lines = list(article.bylines.all())
    again = Article.objects.get(pk=article.pk)
    keep(again, "bylines", lines)
    with django_assert_num_queries(0):
        assert list(again.bylines.all()) == lines
