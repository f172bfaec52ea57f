"""What the lists of staff and the longest discussion take on a large site, beside the same
pages of a small one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from .comments import in_shell
from .common import Row, data_folder, site
from .load import COMMENTS, prepare

# A page may take so many times what it takes on a small site, or so long at most.
TIMES: Final = 3.0
LIMIT_MILLISECONDS: Final = 150.0
DISCUSSED: Final = "the most discussed article"
SCRIPT: Final = """
import json, statistics, time
from django.contrib.auth.models import User
from django.db.models import Count
from django.test import Client
from articles.models import Article
from comments.models import Comment
client = Client(headers={"host": "localhost"})
user = User.objects.filter(is_superuser=True).first()
client.force_login(user)
most = Comment.objects.approved().values("article").annotate(n=Count("pk")).order_by("-n").first()
discussed = Article.objects.get(pk=most["article"]).get_absolute_url()
waiting = Comment.objects.on_the_desk().first() or Comment.objects.first()
pages = {
    "the most discussed article": discussed,
    "a later page of its discussion": discussed + "comments/2/",
    "staff: first page": "/admin/",
    "staff: comments that wait": "/admin/comments/comment/",
    "staff: comments about a word": "/admin/comments/comment/?q=walking",
    "staff: one comment": f"/admin/comments/comment/{waiting.pk}/change/",
    "staff: articles": "/admin/articles/article/",
    "staff: articles about a word": "/admin/articles/article/?q=walking",
    "staff: subscribers": "/admin/newsletter/subscriber/",
    "staff: a subscriber looked for": "/admin/newsletter/subscriber/?q=load77",
}
found = {}
for name, path in pages.items():
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        answer = client.get(path, follow=True)
        times.append((time.perf_counter() - begin) * 1000)
    found[name] = statistics.median(times[1:]) if answer.status_code == 200 else None
print("figures", json.dumps(found))
"""


def measure() -> list[Row]:
    large = _figures(prepare())
    with data_folder() as data:
        with site(data):
            pass
        small = _figures(data)
    rows = []
    for name, taken in large.items():
        # No discussion of a small site has a second page: it is held against the first.
        before = small[name] or small[DISCUSSED]
        if taken is None or before is None:
            rows.append(Row(name, "no page", "it did not answer", failed=True))
            continue
        failed = taken > LIMIT_MILLISECONDS and taken > before * TIMES
        against = f"{before:.1f} ms on a small site; {COMMENTS:,} comments here"
        rows.append(Row(name, f"{taken:.1f} ms", against, failed))
    return rows


def _figures(data: Path) -> dict[str, float | None]:
    with site(data):
        said = in_shell(data, SCRIPT)
    figures: dict[str, float | None] = json.loads(said.rpartition("figures ")[2])
    return figures
