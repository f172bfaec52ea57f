"""One question to another server: over TLS, within a time and a size, to the host that was
meant and no other.

The libraries' time limits are for each step; a server that sends one byte a second would
keep a worker for hours. Here the limit is for the whole.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from django.utils import timezone

# A verdict is five bytes, a list of usage some hundred; a page of ours may have some.
LONGEST_ANSWER: Final = 2_000_000
AGENT: Final = "Backsite"


class Unreachable(Exception):
    """No answer that could be read; the message says why, and holds nothing that was sent."""


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    text: str


def ask(
    url: str,
    fields: Mapping[str, str] | None = None,
    *,
    patience: float,
    plain: bool = False,
) -> Answer:
    """POSTs a form, or GETs where there is none. Follows no redirect. Raises Unreachable.

    `patience`: seconds for the whole. `plain` allows an http address (our own site's).
    """
    try:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (plain and parts.scheme == "http"):
            raise Unreachable(f"{parts.scheme or 'An address'} without TLS is not asked.")
        body = None if fields is None else urlencode(fields).encode()
        connection = _to(parts, patience)
        path = parts.path or "/"
        return _exchange(
            connection, f"{path}?{parts.query}" if parts.query else path, body, patience
        )
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error


def status_of(url: str, *, method: str, patience: float, at: Sequence[str]) -> tuple[int, str]:
    """(status, where it leads on) of any web page; of its text nothing is read. `at`: the
    network addresses to ask, the next where one is down, which somebody has found fit: what a
    name stands for can change from one question to the next."""
    try:
        parts = urlsplit(url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        path = quote(path, safe="/?&=%+,;:@!$'()*~#[]")
        connection = _to(parts, patience)
        connection._create_connection = _only(at)  # type: ignore[attr-defined]  # typeshed lacks it
        answer = _exchange(connection, path, None, patience, method=method)
        return answer.status, answer.headers.get("location", "")
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error


def retry_after(value: str) -> timedelta | None:
    """What a `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3)."""
    value = value.strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return timedelta(seconds=int(value))
    try:
        at = parsedate_to_datetime(value)
        return max(at - timezone.now(), timedelta()) if at.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None


def _to(parts: SplitResult, patience: float) -> HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return HTTPConnection(host, port, timeout=patience)
    return HTTPSConnection(host, port, timeout=patience, context=ssl.create_default_context())


def _only(at: Sequence[str]) -> Callable[..., socket.socket]:
    """Connects to the first of these that answers, whatever host is named; TLS still asks for
    that host's certificate. One that says nothing leaves the others their share of the time."""

    def connect(named: tuple[str, int], timeout: float, *rest: Any, **others: Any) -> socket.socket:
        deadline = monotonic() + timeout
        errors: list[OSError] = []
        for nth, ip in enumerate(at):
            share = (deadline - monotonic()) / (len(at) - nth)
            try:
                if share <= 0:
                    raise TimeoutError(f"no connection within {timeout:g} seconds")
                found = socket.create_connection((ip, named[1]), share, *rest, **others)
            except OSError as error:
                errors.append(error)
            else:
                found.settimeout(max(deadline - monotonic(), 0.01))
                return found
        raise errors[0]

    return connect


def _exchange(
    connection: HTTPConnection,
    path: str,
    body: bytes | None,
    patience: float,
    *,
    method: str = "",
) -> Answer:
    """`method`: only the answer's head is wanted."""
    began = monotonic()
    connection.connect()
    # Cut at the end of the time, wherever the exchange has got to.
    is_late = threading.Event()
    late = TimeoutError(f"no whole answer within {patience:.2g} seconds")
    left = max(patience - (monotonic() - began), 0.01)
    alarm = threading.Timer(left, _cut, [connection.sock, is_late])
    alarm.daemon = True
    alarm.start()
    try:
        headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method or ("GET" if body is None else "POST"), path, body, headers)
        response = connection.getresponse()
        raw = b"" if method else response.read(LONGEST_ANSWER + 1)
    except (OSError, HTTPException) as error:
        raise (late if is_late.is_set() else error) from None
    finally:
        alarm.cancel()
        connection.close()
    if is_late.is_set():  # what was cut off may look like a whole answer
        raise late
    if len(raw) > LONGEST_ANSWER:
        raise Unreachable("The answer was longer than any that makes sense.")
    names = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, names, raw.decode("utf-8", "replace"))


def _cut(sock: socket.socket, is_late: threading.Event) -> None:
    """The plain socket's own shutdown: that of TLS would wait for, and upset, the reader,
    who learns first that what ends now was not whole."""
    is_late.set()
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
