"""The CPU time to judge one comment, without checks over the network, and to learn one decision,
on a site with 100,000 comments that has learned of all of them: all our own checks, weighed.

The time of the process and of its PostgreSQL backend are added: the queries count too. The
comments are made up: 5 to 120 words, few of them frequent and most rare, one in five is spam.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from .common import ROOT, Row, data_folder

COMMENTS: Final = int(os.environ.get("BENCH_COMMENTS", "100000"))
MEASURED: Final = 200
JUDGE_LIMIT_MS: Final = 5.0
LEARN_LIMIT_MS: Final = 10.0
LONG: Final = 10_000  # characters
WORDS: Final = 40_000


def measure() -> list[Row]:
    from backsite.lib.postgres import Server

    with data_folder() as data:
        server = Server(data)
        with server.in_use():
            place = server.connection
            environment = {
                **os.environ,
                "BACKSITE_DATA": str(data),
                "DJANGO_SETTINGS_MODULE": "backsite.settings",
                "DATABASE_URL": f"postgres://{place['USER']}:{quote(str(place['PASSWORD']))}"
                f"@/{place['NAME']}?host={place['HOST']}",
            }
            command = [sys.executable, "-m", "bench.judging"]
            said = subprocess.run(
                command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout
    found = json.loads(said.splitlines()[-1])
    so_many = f"{found['comments']:,} comments, all learned"
    draws = f"worker, from the {found['drawn_from']:,} newest decisions, every ten minutes at most"
    return [
        _row(f"CPU to judge one comment: {so_many}", found["judge"], JUDGE_LIMIT_MS),
        _row(f"CPU to judge one of {LONG:,} characters", found["judge_long"], JUDGE_LIMIT_MS),
        _row(f"CPU to learn one decision: {so_many}", found["learn"], LEARN_LIMIT_MS),
        Row("CPU to draw the line anew", f"{found['draw']:.1f} s", draws),
    ]


def _row(name: str, parts: list[float], limit: float) -> Row:
    spent = sum(parts)
    against = f"limit {limit:.0f} ms; {parts[1]:.2f} ms of it in the database"
    return Row(name, f"{spent:.2f} ms", against, spent > limit)


# --- In a process of its own, on a database of its own

# What readers sent comes from a few thousand addresses and networks, over two weeks.
FILL: Final = """
INSERT INTO comments_comment (id, article_id, name, email, website, text, format, html, state,
  by_site_author, pingback, created_at, approved_at)
SELECT id, %(article)s, name, 'reader' || id %% 20000 || '@example.org', website, text, 'plain', '',
  CASE WHEN spam THEN 'spam' ELSE 'approved' END, false, false,
  now() - id * interval '12 seconds', now()
FROM made_up;
SELECT setval(pg_get_serial_sequence('comments_comment', 'id'), (SELECT max(id) FROM made_up));
INSERT INTO comments_origin (comment_id, form, address, network, user_agent, referrer,
  permalink, trap, at, due_at, attempts, last_error)
SELECT id, 'comment', ('203.0.' || id %% 50 || '.' || id %% 250)::inet,
  '203.0.' || id %% 50 || '.0/24', '', '', '', '', now() - id * interval '12 seconds',
  now() + interval '30 days', 0, ''
FROM made_up;
INSERT INTO comments_textprint (comment_id, article_id, sketch, at)
SELECT id, %(article)s, (SELECT array_agg(hashint8extended(id * 16 + w, 7))
  FROM generate_series(1, 16) w), now() - id * interval '12 seconds'
