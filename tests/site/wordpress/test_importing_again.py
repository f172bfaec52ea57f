"""An import can be run as often as one likes: it completes what is missing, never doubles
anything, and never overwrites what a person changed here since."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections

from articles.models import Article
from backsite.wordpress import importer
from backsite.wordpress.reader import read
from comments.models import Comment

from .wxr import comment, export, item, run, written

TABLES = ("articles", "comments", "mail")

FULL = export(
    *(
        item(n, comment(n * 10), comment(n * 10 + 1, parent=n * 10), title=f"Part {n}")
        for n in range(1, 8)
    )
)


def tables() -> dict[str, list[Any]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for label in TABLES
        for model in apps.get_app_config(label).get_models()
    }


@pytest.mark.django_db
def test_the_second_run_changes_nothing_and_says_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, FULL)
    first, before = run(path), tables()
    assert run(path) == first
    assert tables() == before


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, FULL)
    before = tables()
    promised = run(path, "--dry-run")
    assert tables() == before
    assert run(path) == promised


@pytest.mark.django_db
def test_what_a_person_changed_here_stays(tmp_path: Path) -> None:
    path = written(tmp_path, FULL)
    run(path)
    article = Article.objects.get(title="Part 3")
    article.title, article.slug = "Better title", "better"
    article.save()
    article.withdraw(by=None, why="outdated")
    reply = Comment.objects.filter(article=article).exclude(parent=None).get()
    reply.spam(by=None)
    before = tables()
    run(path)
    assert tables() == before


@pytest.mark.django_db
def test_a_later_export_adds_what_is_new(tmp_path: Path) -> None:
    run(written(tmp_path, export(item(1, comment(1)))))
    later = export(item(1, comment(1), comment(2, "New", parent=1)), item(2))
    run(written(tmp_path, later))
    assert Article.objects.count() == 2
    assert Comment.objects.get(text="New").parent == Comment.objects.exclude(text="New").get()


@pytest.mark.django_db
def test_the_same_site_is_recognised_after_its_move_to_https(tmp_path: Path) -> None:
    run(written(tmp_path, FULL))
    run(written(tmp_path, FULL.replace("http://blog.example", "https://blog.example")))
    assert Article.objects.count() == 7


@pytest.mark.django_db
def test_another_site_with_the_same_numbers_is_another_site(tmp_path: Path) -> None:
    run(written(tmp_path, FULL))
    run(written(tmp_path, FULL.replace("blog.example", "other.example")))
    assert Article.objects.count() == 14


class PulledPlugError(BaseException):
    """Stands for the process that dies: no handler of the import's own sees it."""


@pytest.mark.django_db(transaction=True)
def test_an_import_that_died_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, FULL)
    monkeypatch.setattr(importer, "BATCH", 2)

    def die(done: int, total: int) -> None:
        if done >= 4:
            raise PulledPlugError

    with pytest.raises(PulledPlugError):
        importer.import_export(read(path), dry_run=False, progress=die)
    assert Article.objects.count() == 4
    assert Comment.objects.count() == 8
    found = run(path)
    assert found["posts"] == {"published": 7}
    assert Article.objects.count() == 7
    assert Comment.objects.count() == 14


@pytest.mark.django_db
def test_an_address_that_staff_take_meanwhile_costs_one_article_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = "".join(
        f'<category domain="category" nicename="{name}">{name}</category>' for name in ("a", "b")
    )
    path = written(tmp_path, FULL.replace("</item>", f"{filed}</item>"))
    monkeypatch.setattr(importer, "BATCH", 3)

    def write_meanwhile(done: int, total: int) -> None:
        if done == 3:
            Article.objects.create(title="Ours", slug="part-5")

    report = importer.import_export(read(path), dry_run=False, progress=write_meanwhile)
    assert [entry["what"] for entry in report.skipped] == ["post “Part 5”"]
    assert report.posts == {"published": 6}
    assert Article.objects.exclude(title="Ours").count() == 6
    run(path)
    assert Article.objects.get(title="Part 5").slug == "part-5-2"


@pytest.fixture
def other_connection() -> Iterator[Any]:
    other = connections.create_connection("default")
    yield other
    other.close()


@pytest.mark.django_db(transaction=True)
def test_two_imports_do_not_run_at_once(tmp_path: Path, other_connection: Any) -> None:
    path = written(tmp_path, FULL)
    with other_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [importer.LOCK])
        with pytest.raises(CommandError, match="Another import is running"):
            run(path)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [importer.LOCK])
    assert Article.objects.count() == 0
    run(path)
    assert Article.objects.count() == 7


@pytest.mark.django_db
def test_without_json_it_tells_a_person(tmp_path: Path) -> None:
    out = StringIO()
    call_command("import_wordpress", str(written(tmp_path, FULL)), stdout=out)
    said = out.getvalue()
    assert "7 items from blog.example" in said
    assert "Posts        7 (7 published)" in said
    assert "Added: authors 1, articles and pages 7, comments 14." in said
    out = StringIO()
    call_command("import_wordpress", str(tmp_path / "export.xml"), stdout=out)
    assert "Nothing was new; nothing was changed." in out.getvalue()


@pytest.mark.django_db
def test_json_is_one_object_of_the_agreed_shape(tmp_path: Path) -> None:
    found = run(written(tmp_path, FULL))
    assert list(found) == [
        "posts", "pages", "attachments", "authors", "topics", "tags", "comments", "replies",
        "deepest", "mended", "skipped",
    ]  # fmt: skip
    assert found["replies"] == 7
    assert found["deepest"] == 1
