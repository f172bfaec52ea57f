"""What must be ours before anything starts: the data folder and the port."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sole_use(data: Path, address: str) -> Iterator[None]:
    """One `run` per data folder. The lock dies with its process, so that nothing is left
    to clear away; the file says who holds it."""
    path = data / "run.lock"
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise SystemExit(
            f"The data folder {data} cannot be written: {error.strerror}. Choose one that this "
            "account can write to with --data FOLDER."
        ) from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = path.read_text().strip() or "another process"
            raise SystemExit(
                f"Backsite is already running on {data} ({holder}). Stop that one first, or "
                "choose another folder with --data."
            ) from None
        os.ftruncate(file, 0)
        os.write(file, f"process {os.getpid()}, {address}\n".encode())
        yield
    finally:
        os.close(file)


def check_port(host: str, port: int) -> None:
    """Tries to take the port as the web server will, and says in words why it cannot."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        raise SystemExit(f"There is no address named {host}: choose another --host.") from None
    except OSError as error:
        reason = {
            errno.EADDRINUSE: f"is taken by another program: stop it, or choose another port, "
            f"for example --port {port + 1 if port < 65535 else 8000}",
            errno.EACCES: "is reserved for the administrator: choose one above 1023 with --port",
            errno.EADDRNOTAVAIL: f"cannot be had: {host} is no address of this machine; "
            "choose another --host",
        }.get(error.errno or 0, f"cannot be had: {error.strerror}")
        raise SystemExit(f"Port {port} {reason}.") from None