FROM made_up;
INSERT INTO comments_lesson (comment_id, spam, features, at)
SELECT id, spam, features, now() FROM made_up;
INSERT INTO comments_featurecount (feature, spam, ham)
SELECT feature, count(*) FILTER (WHERE spam), count(*) FILTER (WHERE NOT spam)
FROM made_up, unnest(features || CAST(%(total)s AS int)) feature GROUP BY feature;
ANALYZE;
"""
MADE_UP: Final = """CREATE TEMP TABLE made_up
(id int, name text, website text, text text, spam bool, features int[])"""


def run() -> dict[str, Any]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from comments.filter.classifier import lessons
    from comments.filter.judging import judge
    from comments.models import Training

    chance = random.Random(1)  # noqa: S311 - no secret
    words = _vocabulary(chance)
    article = _article()
    _fill(article, chance, words)
    Training.ask()
    begin = time.process_time()
    Training.objects.get().perform()
    draw = time.process_time() - begin
    short = [_sent(article, chance, words) for _ in range(MEASURED + 1)]
    long = [_sent(article, chance, words, LONG) for _ in range(MEASURED // 10 + 1)]
    return {
        "comments": COMMENTS,
        "judge": _cpu_each(judge, short),
        "judge_long": _cpu_each(judge, long),
        "learn": _cpu_each(lambda one: lessons.learn(one, spam=one.pk % 5 == 0), short),
        "draw": draw,
        "drawn_from": Training.objects.get().lessons,
    }


def _fill(article: Any, chance: random.Random, words: list[str]) -> None:
    from django.db import connection, transaction

    from comments.filter.classifier.features import features_of, number
    from comments.models import FeatureCount

    def rows() -> Iterable[str]:
        for pk in range(1, COMMENTS + 1):
            name, website, text, spam = _made_up(chance, words)
            keys = sorted({number(one) for one in features_of(text, name, website).told})
            yield f"{pk}\t{name}\t{website}\t{text}\t{spam}\t{{{','.join(map(str, keys))}}}\n"

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MADE_UP)
        source: Any = _File(rows())
        cursor.copy_expert("COPY made_up FROM STDIN", source)
        cursor.execute(FILL, {"article": article.pk, "total": FeatureCount.TOTAL})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE comments_featurecount")


class _File:
    """Lines that are made as they are read, for COPY."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)

    def read(self, size: int) -> str:
        kept = StringIO()
        for line in self._lines:
            kept.write(line)
            if kept.tell() >= size:
                break
        return kept.getvalue()


def _cpu_each(work: Callable[[Any], object], comments: list[Any]) -> list[float]:
    """Milliseconds of CPU for one, here and in the backend; the first one warms up."""
    from django.db import connection

    work(comments[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    begin, begin_there = time.process_time(), _ticks(backend)
    for comment in comments[1:]:
        work(comment)
    here = time.process_time() - begin
    there = (_ticks(backend) - begin_there) / os.sysconf("SC_CLK_TCK")
    return [1_000 * seconds / (len(comments) - 1) for seconds in (here, there)]


def _ticks(stat: Path) -> int:
    """User and system time of a process (proc(5)); none where there is no /proc."""
    if not stat.exists():
        return 0
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _vocabulary(chance: random.Random) -> list[str]:
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    return ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(WORDS)]


def _made_up(chance: random.Random, words: list[str]) -> tuple[str, str, str, bool]:
    spam = chance.random() < 0.2
    text = _text(chance, words, chance.randint(5, 120), spam=spam)
    if spam and chance.random() < 0.5:
        text += f" http://{chance.choice(words)}.example/{chance.choice(words)}"
    website = f"https://{chance.choice(words)}.example/" if chance.random() < 0.3 else ""
    return chance.choice(words).title(), website, text, spam


def _text(chance: random.Random, words: list[str], count: int, *, spam: bool = False) -> str:
    # Few words are frequent and most are rare, as in every language; spam has its own.
    picks = (int(WORDS ** chance.random()) for _ in range(count))
    said = [words[(pick * 7 if spam and pick % 3 == 0 else pick) % WORDS] for pick in picks]
    return " ".join(f"{word}." if chance.random() < 0.1 else word for word in said)


def _sent(article: Any, chance: random.Random, words: list[str], length: int = 0) -> Any:
    """A comment that just came in by the form."""
    from backsite.lib.bots import Submission
    from comments.models import Comment

    name, website, text, _ = _made_up(chance, words)
    if length:
        text = _text(chance, words, length)[:length]
    sent = Submission(form="comment", address="203.0.7.7", user_agent="bench")
    email = f"reader{chance.randrange(20_000)}@example.org"
    return Comment.submit(
        sent, article=article, parent=None, name=name, website=website, email=email, text=text
    )


def _article() -> Any:
    from articles.models import Article

    article = Article(title="Measured", slug="measured", body="<p>Words.</p>")
    article.render()
    article.save()
    return article


if __name__ == "__main__":
    print(json.dumps(run()))
