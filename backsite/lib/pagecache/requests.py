"""What of a request makes a difference, and how Django is asked."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from django.urls import Resolver404, resolve

from .store import Headers, Key
from .tags import IS_FOR_EVERYBODY

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# What says where a reader came from and nothing of what they want to see.
SAYS_NOTHING: Final = re.compile(
    r"(?:utm|mtm|pk|hsa)_\w+|fbclid|gclid|gbraid|wbraid|msclkid|mc_cid|mc_eid|igshid|ref"
)
MEANS_A_PAGE: Final = {
    "page": re.compile(r"[1-9]\d{0,4}"),
    "order": re.compile(r"oldest|newest"),
    "after": re.compile(r"[1-9]\d{0,9}"),
}


@dataclass(eq=False)
class Answer:
    """What Django said to one request, whole."""

    status: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def pass_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


def ask(application: Application, environ: Environ) -> Answer:
    answer = Answer()

    def start_response(status: str, headers: Headers, *_: Any) -> Callable[[bytes], None]:
        answer.status, answer.headers = status, headers
        return parts.append

    parts: list[bytes] = []
    chunks = application(environ, start_response)
    try:
        parts.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    answer.body = b"".join(parts)
    return answer


def key_of(environ: Environ) -> Key | None:
    """The place of a page in the store; none for what is asked in a way of its own."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return None
    query: str | None = environ.get("QUERY_STRING", "")
    if query:
        query = _kept_query(query)
        if query is None:
            return None
    secure = environ.get("HTTP_X_FORWARDED_PROTO") or environ.get("wsgi.url_scheme")
    host = environ.get("HTTP_HOST", "")
    return Key(host, secure == "https", environ.get("PATH_INFO", ""), query or "")


def _kept_query(query: str) -> str | None:
    """The part of a query that a page depends on, or None when it may mean anything."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        if SAYS_NOTHING.fullmatch(name):
            continue
        allowed = MEANS_A_PAGE.get(name)
        if allowed is None or not allowed.fullmatch(value):
            return None
        kept.append((name, value))
    return urlencode(sorted(kept))


def is_for_everybody(path: str) -> bool:
    """Whether the view at a path says that it makes the same page for everyone."""
    try:
        view = resolve(path.encode("latin-1").decode("utf-8")).func
    except (Resolver404, UnicodeError):
        return False
    return getattr(view, IS_FOR_EVERYBODY, False) is True


def plain_request(key: Key) -> Environ:
    """A request by nobody in particular: no cookie, no language, no address, no browser.

    A page that is made from it cannot differ between readers.
    """
    scheme = "https" if key.secure else "http"
    name, _, port = key.host.partition(":")
    environ: Environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": key.path,
        "QUERY_STRING": key.query,
        "SERVER_NAME": name or "localhost",
        "SERVER_PORT": port or ("443" if key.secure else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": key.host,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if key.secure:
        environ["HTTP_X_FORWARDED_PROTO"] = scheme
    return environ


def best_encoding(accepted: str, ours: Iterable[str]) -> str:
    """The first of ours that a reader takes (RFC 9110, 12.5.3), or nothing."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        weights[name.strip()] = parameters.replace(" ", "") not in (
            "q=0",
            "q=0.0",
            "q=0.00",
            "q=0.000",
        )
    for one in ours:
        if weights.get(one, weights.get("*", False)):
            return one
    return ""


def matches(condition: str, etag: str) -> bool:
    """`If-None-Match` compares weakly (RFC 9110, 13.1.2)."""
    if condition == etag or condition.strip() == "*":
        return True
    return any(one.strip().removeprefix("W/") == etag for one in condition.split(","))
