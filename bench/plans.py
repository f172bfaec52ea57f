#!/usr/bin/env python3
"""How PostgreSQL answers the ten questions that a large site asks most, as the table of
docs/speed.md: which indexes it takes, how many rows it looks at, how long it needs.

    python3 bench/plans.py          on the site that bench/load.py makes
    BENCH_DATA=FOLDER …             on one that was made before
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SCRIPT: Final = """
import uuid
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from articles.models import Article
from backsite.lib.bots import Submission
from backsite.lib.work import DueQuerySet
from bench.plans import explain
from comments.models import Comment, Judgement
from newsletter.models import Letter, Subscriber

client = Client(headers={"host": "localhost"})
made = Article.objects.filter(import_key__startswith="load:").newest_first()
article = made[min(400, made.count() - 1)]
most = Comment.objects.approved().values("article").annotate(n=Count("pk")).order_by("-n").first()
letter = Letter.objects.first()
busy = Article.objects.get(pk=most["article"])
topic = article.topic.get_absolute_url()

def written_out(sql):
    # Of what this connection has learned before, what it learned.
    if not sql.startswith("EXECUTE "):
        return sql
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE name = %s", [sql.split()[1]]
        )
        return cursor.fetchone()[0].partition(" AS ")[2]

def said(do, *words):
    cache.clear()
    do()
    with CaptureQueriesContext(connection) as seen:
        do()
    asked = [one["sql"].rpartition(";")[2] for one in seen.captured_queries]
    whole = [(sql, written_out(sql)) for sql in asked]
    return [
        sql
        for sql, text in whole
        if text.split()[:1] and text.split()[0].strip("(") in ("SELECT", "WITH")
        and "INSERT" not in text  # to explain it would be to do it
        and all(word in text for word in words)
    ]

def visit(path):
    return lambda: client.get(path)

def rows(query):
    return lambda: list(query.values("pk"))

def submit():
    sent = Submission(form="comment", address="203.0.113.9", user_agent="bench", key=uuid.uuid4())
    Comment.submit(sent, article=busy, parent=None, name="Ben", email="ben@example.org",
        website="", text=f"Does it help? {uuid.uuid4()}")

questions = {
    "The frame of every page: topics, pages, the site": said(visit("/"), "articles_site", "used"),
    "An article by its address": said(visit(article.get_absolute_url()), '"slug" =', '"body"'),
    "All that belongs to an article": said(visit(article.get_absolute_url()), "articles_review"),
    "What to read next": said(visit(article.get_absolute_url()), "ts_rank"),
    "A page of the longest discussion": said(visit(busy.get_absolute_url()), "emptied"),
    "A page of a topic": said(visit(topic + "?page=3"), "UNION", "LIMIT 12"),
    "Search: what has these words": said(visit("/search/?q=back+pain"), "articles_article", "@@"),
    "Was this comment sent before": said(submit, "submission_key", "text"),
    "What the staff's list shows first": said(rows(Comment.objects.on_the_desk()[:25])),
    "Comments that wait to be judged": said(
        rows(DueQuerySet(Judgement).due().order_by("due_at", "pk")[:1])
    ),
    "Whom a letter goes to": said(
        rows(Subscriber.objects.mailable().wanting(letter).order_by("pk")[:1000])
    ),
}
for name, found in questions.items():
    explain(name, found)
"""


def explain(name: str, found: list[str]) -> None:
    """One line of the table, from PostgreSQL's own account of the second run."""
    from django.db import connection

    if not found:
        print(f"| {name} | not asked | | |")
        return
    sql = found[-1]
    with connection.cursor() as cursor:
        for _ in range(2):
            try:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            except Exception as error:
                print(f"| {name} | {str(error).splitlines()[0]} | | |")
                return
            answer = cursor.fetchone()[0]
    [plan] = json.loads(answer) if isinstance(answer, str) else answer
    nodes = list(_nodes(plan["Plan"]))
    used: dict[str, None] = {}
    for node in nodes:
        if index := node.get("Index Name"):
            used[f"`{index}`"] = None
        elif "Seq Scan" in node["Node Type"]:
            used[f"all of {node['Relation Name']}"] = None
    rows = sum(
        node["Actual Rows"] * node["Actual Loops"] for node in nodes if "Scan" in node["Node Type"]
    )
    print(f"| {name} | {', '.join(used)} | {rows:,.0f} | {plan['Execution Time']:.1f} ms |")


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    below = plan.get("Plans", [])
    return [plan, *(one for part in below for one in _nodes(part))]


def main() -> int:
    from bench.comments import in_shell
    from bench.common import site
    from bench.load import ARTICLES, COMMENTS, SUBSCRIBERS, prepare

    data = prepare()
    with site(data):
        said = in_shell(data, SCRIPT)
    print(f"{ARTICLES:,} articles, {COMMENTS:,} comments, {SUBSCRIBERS:,} subscribers\n")
    print("| question | what it reads | rows | time |\n| --- | --- | --- | --- |")
    print("\n".join(line for line in said.splitlines() if line.startswith("|")))
    return 0


if __name__ == "__main__":
    from backsite.lib import bootstrap

    bootstrap.ensure(ROOT, "test")
    sys.exit(main())
