"""What the first page of a long discussion costs when it is made anew, which every new comment
asks for; and what staff wait for on a site with very many: the desk, and the numbers over time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from .common import ROOT, Row, data_folder, site

ARTICLE: Final = "/articles/the-first-weeks-of-back-pain/"

FEW: Final = 200
MANY: Final = 2_000
TIMES: Final = 2.0
LIMIT_MILLISECONDS: Final = 15.0
PAGES: Final = 20
# Half of them begin a thread, half answer one.
FILL: Final = """
WITH article AS (SELECT id FROM articles_article WHERE '/articles/' || slug || '/' = %(path)s),
threads AS (
  INSERT INTO comments_comment (article_id, name, email, website, text, format, html, state,
    by_site_author, pingback, created_at, approved_at)
  SELECT article.id, 'Anna', 'anna@example.org', '', 'Does walking help?', 'light',
    '<p>' || repeat('Does walking help? ', 20) || '</p>', 'approved', false, false,
    now() - n * interval '1 hour', now()
  FROM article, generate_series(1, %(count)s / 2) n RETURNING *)
INSERT INTO comments_comment (article_id, parent_id, name, email, website, text, format, html,
  state, by_site_author, pingback, created_at, approved_at)
SELECT article_id, id, 'Ben', 'ben@example.org', '', text, format, html, state, false, false,
  created_at + interval '1 minute', now() FROM threads
"""
# Of a site that was read for years: a question and its answer each, and who decided what; a
# fifth is spam, and of the rest the newest wait.
ALL: Final = 100_000
WAITING: Final = 10_000
LONGEST: Final = 1_000  # milliseconds that somebody at the desk may wait
YEARS: Final = """
WITH article AS (SELECT id FROM articles_article WHERE '/articles/' || slug || '/' = %(path)s),
staff AS (SELECT id FROM auth_user ORDER BY id LIMIT 1),
asked AS (
  INSERT INTO comments_comment (article_id, name, email, website, text, format, html, state,
    by_site_author, pingback, created_at, approved_at, closed_at)
  SELECT article.id, 'Anna', 'anna' || n || '@example.org', '', 'Does walking help?', 'light',
    '<p>Does walking help?</p>', CASE WHEN n %% 5 = 0 THEN 'spam' ELSE 'approved' END, false, false,
    now() - n * interval '20 minutes', now(), CASE WHEN n * 4 > %(waiting)s * 5 THEN now() END
  FROM article, generate_series(1, %(count)s / 2) n RETURNING *),
answered AS (
  INSERT INTO comments_comment (article_id, parent_id, name, email, website, text, format, html,
    state, by_site_author, pingback, created_at, approved_at, closed_at, staff_id)
  SELECT article_id, asked.id, 'Ada', '', '', text, format, html, 'approved', false, false,
    created_at + (asked.id %% 90) * interval '1 hour', now(), now(), staff.id FROM asked, staff
  RETURNING *)
INSERT INTO comments_commentevent (comment_id, verb, actor, why, at)
SELECT asked.id, verb, actor, '', created_at FROM asked,
  (VALUES ('spam', ''), ('approve', 'ada')) AS said (verb, actor)
"""
AT_THE_DESK: Final = """
import time
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from bench.comments import ALL, ARTICLE, WAITING, YEARS
with connection.cursor() as cursor:
    cursor.execute(YEARS, {"path": ARTICLE, "count": ALL, "waiting": WAITING})
    cursor.execute("ANALYZE")
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.filter(is_superuser=True).first())
def cost(address):
    def once():
        begin = time.perf_counter()
        assert client.get(address).status_code == 200
        return (time.perf_counter() - begin) * 1000
    return min(once() for _ in range(5))
desk = "/admin/comments/"
print("milliseconds", cost(desk + "comment/"), cost(desk + "weeklyletter/"))
"""
SCRIPT: Final = """
import statistics, time
import backsite.wsgi  # collects garbage as the server does
from django.db import connection
from django.test import Client
from bench.comments import ARTICLE, FEW, FILL, MANY, PAGES
client = Client(headers={"host": "localhost"})
def cost(count):
    if count:
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"path": ARTICLE, "count": count})
            cursor.execute("ANALYZE comments_comment")
    for _ in range(3):
        assert client.get(ARTICLE).status_code == 200
    costs = []
    for _ in range(PAGES):
        begin = time.process_time()
        client.get(ARTICLE)
        costs.append((time.process_time() - begin) * 1000)
    return statistics.median(costs)
print("milliseconds", cost(0), cost(FEW), cost(MANY - FEW))
with connection.cursor() as cursor:
    for name in ("ben", "anna"):
        cursor.execute("DELETE FROM comments_comment WHERE email = %s", [f"{name}@example.org"])
"""


def measure() -> list[Row]:
    with data_folder() as data:
        return [*long_discussions(data), *at_the_desk()]


def long_discussions(data: Path) -> list[Row]:
    """Ten times the comments may not cost twice the page: it shows one page of threads."""
    none, few, many = milliseconds(SCRIPT, data)
    name = "CPU for an article’s page anew, {:,} comments"
    limit = f"Python alone; limit {LIMIT_MILLISECONDS:.0f} ms; without any {none:.1f} ms"
    few_row = Row(name.format(FEW), f"{few:.1f} ms", limit, few > LIMIT_MILLISECONDS, none / few)
    failed = many > few * TIMES
    against = f"limit {TIMES:.0f} times that"
    return [few_row, Row(name.format(MANY), f"{many:.1f} ms", against, failed, few / many)]


def at_the_desk() -> list[Row]:
    """Pages that are made for each who opens them."""
    names = (f"the desk with {WAITING:,} waiting of {ALL:,}", f"numbers of {ALL:,} comments")
    with data_folder() as data:
        costs = milliseconds(AT_THE_DESK, data)
    return [
        Row(name, f"{taken:.0f} ms", f"limit {LONGEST:,} ms", failed=taken > LONGEST)
        for name, taken in zip(names, costs, strict=True)
    ]


def milliseconds(script: str, data: Path) -> list[float]:
    """What a script of those above prints, run beside the site in that folder."""
    with site(data):
        said = in_shell(data, script)
    return [float(word) for word in said.rpartition("milliseconds")[2].split()]


def in_shell(data: Path, script: str) -> str:
    """What a script prints that runs beside a site."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    environment = {**os.environ, "BACKSITE_DATA": str(data)}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
