"""What carries the hints of `work.soon`: the database, or Redis by one setting.

Nothing depends on either: the engines are known to lose a task whose worker was killed,
and the sweep over the tables finds what they lost.
"""

from __future__ import annotations

import importlib.util
import time
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

DATABASE: Final = "django_tasks_db.DatabaseBackend"
REDIS: Final = "django_tasks_rq.RQBackend"
# A Redis that does not answer must not hold up the reader whose comment was just saved.
REDIS_PATIENCE_SECONDS: Final = 1


class EngineAway(Exception):
    """The queue cannot be reached; the message says why."""


def read(address: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(TASKS, RQ_QUEUES) for TASKS_URL; empty means the database.

    Raises ImproperlyConfigured for another kind of address, or a missing package.
    """
    if not address:
        return {"default": {"BACKEND": DATABASE, "QUEUES": ["default"]}}, {}
    if urlsplit(address).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("TASKS_URL must begin with redis:// (or be unset).")
    if importlib.util.find_spec("django_tasks_rq") is None:
        raise ImproperlyConfigured(
            "TASKS_URL names a Redis server, for which some packages are missing: "
            "pip install --require-hashes -r requirements-redis.txt"
        )
    patience = {
        "socket_connect_timeout": REDIS_PATIENCE_SECONDS,
        "socket_timeout": REDIS_PATIENCE_SECONDS,
    }
    queue = {"URL": address, "REDIS_CLIENT_KWARGS": patience}
    return {"default": {"BACKEND": REDIS, "QUEUES": ["default"]}}, {"default": queue}


def run_queue() -> None:
    """Performs what the queue holds now. Raises EngineAway, or the database's own errors."""
    if settings.TASKS["default"]["BACKEND"] == REDIS:
        _run_redis_queue()
    elif settings.TASKS["default"]["BACKEND"] == DATABASE:
        _run_database_queue()


def prune() -> None:
    """Clears away hints that are done: they say nothing that the tables do not say."""
    if settings.TASKS["default"]["BACKEND"] == DATABASE:
        call_command("prune_db_task_results", min_age_days=1, verbosity=0)


def _run_database_queue() -> None:
    from django_tasks_db.management.commands.db_worker import Worker

    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"backsite-{time.time_ns()}",
        excluded_queue_names=[],
    ).run()


def _run_redis_queue() -> None:
    import django_rq
    from django_tasks_rq import Job
    from redis.exceptions import RedisError
    from rq import SimpleWorker

    class InOurWorker(SimpleWorker):
        def _install_signal_handlers(self) -> None:
            """Stopping is for the process that we are a part of to hear."""

    try:
        queue = django_rq.get_queue("default", job_class=Job)
        if queue.count:
            worker = InOurWorker([queue], connection=queue.connection, job_class=Job)
            worker.work(burst=True, logging_level="ERROR")
    except RedisError as error:
        raise EngineAway(str(error)) from error
