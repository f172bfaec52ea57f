from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import one_at_a_time
from tests.mailbox_server import MailHost, find, mail_host


@pytest.fixture(scope="session")
def mailboxes() -> Iterator[MailHost]:
    """A real mail server, with as many mailboxes as names are used."""
    with one_at_a_time("dovecot"):
        find()
    with mail_host() as running:
        yield running
