"""Where one server keeps its files, and how several processes agree about it.

DATA/postgres            the cluster and its socket; for root in a folder that nobody
                         else may enter, a link to such a place on open ground
DATA/postgres-password   what the site logs in with, and this server's identity
DATA/postgres.log        what the server says
DATA/postgres.lock       held while it is set up, started or stopped
DATA/postgres.users      each process that needs the server holds it, shared
    DATA/postgres.guard      held by the process that waits until nobody needs it
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backsite.lib.postgres import binaries
from backsite.lib.postgres.account import Account, for_cluster
from backsite.lib.postgres.errors import PostgresError

PORT = "5432"  # a part of the socket's name only: nothing listens on the network
# The shortest limit among the systems we run on (macOS 104 bytes, Linux 108), less the
# closing zero byte.
SOCKET_PATH_LIMIT = 103
# The same for every process, whatever TMPDIR says. Who owns the folder is checked.
SHORT_GROUND = Path("/tmp")  # noqa: S108 - see above
LOG_LIMIT = 5_000_000  # bytes, looked at on every start; the previous log is kept


class Place:
    def __init__(self, data: Path) -> None:
        self.data = data.expanduser().absolute()
        self.password_file = self.data / "postgres-password"
        self.log = self.data / "postgres.log"

    @property
    def home(self) -> Path:
        return (self.data / "postgres").resolve()

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def socket_folder(self) -> Path:
        folder = self.home / "socket"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return folder
        mark = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return SHORT_GROUND / f"backsite-{mark}"

    @property
    def socket(self) -> Path:
        return self.socket_folder / f".s.PGSQL.{PORT}"

    def password(self) -> str:
        """Empty until the first start."""
        try:
            return self.password_file.read_text().strip()
        except FileNotFoundError:
            return ""

    def account(self) -> Account:
        return for_cluster(self.cluster if self.cluster.exists() else self.home)

    def prepare(self) -> Account:
        """Makes what is missing: the folders and the password, not the cluster."""
        link = self.data / "postgres"
        if link.is_symlink() and not link.exists():
            raise PostgresError(
                f"The database files that {link} points to ({link.readlink()}) are gone: "
                f"bring them back, or delete {link} to begin with an empty database."
            )
        if not self.password_file.exists():
            self._write_password()
        if link.exists():
            account = self.account()
        else:
            account = for_cluster(link)
            self._make_home(link, account)
        self._make_socket_folder(account)
        return account

    def _write_password(self) -> None:
        draft = self.password_file.with_name(f".{self.password_file.name}-{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.password_file)

    def _make_home(self, link: Path, account: Account) -> None:
        if account.is_us or account.can_enter(self.data):
            account.own(link)
            return
        # Named by the password, which nothing else has: another site in a folder of the
        # same name, or this one begun anew, never finds itself on these files.
        mark = hashlib.sha256(self.password().encode()).hexdigest()[:12]
        home = binaries.open_ground() / f"{self.data.parent.name or 'data'}-{mark}"
        account.own(home)
        link.symlink_to(home)

    def _make_socket_folder(self, account: Account) -> None:
        folder = self.socket_folder
        if folder.is_symlink():
            raise PostgresError(f"{folder} is a link that Backsite has not made: remove it.")
        if not folder.exists():
            account.own(folder)
        state = folder.stat()
        if state.st_uid != account.uid or state.st_mode & 0o077:
            raise PostgresError(
                f"{folder} must belong to the account {account.name}, closed to all others: "
                "remove it and try again."
            )

    def open_log(self) -> int:
        """A file descriptor to append to."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name("postgres.log.1"))
        return os.open(self.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o640)

    def last_words(self, since: int) -> str:
        """What the server said last that matters, from this byte of the log on."""
        with self.log.open("rb") as file:
            file.seek(since)
            lines = file.read()[-20_000:].decode(errors="replace").splitlines()
        for mark in ("FATAL:", "PANIC:", "error:", "ERROR:"):
            if found := [line for line in lines if mark in line]:
                return found[-1].split(mark, 1)[1].strip()
        return lines[-1].strip() if lines else "it said nothing"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time: set-up, start and stop exclude each other."""
        file = self.hold("postgres.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(file)

    def hold(self, name: str, kind: int) -> int:
        """A lock on a file of this name. It ends when the descriptor is closed, or its
        process dies, however it dies. Raises BlockingIOError with LOCK_NB."""
        # Read-only is enough for a lock, and root may then share one with the owner.
        file = os.open(self.data / name, os.O_CREAT | os.O_RDONLY, 0o644)
        try:
            fcntl.flock(file, kind)
        except BaseException:
            os.close(file)
            raise
        return file
