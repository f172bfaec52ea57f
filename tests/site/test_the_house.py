"""The direction of the arrows between the rooms: imports, foreign keys, reverse relations.

backsite -> comments, newsletter -> articles -> backsite.lib
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

ROOMS: Final = ("articles", "comments", "newsletter", "backsite")
MAY_KNOW: Final = {
    "backsite.lib": {"backsite.lib"},
    "articles": {"articles", "backsite.lib"},
    "comments": {"comments", "articles", "backsite.lib"},
    "newsletter": {"newsletter", "articles", "backsite.lib"},
    "backsite": {"backsite", "backsite.lib", "comments", "newsletter", "articles"},
}


def room_of(dotted: str) -> str | None:
    """The room that a module or app belongs to; None for what is not ours."""
    if dotted == "backsite.lib" or dotted.startswith("backsite.lib."):
        return "backsite.lib"
    first = dotted.split(".", maxsplit=1)[0]
    return first if first in ROOMS else None


def modules() -> Iterator[tuple[str, Path]]:
    root = Path(settings.BASE_DIR)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts), path


def imports_of(module: str, source: str) -> Iterator[str]:
    """Every module that the source names in an import, those inside functions too."""
    package = module.removesuffix(".__init__").split(".")
    if not module.endswith(".__init__"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, node.module] if node.module else base)
            yield from (f"{stem}.{name.name}" for name in node.names)


def wrong_arrows(module: str, source: str) -> list[str]:
    room = room_of(module)
    assert room is not None
    known = {name: room_of(name) for name in imports_of(module, source)}
    return [
        f"{module} imports {name}"
        for name, other in known.items()
        if other is not None and other not in MAY_KNOW[room]
    ]


def test_no_import_runs_the_wrong_way() -> None:
    found = [arrow for name, path in modules() for arrow in wrong_arrows(name, path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("articles.views", "def f():\n    from comments.models import Comment"),
        ("comments.views", "import newsletter.models"),
        ("newsletter.views", "from comments import forms"),
        ("backsite.lib.work", "from articles.models import Article"),
        ("backsite.lib.mail.models", "from backsite import settings"),
    ],
)
def test_the_check_above_sees_a_wrong_arrow(module: str, source: str) -> None:
    assert wrong_arrows(module, source)


def test_no_foreign_key_runs_the_wrong_way() -> None:
    wrong = []
    for model in apps.get_models():
        room = room_of(model.__module__)
        for field in model._meta.get_fields():
            target = field.related_model
            if room is None or target is None or not field.concrete or isinstance(target, str):
                continue
            other = room_of(target.__module__)
            if other is not None and other not in MAY_KNOW[room]:
                wrong.append(f"{model.__name__}.{field.name} points to {other}")
    assert wrong == []


def test_articles_use_no_reverse_relation_of_the_rooms_above() -> None:
    """`article.comments` exists in Django's eyes; nothing in articles/ may reach for it."""
    from articles.models import Article

    above = {
        relation.get_accessor_name()
        for relation in Article._meta.related_objects
        if room_of(relation.related_model.__module__) in {"comments", "newsletter"}
    }
    assert above, "the check needs something to look for"
    used = [
        f"{module}: .{node.attr}"
        for module, path in modules()
        if module.startswith("articles.")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in above
    ]
    assert used == []


@pytest.mark.django_db
def test_the_driver_is_psycopg2() -> None:
    with connection.cursor() as cursor:
        assert type(cursor.cursor.connection).__module__.startswith("psycopg2")


@pytest.mark.django_db
def test_the_database_is_postgresql() -> None:
    assert connection.vendor == "postgresql"


def test_there_are_no_signal_receivers_and_no_generic_foreign_keys() -> None:
    banned = ("django.db.models.signals", "django.dispatch", "contenttypes.fields")
    found = [
        f"{module} imports {name}"
        for module, path in modules()
        for name in imports_of(module, path.read_text())
        if any(part in name for part in banned)
    ]
    assert found == []


def test_states_change_in_models_only() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module, path in modules()
        if ".models" not in module and ".migrations" not in module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state"
    ]
    assert found == []
