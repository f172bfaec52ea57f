"""Asks a PostgreSQL server over its socket whether it takes connections.

`pg_ctl status` trusts the pid file and believes in a server that was killed a moment
ago; the socket is the only witness that does not lie.
"""

from __future__ import annotations

import socket
import struct
from enum import Enum
from pathlib import Path

PROTOCOL_3 = 196608
CANNOT_CONNECT_NOW = b"57P03"  # starting up, recovering or shutting down


class Answer(Enum):
    READY = "takes connections"
    BUSY = "is there, takes none yet"
    SILENT = "nobody listens"


def ask(path: Path, user: str, database: str, patience: float = 2.0) -> Answer:
    """Opens a session as far as the request for a password, then leaves: the server
    writes nothing about it in its log. `patience` in seconds."""
    words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database)) + b"\0"
    message = struct.pack("!ii", len(words) + 8, PROTOCOL_3) + words
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience)
        try:
            connection.connect(str(path))
        except OSError:
            return Answer.SILENT
        try:
            connection.sendall(message)
            reply = connection.recv(1024)
        except TimeoutError:
            return Answer.BUSY
        except OSError:
            return Answer.SILENT
    if not reply:
        return Answer.SILENT
    return Answer.BUSY if reply[:1] == b"E" and CANNOT_CONNECT_NOW in reply else Answer.READY
