"""Counts of real exports, where the folder with them lies beside the project or is named by
EXPORTS. It is not part of it: without the folder there is nothing to compare and the test says
so."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from articles.models import Article, Author, Topic
from comments.models import Comment

from .wxr import run

FOLDER = Path(os.environ.get("EXPORTS", Path(__file__).parents[4] / "shared" / "data" / "wxr"))
PROFILES: dict[str, Any] = (
    json.loads((FOLDER / "PROFILE.json").read_text()) if (FOLDER / "PROFILE.json").exists() else {}
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not PROFILES, reason="No real exports at ../shared/data/wxr to compare."),
]


@pytest.mark.parametrize("name", PROFILES or [""])
def test_every_count_is_that_of_the_file(name: str) -> None:
    profile = PROFILES[name]
    found = run(FOLDER / name)
    kinds, comments = profile["types"], found["comments"]
    assert sum(found["posts"].values()) == kinds.get("post", 0)
    assert sum(found["pages"].values()) == kinds.get("page", 0)
    assert found["attachments"] == kinds.get("attachment", 0)
    assert sum(comments.values()) == profile["comments"] == Comment.objects.count()
    assert comments["pingbacks"] == sum(
        profile["ctypes"].get(k, 0) for k in ("pingback", "trackback")
    )
    depths = {int(depth): number for depth, number in profile["depth"].items()}
    assert found["replies"] == sum(number for depth, number in depths.items() if depth)
    assert found["deepest"] == max(depths)
    for approved, state in {"1": "approved", "0": "held", "spam": "spam", "trash": "trash"}.items():
        assert Comment.objects.filter(state=state).count() == profile["approved"].get(approved, 0)
    assert Article.objects.pages().count() == kinds.get("page", 0)
    assert Author.objects.count() == found["authors"]
    assert Topic.objects.count() == found["topics"]
    assert bool(profile.get("control_chars")) == any("XML forbids" in s for s in found["mended"])
    said = StringIO()
    call_command("render", stdout=said)  # as the site itself renders what is written in it
    assert said.getvalue().count(" 0 changed.") == 4, said.getvalue()
