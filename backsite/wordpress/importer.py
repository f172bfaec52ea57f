"""Plans into rows.

What is here already is known by its key and never touched again: a person's later change
stands above the file. Rows are written in small transactions, each article with its comments,
so that an import that was stopped goes on where it was when it is run again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from articles.models import Article, Vocabulary
from articles.richtext import clean
from backsite.wordpress.comment_plan import CommentPlan
from backsite.wordpress.export import ExportError
from backsite.wordpress.filing import Filing, Slugs
from backsite.wordpress.library import Library
from backsite.wordpress.plan import Plan, Planner
from backsite.wordpress.reader import Export
from backsite.wordpress.report import Report
from backsite.wordpress.rows import Rows

# Few enough that a stopped import loses seconds of work, many enough to be quick.
BATCH: Final = 50
# The name of the lock that keeps two imports apart, as PostgreSQL wants it: a number.
LOCK: Final = zlib.crc32(b"backsite import_wordpress")

Progress = Callable[[int, int], None]


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_export(
    export: Export, *, dry_run: bool, progress: Progress, media: Path | None = None
) -> Report:
    """Writes what `export` holds and reports it. `progress` is told items done and in all;
    `media` is a copy of the old site's uploads.
    Raises ExportError when another import is running; a database error passes through."""
    report = Report()
    for sentence in export.mended:
        report.mend(sentence)
    library = Library(export, report, media, looks_only=dry_run)
    with _alone():
        if not dry_run:
            _run(export, library, report, progress)
            return report
        try:
            with transaction.atomic():
                _run(export, library, report, progress)
                raise _DryRun
        except _DryRun:
            return report


def _run(export: Export, library: Library, report: Report, progress: Progress) -> None:
    planner = Planner(export, report, clean, timezone.now(), library)
    filing = Filing(export.head, planner.key, report)
    with transaction.atomic():
        filing.take()
    taken = Article.objects.values_list("slug", flat=True)
    rows = Rows(filing, Slugs(taken, Rows.LONGEST_SLUG), report, planner.now)
    done = 0
    for plans in _batches(planner.plans()):
        rows.prepare(plans)
        _write(rows, plans, report)
        done += len(plans)
        progress(done, export.count)
    adrift = list(planner.adrift.items())
    with transaction.atomic():
        rows.write_comments(adrift)
        if report.written["articles and pages"]:
            Vocabulary.count_anew()
    for _, comments in adrift:
        _count_comments(comments, report)


def _write(rows: Rows, plans: list[Plan], report: Report) -> None:
    try:
        with transaction.atomic():
            rows.write(plans)
    except (DataError, IntegrityError) as error:
        if len(plans) == 1:
            why = str(error).splitlines()[0]
            report.skip(
                plans[0].item.called,
                f"The database refused it ({why}). Import again; what is here stays.",
            )
            return
        for plan in plans:
            _write(rows, [plan], report)
        return
    for plan in plans:
        _count(plan, report)


def _count(plan: Plan, report: Report) -> None:
    if plan.counted:
        states = report.pages if plan.counted == "pages" else report.posts
        states[plan.state] += 1
    _count_comments(plan.comments, report)


def _count_comments(comments: Iterable[CommentPlan], report: Report) -> None:
    for comment in comments:
        if comment.pingback:
            report.pingbacks += 1
        else:
            report.comments[comment.state] += 1
        report.replies += comment.depth > 0
        report.deepest = max(report.deepest, comment.depth)


def _batches(plans: Iterable[Plan]) -> Iterator[list[Plan]]:
    batch: list[Plan] = []
    for plan in plans:
        batch.append(plan)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _alone() -> Iterator[None]:
    """The lock goes with the connection: a killed import leaves none behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise ExportError(
                "Another import is running on this database. Wait until it has ended; "
                "nothing was imported by this one."
            )
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
