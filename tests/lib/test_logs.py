"""What the log may hold."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from backsite.lib.logs import BriefAboutClients, WithoutTokens


@pytest.mark.parametrize(
    "path",
    [
        "/comments/held/NDI:1tXyZaBcDeFgHiJ/",
        "/newsletter/confirm/WzEsMV0:1tXyZaBcDeFgHiJ/",
        "/newsletter/leave/WzEsMV0:1tXyZaBcDeFgHiJ/",
        "/your-data/MTA:1tXyZaBcDeFgHiJ/",
        "/newsletter/letters/7/WzEsMV0:1tXyZaBcDeFgHiJ/",
        "/newsletter/to/9:aBcDeFgHiJkLmN/81:1tXyZaBcDeFgHiJ/",
        "/newsletter/seen/9:aBcDeFgHiJkLmN/81:1tXyZaBcDeFgHiJ/",
    ],
)
def test_a_personal_link_loses_its_token(path: str) -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "Unavailable: %s", (path,), None)
    WithoutTokens().filter(record)
    assert "1tXyZaBcDeFgHiJ" not in record.getMessage()
    assert record.getMessage().startswith("Unavailable: /")


def test_an_ordinary_address_stays_readable() -> None:
    message = "Not Found: /articles/walking-after-back-pain/"
    record = logging.LogRecord("x", logging.WARNING, "", 0, message, (), None)
    WithoutTokens().filter(record)
    assert record.getMessage() == message


def test_the_filters_are_on_what_operators_read() -> None:
    handler = logging.getLogger("django").handlers[0]
    kinds = {type(found) for found in handler.filters}
    assert kinds == {WithoutTokens, BriefAboutClients}


@pytest.mark.parametrize(("level", "kept"), [(logging.WARNING, False), (logging.ERROR, True)])
def test_only_our_own_faults_bring_a_traceback(level: int, kept: bool) -> None:
    error = ValueError("x")
    trace = (ValueError, error, None)
    record = logging.LogRecord("django.request", level, "", 0, "x", (), trace)
    BriefAboutClients().filter(record)
    assert bool(record.exc_info) is kept


def test_a_strange_host_is_a_page_and_one_line(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/", headers={"host": "evil.example"})
    assert "could not be read" in page.content.decode()
    assert [record.name for record in caplog.records] == ["django.security.DisallowedHost"]
