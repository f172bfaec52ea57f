"""Killing the worker while mails are due loses none of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from backsite.lib.mail.models import Message

from .mail_sink import Sink, mail_server
from .test_mail_outbox import ready

DUE = 200
# The worker is killed each time when so many have arrived altogether.
KILLS = (30, 80, 140)
PATIENCE = 240  # seconds for a worker to get that far


def database_url() -> str:
    """Where the test's tables are, for a process of its own."""
    known = {name: quote(str(value), safe="") for name, value in connection.settings_dict.items()}
    port = f":{known['PORT']}" if known["PORT"] else ""
    login = f"{known['USER']}:{known['PASSWORD']}"
    return f"postgres://{login}@{port}/{known['NAME']}?host={known['HOST']}"


@contextmanager
def worker(sink: Sink, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    way_out = f"smtp+plain://127.0.0.1:{sink.port}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options],
        cwd=Path(settings.BASE_DIR),
        env={**os.environ, "DATABASE_URL": database_url(), "EMAIL_URL": way_out},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_loses_none_of_200_mails() -> None:
    Message.objects.bulk_create(
        ready(f"reader{number}@example.org", number=number) for number in range(DUE)
    )
    with mail_server() as sink:
        for count in KILLS:
            with worker(sink) as process:
                assert sink.wait_for(count, PATIENCE)
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            assert Message.objects.waiting().exists()
            # Three minutes pass: what the dead worker held is free again.
            Message.objects.exclude(leased_until=None).update(leased_until=timezone.now())
        with worker(sink, "--once") as process:
            assert process.wait(PATIENCE) == 0

    assert Message.objects.sent().count() == DUE
    assert {str(message["To"]) for message in sink.arrived} == {
        f"reader{number}@example.org" for number in range(DUE)
    }
    # Whoever got one twice got the very same message, and it happened once a kill at most.
    assert len(set(sink.ids)) == DUE
    assert len(sink.ids) <= DUE + len(KILLS)
