"""Servers over TLS for tests, which can be as bad as real ones: slow, silent, cut off."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import trustme


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    fields: dict[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, [""])[0]


@dataclass(frozen=True)
class Reply:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Authority:
    """A throw-away certificate authority; who reads `file` believes it."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("localhost").configure_cert(context)
        return context


class Server:
    """Answers as `answer` says. `mode` spoils it: `hang` takes the request and never
    answers, `reset` breaks the connection, `drip` sends a byte now and then for ever."""

    def __init__(self, answer: Callable[[Asked], Reply], authority: Authority | None) -> None:
        self.asked: list[Asked] = []
        self.mode = ""
        self.over = threading.Event()
        self.came = threading.Semaphore(0)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server._serve(self, answer)

            do_GET = do_POST  # noqa: N815  # the library's name

            def log_message(self, *args: Any) -> None:
                """Not in the tests' output."""

        self._http = ThreadingHTTPServer(("localhost", 0), Handler)
        self._http.daemon_threads = True
        scheme = "http"
        if authority is not None:
            scheme = "https"
            context = authority.context()
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.host = f"localhost:{self._http.server_port}"
        self.url = f"{scheme}://{self.host}"
        threading.Thread(target=self._http.serve_forever, args=[0.02], daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, answer: Callable[[Asked], Reply]) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        sent = handler.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.path, headers, parse_qs(sent, keep_blank_values=True))
        self.asked.append(asked)
        self.came.release()
        with suppress(OSError):
            self._answer(handler, answer(asked))

    def _answer(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        if self.mode == "hang":
            self.over.wait(60)
            return
        if self.mode == "reset":
            # Linger for no time at all: the other side gets a reset instead of an end.
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            socket.socket.shutdown(handler.connection, socket.SHUT_RDWR)
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if self.mode == "drip":
            handler.end_headers()
            while not self.over.wait(0.05):
                handler.wfile.write(b" ")
                handler.wfile.flush()
            return
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def serving(
    answer: Callable[[Asked], Reply], authority: Authority | None = None
) -> Iterator[Server]:
    """A server until the end of the block; over TLS where there is an authority."""
    server = Server(answer, authority)
    try:
        yield server
    finally:
        server.close()
